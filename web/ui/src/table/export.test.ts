import { describe, expect, test } from 'vitest';
import type { ListQuery } from '../api/types';
import type { Column } from './column';
import { all, toCSV, toJSON } from './export';

interface Row {
  a: string;
}
const columns: Column<Row>[] = [{ id: 'a', header: 'A, the first', width: 10, cell: (r) => r.a, text: (r) => r.a }];

describe('export', () => {
  test('a cell that a spreadsheet would run gets an apostrophe, a number does not', () => {
    expect(toCSV([{ a: '=1+1' }, { a: '-4.5' }, { a: '@x' }], columns)).toBe(`"A, the first"\r\n'=1+1\r\n-4.5\r\n'@x\r\n`);
  });
  test('quotes and line ends are kept', () => {
    expect(toCSV([{ a: 'x "y"\nz' }], columns)).toContain('"x ""y""\nz"');
  });
  test('JSON holds the columns shown', () => {
    expect(JSON.parse(toJSON([{ a: 'x' }], columns))).toEqual([{ a: 'x' }]);
  });
  test('every page is read with the same filter and order', async () => {
    const asked: ListQuery[] = [];
    const rows = await all(
      (q: ListQuery) => {
        asked.push(q);
        return Promise.resolve(q.cursor ? { items: [{ a: '2' }], total: 2 } : { items: [{ a: '1' }], nextCursor: 'c', total: 2 });
      },
      'class:x',
      '-name',
      () => undefined,
    );
    expect(rows).toEqual([{ a: '1' }, { a: '2' }]);
    expect(asked.map((q) => [q.filter, q.sort, q.cursor])).toEqual([['class:x', '-name', undefined], ['class:x', '-name', 'c']]);
  });
});
