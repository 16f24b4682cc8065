import { describe, expect, test } from 'vitest';
import { Misread, parse, suggest, type Term, write } from './grammar';

const term = (field: string, op: Term['op'], values: string[], not = false): Term => ({ field, op, values, not });

// The same table as in format/query/query_test.go.
const reads: Record<string, [string, Term[]]> = {
  'nothing holds for everything': ['  ', []],
  'a colon term': ['class:infusion-pump', [term('class', ':', ['infusion-pump'])]],
  'equals is the colon': ['unit=ICU', [term('unit', ':', ['ICU'])]],
  'commas give alternatives': ['unit:ICU,"Ward 3"', [term('unit', ':', ['ICU', 'Ward 3'])]],
  'a comparison': ['last_seen<7d', [term('last_seen', '<', ['7d'])]],
  'the longest operator wins': ['severity>=high', [term('severity', '>=', ['high'])]],
  'a minus turns a term round': ['-tag:spare', [term('tag', ':', ['spare'], true)]],
  'free text beside a term': [
    'philips "mx 800" kev:yes',
    [term('', '', ['philips']), term('', '', ['mx 800']), term('kev', ':', ['yes'])],
  ],
  'an address is free text': ['10.20.0.21', [term('', '', ['10.20.0.21'])]],
  'a quoted value keeps its quote': ['name:"a\\"b"', [term('name', ':', ['a"b'])]],
  'an empty value is written out': ['owner:""', [term('owner', ':', [''])]],
};

describe('parse', () => {
  test.each(Object.entries(reads))('%s', (_, [text, want]) => {
    expect(parse(text)).toEqual(want);
    expect(parse(write(want))).toEqual(want);
  });
  test.each([
    ['an open quote', 'name:"abc', 'open-quote', 5],
    ['a missing value', 'class:', 'missing-value', 6],
    ['a stray comma', 'class:a,', 'missing-value', 8],
  ])('%s is refused with its place', (_, text, why, at) => {
    try {
      parse(text);
      expect.unreachable();
    } catch (e) {
      expect(e).toBeInstanceOf(Misread);
      if (e instanceof Misread) expect([e.why, e.at]).toEqual([why, at]);
    }
  });
});

describe('suggest', () => {
  const fields = [
    { name: 'class', kind: 'word' as const },
    { name: 'last_seen', kind: 'time' as const },
  ];
  test('a started word completes to the name of a field', () => {
    expect(suggest('cl', fields, []).map((s) => s.text)).toEqual(['class:']);
  });
  test('a time is asked for with an age', () => {
    expect(suggest('last', fields, [])[0]?.text).toBe('last_seen<');
    expect(suggest('last_seen<7', fields, []).map((s) => s.text)).toEqual(['last_seen<7d']);
  });
  test('values come with their counts, and a further value keeps the first', () => {
    expect(suggest('class:a,p', fields, [{ value: 'pacs', count: 3 }])).toEqual([
      { text: 'class:a,pacs', label: 'pacs', count: 3, whole: true },
    ]);
  });
  test('a value with a blank is quoted', () => {
    expect(suggest('class:', fields, [{ value: 'a b' }])[0]?.text).toBe('class:"a b"');
  });
});
