import type { ListQuery, Page } from '../api/types';
import type { Column } from './column';
import { readSort } from './view';

/** localPage sorts rows that came whole and cuts a page out of them, so that they can stand in the one table. */
export function localPage<Row>(rows: Row[], columns: Column<Row>[], q: ListQuery): Promise<Page<Row>> {
  const keys = readSort(q.sort ?? '').flatMap((k) => {
    const column = columns.find((c) => c.sort === k.field);
    return column ? [{ text: column.text, desc: k.desc }] : [];
  });
  const ordered =
    keys.length === 0
      ? rows
      : [...rows].sort((a, b) => {
          for (const k of keys) {
            const d = k.text(a).localeCompare(k.text(b), undefined, { numeric: true });
            if (d !== 0) return k.desc ? -d : d;
          }
          return 0;
        });
  const from = q.offset ?? 0;
  return Promise.resolve({ items: ordered.slice(from, from + (q.limit ?? ordered.length)), total: ordered.length });
}
