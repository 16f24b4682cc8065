import { describe, expect, test } from 'vitest';
import { parseEvents, pause } from './events';

describe('parseEvents', () => {
  test('whole events come off, a started one stays', () => {
    const { events, rest } = parseEvents('id: a-1\nevent: device\ndata: {"id":"dev_1"}\n\n: heartbeat\n\nid: a-2\nev');
    expect(events).toEqual([{ id: 'a-1', kind: 'device', data: { id: 'dev_1' } }]);
    expect(rest).toBe('id: a-2\nev');
  });
  test('lines of data are joined', () => {
    expect(parseEvents('data: {"a":\ndata: 1}\n\n').events[0]?.data).toEqual({ a: 1 });
  });
  test('the pause doubles and has an end', () => {
    expect([0, 1, 2, 9].map(pause)).toEqual([1000, 2000, 4000, 30000]);
  });
});
