// Every screen: empty, loading, and error with what to do about it.

import { screen, within } from '@testing-library/react';
import { describe, expect, test } from 'vitest';
import { type Answer, Failure, never, open } from './screen';

const none = { items: null, total: 0 };
const device = {
  id: 'dev_1', name: 'pump-1', addresses: null, macs: null, hostnames: null, roles: null, protocols: null, tags: null,
  class: { value: '', status: 'unknown', confidence: 0, evidence: null },
  manufacturer: { value: '', status: 'unknown', confidence: 0, evidence: null },
  model: { value: '', status: 'unknown', confidence: 0, evidence: null },
  serialNumber: { value: '', status: 'unknown', confidence: 0, evidence: null },
  softwareVersion: { value: '', status: 'unknown', confidence: 0, evidence: null },
  operatingSystem: { value: '', status: 'unknown', confidence: 0, evidence: null },
  location: { status: 'unknown' }, conflicts: null, rhythm: {}, firstSeen: '', lastSeen: '', version: 1,
};
const finding = {
  id: 'fnd_1', vulnerability: 'CVE-2020-11896', aliases: null, title: 'A flaw', severity: 'critical', kev: false, status: 'affected',
  model: { manufacturer: 'B. Braun', model: 'Infusomat Space' }, units: null, fixed: null, sources: null,
  match: { by: 'product', confidence: 0.9, reason: 'is in the range' }, devices: null,
};
const system = {
  version: '1', startedAt: '2026-01-01T00:00:00Z', store: { engine: 'sqlite', bytes: 1, readOnly: false }, capture: null,
  disk: { free: 1, total: 2, state: 'ok' }, bus: { state: 'ok', pending: 0 }, warnings: null, demo: false,
};
const sensor = {
  name: 'north-icu', site: 'North', state: 'invited', alarms: null, connected: false, lag: 0, oldest: 0, interfaces: null, rate: 0, lost: 0,
  dropped: 0, refused: 0, outbox: { messages: 0, bytes: 0, limit: 0 }, diskFree: 0, createdAt: '2026-01-01T00:00:00Z',
};
const summary = {
  devices: { total: 0, byClass: null, byStatus: null, location: { bed: 0, unit: 0, stale: 0, unknown: 0 } },
  exposure: { affected: 0, undecidable: 0, endOfLife: 0, recalled: 0, byUnit: null },
  feeds: null, coverage: { packets: 0, dropped: 0, sensors: 0 }, asOf: '2026-01-01T00:00:00Z',
};

const forecast = { devices: 0, unknown: 0, points: null, over: null };
const past = {
  at: '2026-03-01T00:00:00Z', asked: 'everything', feeds: null, records: {}, bills: null, decisions: null, findings: null, statements: null, entries: 0, limits: null,
  total: { bills: 0, decisions: 0, findings: 0, affected: 0, undecidable: 0, devices: 0 },
};
const purchase = {
  id: 'pur_1', model: { manufacturer: 'Acme', model: 'Pump 9', version: '' }, title: 'Pumps', years: 10, policy: 'pol_1', stage: 'open', deviations: null, changes: null, by: 'anna', openedAt: '2026-01-01T00:00:00Z', version: 1,
  assessment: { model: { manufacturer: 'Acme', model: 'Pump 9', version: '' }, verdict: 'acceptable', score: 100, summary: 'all met', policy: 'Defaults', reasons: null, clauses: null, at: '2026-01-01T00:00:00Z' },
};

