// Exports hold exactly what is shown: the filtered rows in their order, and
// the columns in sight.

import { list, type ListQuery, type Page } from '../api/types';
import type { Column } from './column';

const atOnce = 500;

/** all reads every row of a list by its cursor. */
export async function all<Row>(
  fetch: (q: ListQuery, signal?: AbortSignal) => Promise<Page<Row>>,
  filter: string,
  sort: string,
  tell: (done: number, total: number) => void,
  signal?: AbortSignal,
): Promise<Row[]> {
  const rows: Row[] = [];
  let cursor = '';
  for (;;) {
    const page = await fetch({ filter, sort, limit: atOnce, cursor: cursor || undefined }, signal);
    rows.push(...list(page.items));
    tell(rows.length, page.total);
    if (!page.nextCursor || list(page.items).length === 0) return rows;
    cursor = page.nextCursor;
  }
}

/** A cell that a spreadsheet would run as a formula gets an apostrophe. */
function csvCell(text: string): string {
  const safe = /^[=+\-@\t\r]/.test(text) && !/^-?\d+(\.\d+)?$/.test(text) ? `'${text}` : text;
  return /[",\n\r]/.test(safe) ? `"${safe.replaceAll('"', '""')}"` : safe;
}

export function toCSV<Row>(rows: Row[], columns: Column<Row>[]): string {
  const lines = [columns.map((c) => csvCell(c.header)).join(',')];
  for (const row of rows) lines.push(columns.map((c) => csvCell(c.text(row))).join(','));
  return lines.join('\r\n') + '\r\n';
}

export function toJSON<Row>(rows: Row[], columns: Column<Row>[]): string {
  return JSON.stringify(
    rows.map((row) => Object.fromEntries(columns.map((c) => [c.id, c.text(row)]))),
    null,
    2,
  );
}

/** save hands a file to the browser. */
export function save(name: string, kind: string, text: string): void {
  saveBlob(name, new Blob([text], { type: kind }));
}

export function saveBlob(name: string, data: Blob): void {
  const url = URL.createObjectURL(data);
  const a = document.createElement('a');
  a.href = url;
  a.download = name;
  a.click();
  URL.revokeObjectURL(url);
}
