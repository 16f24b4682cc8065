import { expect, test } from 'vitest';
import { commitment, stops } from './way';

test('a commitment is the word behind its name', () => {
  expect(commitment('channel a version 1 pending hl7v2 9 bytes raw abc=', 'raw')).toBe('abc=');
  expect(commitment('destination ehr dead', 'ack')).toBe('');
});

test('each receiver has a row of its own, and a dead letter is not good', () => {
  const all = stops({
    message: {
      id: 'm', channel: 'c', channelVersion: 1, receivedAt: 't', format: 'hl7v2', size: 1, type: 'ADT', state: 'dead', outcome: 'accepted', trust: 'trusted', issues: 0,
      peerDetail: {}, stamp: { trust: 'trusted' }, devices: [], found: [],
      deliveries: [
        { message: 'm', channel: 'c', destination: 'ehr', state: 'delivered', attempts: 1, round: 0, queuedAt: 't', code: 'AA', share: { purpose: 'treatment', removed: ['PID-5'] } },
        { message: 'm', channel: 'c', destination: 'lab', state: 'dead', attempts: 5, round: 0, queuedAt: 't', note: 'no such patient' },
      ],
    },
    steps: [
      { seq: 1, at: 't', did: 'message:receive', by: 'x', note: 'channel c raw R' },
      { seq: 2, at: 't', did: 'message:deliver', by: 'x', note: 'destination ehr delivered AA sent S ack A' },
    ],
  });
  expect(all.map((s) => [s.id, s.column, s.row, s.good])).toEqual([
    ['received', 0, 0, true],
    ['read', 1, 0, true],
    ['bound', 2, 0, true],
    ['made-ehr', 3, 0, true],
    ['answered-ehr', 4, 0, true],
    ['made-lab', 3, 1, true],
    ['answered-lab', 4, 1, false],
  ]);
  expect(all.find((s) => s.id === 'made-ehr')?.more).toBe('treatment: −PID-5');
});
