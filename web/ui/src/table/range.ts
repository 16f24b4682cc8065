// Rows by range: only the pages in sight are fetched, by offset, so that any
// row of a long list is one request away.

import { keepPreviousData, useQueries, useQuery, useQueryClient } from '@tanstack/react-query';
import { list, type ListQuery, type Page } from '../api/types';

export const pageSize = 100;

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
    queryFn: ({ signal }: { signal: AbortSignal }) => fetch({ filter, sort, limit: pageSize, offset: page * pageSize }, signal),
  };
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
  const from = Math.max(1, Math.floor(first / pageSize));
  const to = Math.min(Math.floor(last / pageSize), Math.floor(Math.max(0, total - 1) / pageSize));
  const wanted: number[] = [];
  for (let p = from; p <= to; p++) wanted.push(p);
  const rest = useQueries({ queries: wanted.map(ask) });

  const pages = new Map<number, Row[]>([[0, list(top.data?.items)]]);
  wanted.forEach((p, i) => pages.set(p, list(rest[i]?.data?.items)));
  const rowAt = (i: number) => pages.get(Math.floor(i / pageSize))?.[i % pageSize];
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
