import { expect, test } from 'vitest';
import { at, kindOf, lines, put, textAt, withKind } from './draft';

test('a value is put at a path and taken out again, and what was given stays as it was', () => {
  const was = { source: { mllp: { listen: 'a' } }, destinations: [{ name: 'x' }] };
  const now = put(was, ['destinations', 0, 'mllp', 'address'], 'b');
  expect(textAt(now, ['destinations', 0, 'mllp', 'address'])).toBe('b');
  expect(at(was, ['destinations', 0, 'mllp'])).toBeUndefined();
  expect(put(now, ['destinations', 0], undefined)).toEqual({ source: { mllp: { listen: 'a' } }, destinations: [] });
  expect(put(was, ['source'], undefined)).toEqual({ destinations: [{ name: 'x' }] });
});

test('the kind of a destination is what is no rule, and can be another', () => {
  const d = { name: 'ehr', retry: {}, fields: ['PID'], mllp: {} };
  expect(kindOf(d)).toBe('mllp');
  expect(withKind(d, 'fhir', { url: 'x' })).toEqual({ name: 'ehr', retry: {}, fields: ['PID'], fhir: { url: 'x' } });
});

test('lines that stay are told from those that went and came', () => {
  expect(lines('a\nb\nc', 'a\nc\nd')).toEqual([
    { sign: ' ', text: 'a' },
    { sign: '-', text: 'b' },
    { sign: ' ', text: 'c' },
    { sign: '+', text: 'd' },
  ]);
});
