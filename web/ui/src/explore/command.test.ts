import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { asCommand } from './command';
import { type Operation, readDocument } from './operations';

const all = readDocument(JSON.parse(readFileSync('../../api/openapi.json', 'utf8')));

function op(id: string): Operation {
  const found = all.find((o) => o.id === id);
  if (!found) throw new Error(`no operation ${id}`);
  return found;
}

function line(id: string, values: Record<string, string>, body?: unknown): string {
  return asCommand(op(id), values, body === undefined ? '' : JSON.stringify(body));
}

test('every operation is a command line, and none has a hole left', () => {
  expect(all.length).toBeGreaterThan(200);
  for (const o of all) {
    const text = asCommand(o, {}, o.body);
    expect(text.startsWith('bedrail ')).toBe(true);
    if (!text.startsWith('bedrail api ')) expect(text).not.toMatch(/[{}[\]]/);
    else expect(text).toContain(`bedrail api ${o.method} `);
  }
});

test('what was filled in stands in the command, quoted for a shell', () => {
  expect(line('list-devices', {})).toBe('bedrail device list');
  expect(line('list-devices', { filter: 'class:infusion-pump unit:ICU', limit: '5' })).toBe("bedrail device list --filter 'class:infusion-pump unit:ICU' --limit 5");
  expect(line('get-device', { id: 'dev_1' })).toBe('bedrail device get dev_1');
  expect(line('get-device', {})).toBe('bedrail device get ID');
  expect(line('reveal-message', { id: 'msg_1' }, { purpose: "it's mine" })).toBe("bedrail message reveal msg_1 --purpose 'it'\\''s mine'");
  expect(line('merge-devices', {}, { ids: ['dev_1', 'dev_2'], reason: '' })).toBe('bedrail device merge dev_1 dev_2');
  expect(line('change-devices', {}, { filter: 'unit:ICU', addTags: ['a', 'b c'], location: { unit: 'ICU 2' }, dryRun: true })).toBe(
    "bedrail device bulk --filter unit:ICU --add-tag a --add-tag 'b c' --unit 'ICU 2' --dry-run",
  );
  expect(line('decide-findings', {}, { state: 'accepted', ids: ['f1'], expires: '2027-03-01T00:00:00Z' })).toBe('bedrail finding decide accepted f1 --until 2027-03-01');
  expect(line('identify-device', { id: 'd' }, { corrections: { model: 'Plum 360' } })).toBe("bedrail device identify d 'model=Plum 360'");
});

test('the command is the one that a value asks for', () => {
  expect(line('set-channel-state', { name: 'adt' }, { state: 'draining' })).toBe('bedrail channel drain adt');
  expect(line('second-purchase', { id: 'p' }, { agree: false })).toBe('bedrail procure second p --refuse');
  expect(line('draw-map', { level: 'zone', zone: 'z' })).toBe('bedrail map --zone z');
});

test('what no command can say is asked by its address, whole', () => {
  expect(line('list-devices', { sort: '-name' })).toBe("bedrail api GET '/api/v1/devices?sort=-name'");
  expect(line('change-device', { id: 'dev_1', 'If-Match': '3' }, { tags: ['a'] })).toBe(`bedrail api PATCH /api/v1/devices/dev_1 --field If-Match=3 --data '{"tags":["a"]}'`);
  expect(line('decide-findings', {}, { state: 'accepted', ids: ['f1'], expires: '2027-03-01T10:00:00Z' })).toMatch(/^bedrail api POST /);
  expect(line('stream-events', { topics: 'jobs' })).toBe("bedrail api GET '/api/v1/events?topics=jobs'");
  expect(line('import-file', { kind: 'leases', format: 'isc' })).toBe("bedrail api POST '/api/v1/imports?kind=leases&format=isc' --data @FILE");
  expect(asCommand(op('save-view'), {}, '{ no JSON')).toMatch(/^bedrail api POST \/api\/v1\/views --data /);
});