interface Case {
  path: string;
  asks: string; // the question on which the state hangs
  empty: Answer;
  says: RegExp; // when empty
  more?: Record<string, Answer>;
}
const cases: Record<string, Case> = {
  home: { path: '/', asks: 'GET /summary', empty: summary, says: /Nothing is known yet/ },
  'first steps': { path: '/setup', asks: 'GET /setup', empty: none, says: /Nothing to set up/ },
  devices: { path: '/devices', asks: 'GET /devices', empty: none, says: /No device yet/ },
  device: { path: '/devices/dev_1', asks: 'GET /devices/dev_1', empty: device, says: /Nobody and nothing has said where it stands/ },
  'timeline of a device': { path: '/devices/dev_1?tab=timeline', asks: 'GET /devices/dev_1/timeline', empty: none, says: /Nothing happened yet/, more: { 'GET /devices/dev_1': device } },
  'exposures of a device': { path: '/devices/dev_1?tab=exposures', asks: 'GET /devices/dev_1/exposures', empty: none, says: /No exposure known/, more: { 'GET /devices/dev_1': device } },
  'conversations of a device': { path: '/devices/dev_1?tab=conversations', asks: 'GET /devices/dev_1/conversations', empty: none, says: /No conversation seen/, more: { 'GET /devices/dev_1': device } },
  findings: { path: '/findings', asks: 'GET /findings', empty: none, says: /No finding/ },
  finding: { path: '/findings/fnd_1', asks: 'GET /findings/fnd_1', empty: finding, says: /No device of this model is known/ },
  bills: { path: '/bills', asks: 'GET /bills', empty: none, says: /No bill yet/ },
  models: { path: '/models', asks: 'GET /models', empty: none, says: /No model known/ },
  recalls: { path: '/recalls', asks: 'GET /recalls', empty: none, says: /No recall/ },
  'end of support': { path: '/lifecycle', asks: 'GET /lifecycle', empty: none, says: /Nothing is at its end/ },
  'patch plan': { path: '/patches', asks: 'GET /patches', empty: none, says: /Nothing is planned/ },
  'recall worklist': { path: '/recall-work', asks: 'GET /recalls/worklist', empty: none, says: /No recall/ },
  'lifecycle ledger': { path: '/ledger', asks: 'GET /ledger', empty: none, says: /No model known/ },
  'support forecast': { path: '/forecast', asks: 'GET /lifecycle/forecast', empty: forecast, says: /Nothing is at its end/ },
  purchases: { path: '/purchases', asks: 'GET /purchases', empty: none, says: /No purchase asked about/ },
  purchase: { path: '/purchases/pur_1', asks: 'GET /purchases/pur_1', empty: purchase, says: /Nothing\./ },
  contradictions: { path: '/contradictions', asks: 'GET /contradictions', empty: none, says: /No contradiction/ },
  'as of a day': { path: '/asof?day=2026-03-01', asks: 'GET /asof', empty: past, says: /nothing could be compared with/ },
  sensors: { path: '/sensors', asks: 'GET /sensors', empty: none, says: /No sensor yet/ },
  sensor: { path: '/sensors/north-icu', asks: 'GET /sensors/north-icu', empty: sensor, says: /Not come yet/, more: { 'GET /sensors/north-icu/coverage': { from: '2026-01-01T00:00:00Z', until: '2026-01-02T00:00:00Z', step: 10, steps: null, vlans: null, gaps: null } } },
  feeds: { path: '/feeds', asks: 'GET /feeds', empty: none, says: /No feed loaded/ },
  import: { path: '/import', asks: 'GET /jobs', empty: none, says: /Nothing imported yet/ },
  'audit record': { path: '/audit', asks: 'GET /audit', empty: none, says: /Nothing recorded yet/ },
  users: { path: '/users', asks: 'GET /users', empty: none, says: /No user/ },
  tokens: { path: '/tokens', asks: 'GET /tokens', empty: none, says: /No token/ },
  system: { path: '/system', asks: 'GET /system', empty: system, says: /Nothing is listened to/ },
};
const broken = new Failure(503, { title: 'Unavailable', code: 'unavailable', detail: 'The store cannot be reached.', traceId: 'trace-17' });
// The navigation stands once somebody is signed in.
const main = async () => {
  await screen.findByRole('navigation', undefined, { timeout: 15000 });
  return within(screen.getByRole('main'));
};

describe.each(Object.entries(cases))('%s', (_, c) => {
  test('says when it is empty and what to do', async () => {
    open(c.path, { ...c.more, [c.asks]: c.empty });
    expect((await (await main()).findAllByText(c.says, undefined, { timeout: 15000 })).length).toBeGreaterThan(0);
  });
  test('shows rows of bones while it loads', async () => {
    open(c.path, { ...c.more, [c.asks]: never });
    expect((await (await main()).findAllByRole('status', { name: 'Loading…' }, { timeout: 15000 })).length).toBeGreaterThan(0);
  });
  test('says what went wrong, and the identifier to quote', async () => {
    open(c.path, { ...c.more, [c.asks]: broken });
    const alerts = await (await main()).findAllByText('The store cannot be reached.', undefined, { timeout: 15000 });
    expect(alerts.length).toBeGreaterThan(0);
    expect(screen.getAllByText('trace-17').length).toBeGreaterThan(0);
  });
});

test('an attribute in conflict says so once', async () => {
  open('/devices/dev_1', { 'GET /devices/dev_1': { ...device, operatingSystem: { value: '', status: 'conflict', confidence: 0.4, evidence: null } } });
  const marks = await (await main()).findAllByText('conflict', undefined, { timeout: 15000 });
  expect(marks.filter((m) => m.closest('summary'))).toHaveLength(1);
});
