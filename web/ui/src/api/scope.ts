// What a person keeps chosen on every screen: the site, and how far back.
// Both outlive the page; the site goes with each question about what lies
// somewhere, so that no list can forget it.

import { useSyncExternalStore } from 'react';

const keys = { site: 'bedrail.site', range: 'bedrail.range' } as const;
type Kept = keyof typeof keys;

export const ranges = ['1h', '24h', '7d', '30d'] as const;
export type TimeRange = (typeof ranges)[number];

function kept(name: Kept): string {
  return localStorage.getItem(keys[name]) ?? '';
}

function keep(name: Kept, value: string): void {
  if (value) localStorage.setItem(keys[name], value);
  else localStorage.removeItem(keys[name]);
  window.dispatchEvent(new Event('bedrail:scope'));
}

function subscribe(tell: () => void): () => void {
  window.addEventListener('bedrail:scope', tell);
  window.addEventListener('storage', tell); // chosen in another window
  return () => {
    window.removeEventListener('bedrail:scope', tell);
    window.removeEventListener('storage', tell);
  };
}

/** site is the chosen site; empty is all. */
export function site(): string {
  return kept('site');
}

export function chooseSite(name: string): void {
  keep('site', name);
}

export function useSite(): string {
  return useSyncExternalStore(subscribe, site);
}

function range(): TimeRange {
  const held = kept('range');
  return ranges.find((r) => r === held) ?? '7d';
}

export function chooseRange(r: TimeRange): void {
  keep('range', r);
}

/** useRangeOfTime is how far back screens look, for example 7d. */
export function useRangeOfTime(): TimeRange {
  return useSyncExternalStore(subscribe, range);
}

/** Questions about what lies at a site. Of the whole house are people, keys,
 * feeds, bills, jobs, notices, and what only the whole house may do. */
const placed =
  /^\/(advisories|asof|channels|contradictions|controls|corrections|coverage|devices|findings|ledger|lifecycle|locations|map|messages|models|patches|quality|quality-alerts|quality-wire|recalls|reconciliation|replays|sensors|shadow-channels|stewardship|summary|unidentified|written-back)(\/|$|\?)/;

/** Acts on all that a filter admits: of what is shown, not of other sites. */
const filtered = /^\/(devices\/bulk|findings\/decisions|messages\/replay)$/;

/** siteHeader is what narrows a question, or an act on a filter, to the chosen site. */
export function siteHeader(path: string, method: string): Record<string, string> {
  const name = site();
  const narrows = method === 'GET' ? placed.test(path) : filtered.test(path);
  return name && narrows ? { 'bedrail-site': name } : {};
}
