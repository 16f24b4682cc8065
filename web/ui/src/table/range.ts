// Rows by range: only the pages in sight are fetched, by offset, so that any
// row of a long list is one request away. A page begins in the middle of the
// one before it, so that what is in sight hardly ever needs two.

import { keepPreviousData, useQueries, useQuery, useQueryClient } from '@tanstack/react-query';
import { list, type ListQuery, type Page } from '../api/types';

export const pageSize = 100;
const step = pageSize / 2;

export interface Range<Row> {
  total: number;
  rowAt: (index: number) => Row | undefined;
  rowOf: (find: (row: Row) => boolean) => Row | undefined;
  error: unknown;
  pending: boolean; // nothing has come yet
  old: boolean; // what is shown answers the question before
  updatedAt: number;
  refresh: () => void;
}

type Fetch<Row> = (q: ListQuery, signal?: AbortSignal) => Promise<Page<Row>>;

/** pageOf is the question for a page of a list, as the cache knows it. */
export function pageOf<Row>(name: string, fetch: Fetch<Row>, filter: string, sort: string, page: number) {
  return {
    queryKey: ['list', name, filter, sort, page],
    queryFn: ({ signal }: { signal: AbortSignal }) => fetch({ filter, sort, limit: pageSize, offset: page * step }, signal),
  };
}

/** pagesFor is which pages, besides the first, hold the rows first to last. */
export function pagesFor(first: number, last: number): number[] {
  const pages: number[] = [];
  for (let at = Math.max(0, first); at <= last; ) {
    const page = at < pageSize ? 0 : Math.floor(at / step);
    if (page > 0) pages.push(page);
    at = page * step + pageSize;
  }
  return pages;
}

/** useRange keeps the pages that hold rows first to last. */
export function useRange<Row>(
  name: string,
  fetch: Fetch<Row>,
  filter: string,
  sort: string,
  first: number,
  last: number,
): Range<Row> {
  const client = useQueryClient();
  const ask = (page: number) => pageOf(name, fetch, filter, sort, page);
  const top = useQuery({ ...ask(0), placeholderData: keepPreviousData });
  const total = top.data?.total ?? 0;
  const wanted = pagesFor(first, Math.min(last, total - 1));
  const rest = useQueries({ queries: wanted.map(ask) });

  const pages = new Map<number, Row[]>([[0, list(top.data?.items)]]);
  wanted.forEach((p, i) => pages.set(p, list(rest[i]?.data?.items)));
  const rowAt = (i: number) => {
    const page = Math.floor(i / step);
    return pages.get(page)?.[i - page * step] ?? pages.get(page - 1)?.[i - (page - 1) * step];
  };
  const rowOf = (find: (row: Row) => boolean) => {
    for (const rows of pages.values()) {
      const row = rows.find(find);
      if (row) return row;
    }
    return undefined;
  };
  return {
    total,
    rowAt,
    rowOf,
    error: top.error ?? rest.find((r) => r.error)?.error ?? null,
    pending: top.isPending,
    old: top.isPlaceholderData,
    updatedAt: top.dataUpdatedAt,
    refresh: () => void client.invalidateQueries({ queryKey: ['list', name] }),
  };
}
