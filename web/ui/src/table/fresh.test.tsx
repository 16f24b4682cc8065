import { act, renderHook } from '@testing-library/react';
import type { ReactNode } from 'react';
import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import type { Happening } from '../api/events';
import { LiveContext } from '../shell/live';
import { pause, useFresh } from './fresh';

let tell: (h: Happening) => void = () => undefined;
const live = {
  line: 'open' as const,
  follow: (_: string, to: (h: Happening) => void) => {
    tell = to;
    return () => undefined;
  },
};
const wrapper = ({ children }: { children: ReactNode }) => <LiveContext value={live}>{children}</LiveContext>;
const happened = (id: string) => act(() => tell({ name: 'device', data: { id } } as unknown as Happening));

function watch(filter: string, total: number) {
  const state = { total, updatedAt: 1 };
  const fetch = vi.fn(() => Promise.resolve({ items: [], total: state.total }));
  const shown = renderHook(({ f, at }) => useFresh('device', f, fetch, { total, updatedAt: at, holds: (id) => id === 'in-sight' }), { wrapper, initialProps: { f: filter, at: 1 } });
  return { state, fetch, ...shown };
}

beforeEach(() => void vi.useFakeTimers());
afterEach(() => void vi.useRealTimers());

it('counts each thing that happened once, where nothing is filtered', async () => {
  const w = watch('', 10);
  happened('a');
  happened('a');
  happened('b');
  await act(() => vi.advanceTimersByTimeAsync(pause));
  expect(w.result.current.n).toBe(2);
  expect(w.fetch).not.toHaveBeenCalled();
});

it('says nothing of what happened outside of the filter, and asks once for many events', async () => {
  const w = watch('unit:ICU', 10);
  for (let i = 0; i < 50; i++) happened(`elsewhere-${i}`);
  await act(() => vi.advanceTimersByTimeAsync(pause));
  expect(w.result.current.n).toBe(0);
  expect(w.fetch).toHaveBeenCalledTimes(1);
  expect(w.fetch).toHaveBeenCalledWith({ filter: 'unit:ICU', limit: 1, offset: 0 }, expect.anything());
});

it('counts what came into the filter, and what is in sight and changed', async () => {
  const w = watch('unit:ICU', 10);
  w.state.total = 13;
  happened('elsewhere');
  await act(() => vi.advanceTimersByTimeAsync(pause));
  expect(w.result.current.n).toBe(3);
  w.state.total = 10;
  happened('in-sight');
  await act(() => vi.advanceTimersByTimeAsync(pause));
  expect(w.result.current.n).toBe(1);
});

it('begins anew when the rows were fetched again or the filter is another', async () => {
  const w = watch('unit:ICU', 10);
  happened('in-sight');
  await act(() => vi.advanceTimersByTimeAsync(pause));
  expect(w.result.current.n).toBe(1);
  w.rerender({ f: 'unit:ICU', at: 2 });
  expect(w.result.current.n).toBe(0);
  happened('in-sight');
  w.rerender({ f: 'unit:NICU', at: 2 });
  await act(() => vi.advanceTimersByTimeAsync(pause));
  expect(w.result.current.n).toBe(0);
});
