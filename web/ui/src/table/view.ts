// The URL is the only state of a list: filter, sort, columns and the row in
// the side panel. What is personal and not part of a link, the density, is
// kept by the browser.

import { useNavigate, useSearch } from '@tanstack/react-router';
import { useCallback } from 'react';

export interface View {
  filter: string;
  sort: string;
  cols: string; // names with commas; empty is the default choice
  row: string; // id of the row in the side panel
}

export type ViewPatch = Partial<View>;

function word(from: Record<string, unknown>, name: string): string {
  const v = from[name];
  return typeof v === 'string' ? v : '';
}

/** useView reads the view from the URL and writes it back. */
export function useView(): [View, (patch: ViewPatch, keepHistory?: boolean) => void] {
  const search: Record<string, unknown> = useSearch({ strict: false });
  const navigate = useNavigate();
  const set = useCallback(
    (patch: ViewPatch, keepHistory = false) => {
      void navigate({
        to: '.',
        replace: !keepHistory,
        search: (old: Record<string, unknown>) => {
          const next: Record<string, unknown> = { ...old, ...patch };
          for (const [name, value] of Object.entries(next)) if (value === '') delete next[name];
          return next;
        },
      });
    },
    [navigate],
  );
  return [
    { filter: word(search, 'filter'), sort: word(search, 'sort'), cols: word(search, 'cols'), row: word(search, 'row') },
    set,
  ];
}

export interface SortKey {
  field: string;
  desc: boolean;
}

/** readSort reads "-risk,name". */
export function readSort(text: string): SortKey[] {
  return text
    .split(',')
    .map((part) => part.trim())
    .filter((part) => part !== '' && part !== '-')
    .map((part) => (part.startsWith('-') ? { field: part.slice(1), desc: true } : { field: part, desc: false }));
}

export function writeSort(keys: SortKey[]): string {
  return keys.map((k) => (k.desc ? '-' : '') + k.field).join(',');
}

export type Density = 'compact' | 'comfortable';
const densityKey = 'bedrail.density';

export function density(): Density {
  return localStorage.getItem(densityKey) === 'comfortable' ? 'comfortable' : 'compact';
}

export function setDensity(d: Density): void {
  localStorage.setItem(densityKey, d);
  document.documentElement.dataset['density'] = d;
  window.dispatchEvent(new Event('bedrail:density'));
}

export const rowHeight: Record<Density, number> = { compact: 34, comfortable: 42 };
