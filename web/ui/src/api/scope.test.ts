import { readFileSync } from 'node:fs';
import { afterEach, expect, test } from 'vitest';
import { chooseSite, siteHeader } from './scope';

afterEach(() => chooseSite(''));

test('a chosen site narrows what lies somewhere, and nothing else', () => {
  expect(siteHeader('/devices', 'GET')).toEqual({});
  chooseSite('North');
  for (const path of ['/devices', '/devices/dev_1', '/unidentified', '/coverage', '/reconciliation/silent', '/quality-alerts', '/map?level=zones']) expect(siteHeader(path, 'GET'), path).toEqual({ 'bedrail-site': 'North' });
  for (const path of ['/users', '/feeds', '/jobs', '/notifications', '/releases', '/models-of-another-kind']) expect(siteHeader(path, 'GET'), path).toEqual({});
});

test('an act on a filter goes no further than what is shown; an act on one thing is not narrowed', () => {
  chooseSite('North');
  for (const path of ['/devices/bulk', '/findings/decisions', '/messages/replay']) expect(siteHeader(path, 'POST'), path).toEqual({ 'bedrail-site': 'North' });
  for (const path of ['/devices/dev_1/split', '/locations', '/devices/bulk/chg_1/undo']) expect(siteHeader(path, 'POST'), path).toEqual({});
});

// A list that takes a filter is either of a site or of the whole house; a new
// one is decided here.
test('every list of the API is of a site, or of the house by name', () => {
  const house = ['audit', 'bills', 'data-recalls', 'decisions', 'feeds', 'imports', 'jobs', 'letters', 'mappings', 'mds2', 'purchases', 'release-places', 'released', 'releases', 'targets', 'users'];
  const doc: unknown = JSON.parse(readFileSync('../../api/openapi.json', 'utf8'));
  const paths: unknown = Reflect.get(doc as object, 'paths');
  chooseSite('North');
  for (const [path, methods] of Object.entries(paths as object)) {
    const get: unknown = Reflect.get(methods as object, 'get');
    const parameters: unknown = get ? Reflect.get(get as object, 'parameters') : [];
    if (!Array.isArray(parameters) || !parameters.some((p: unknown) => Reflect.get(p as object, 'name') === 'filter')) continue;
    const below = path.replace('/api/v1', '');
    const ofHouse = house.includes(below.split('/')[1] ?? '');
    expect('bedrail-site' in siteHeader(below, 'GET'), path).toBe(!ofHouse);
  }
});
