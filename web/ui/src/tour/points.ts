// What each stop of a tour speaks of, as it is found on its screen: the stop
// rings it, and a test sees that it is there.

import type { TourRole } from './tours';

const row = 'main [role=grid] [role=row][aria-rowindex="2"]';
const choose = 'main [data-home-role]';
const map = 'main canvas';
const table = 'main table tbody tr';

/** By role, in the order of its stops. */
export const points: Record<TourRole, readonly (readonly string[])[]> = {
  'security-analyst': [[choose], [row], [`${row} input[type=checkbox]`], ['main [data-filter-input]', row], [map, 'main [data-map-table]'], [table], ['main input[type=date]']],
  'clinical-engineer': [[choose], [row], [row], [row], [row], [row], [table]],
  'integration-engineer': [[choose], [row], ['main [data-filter-input]', row], [table], [row], [map], ['main [data-copy]']],
  'compliance-officer': [[choose], ['main [data-verify]', row], [row], ['main input[type=date]'], [row], [row], [table]],
  executive: [[choose], [row], [map], [table], [row], [row]],
};

const mark = 'data-tour-here';

/** ring marks what a stop speaks of, as soon as it is there, until it is told to stop. */
export function ring(role: TourRole, stop: number): () => void {
  const wanted = points[role][stop] ?? [];
  const look = () => {
    for (const e of wanted.map((s) => document.querySelector(s))) if (e && !e.hasAttribute(mark)) e.setAttribute(mark, '');
  };
  const clear = () => document.querySelectorAll(`[${mark}]`).forEach((e) => e.removeAttribute(mark));
  clear();
  look();
  const watch = new MutationObserver(look);
  watch.observe(document.body, { childList: true, subtree: true });
  return () => {
    watch.disconnect();
    clear();
  };
}

