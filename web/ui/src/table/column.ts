import type { ReactNode } from 'react';
import type { ListQuery, Page } from '../api/types';
import type { Field } from '../query/grammar';

/** A Column of a list. */
export interface Column<Row> {
  id: string;
  header: string;
  width: number; // least width in pixels; what is left over is shared by weight
  weight?: number;
  sort?: string; // name of the field to sort by, absent when the API cannot
  right?: boolean;
  off?: boolean; // not shown unless chosen
  cell: (row: Row) => ReactNode;
  text: (row: Row) => string; // what an export writes
}

/** What a screen says about its list. */
export interface ListOf<Row> {
  name: string; // of the list, for files and saved views
  label: string;
  columns: Column<Row>[];
  fields: readonly Field[];
  fetch: (q: ListQuery, signal?: AbortSignal) => Promise<Page<Row>>;
  id: (row: Row) => string;
  title: (row: Row) => string;
}
