// What changed since the rows were fetched, as far as it concerns them.

import { useCallback, useEffect, useRef, useState } from 'react';
import type { ListQuery, Page } from '../api/types';
import { useFollow } from '../shell/live';

/** pause is how long events gather before the server is asked. */
export const pause = 2000;

interface Shown {
  total: number;
  updatedAt: number;
  holds: (id: string) => boolean; // among the rows that are loaded
}

/**
 * useFresh counts what happened since the rows of a filter were fetched. Without a filter that is what the events name.
 * With one it is what is in sight and changed, and by how many rows the list grew or shrank, as the server says: it is
 * asked once for all events of two seconds, and nothing moves until somebody wants to see it.
 */
export function useFresh<Row>(live: string | undefined, filter: string, fetch: (q: ListQuery, signal?: AbortSignal) => Promise<Page<Row>>, shown: Shown): { n: number; clear: () => void } {
  const [touched, setTouched] = useState<ReadonlySet<string>>(new Set());
  const [moved, setMoved] = useState(0);
  const now = useRef({ filter, fetch, shown });
  const waiting = useRef<{ ids: Set<string>; timer?: ReturnType<typeof setTimeout>; asked?: AbortController }>({ ids: new Set() });
  useEffect(() => {
    now.current = { filter, fetch, shown };
  });

  const clear = useCallback(() => {
    clearTimeout(waiting.current.timer);
    waiting.current.asked?.abort();
    waiting.current = { ids: new Set() };
    setTouched(new Set());
    setMoved(0);
  }, []);
  // Other rows, or the same ones anew: nothing has happened since.
  useEffect(() => clear, [filter, shown.updatedAt, clear]);

  const look = async () => {
    const { ids } = waiting.current;
    const asked = new AbortController();
    waiting.current = { ids: new Set(), asked };
    const seen = [...ids].filter((id) => now.current.shown.holds(id));
    if (seen.length > 0) setTouched((old) => new Set([...old, ...seen]));
    try {
      const page = await now.current.fetch({ filter: now.current.filter, limit: 1, offset: 0 }, asked.signal);
      if (!asked.signal.aborted) setMoved(Math.abs((page.total ?? 0) - now.current.shown.total));
    } catch {
      // The next event asks again.
    }
  };
  useFollow(live, (h) => {
    const id = idOf(h.data);
    if (now.current.filter === '') {
      setTouched((old) => (old.has(id) ? old : new Set(old).add(id)));
      return;
    }
    waiting.current.ids.add(id);
    waiting.current.timer ??= setTimeout(() => void look(), pause);
  });
  return { n: Math.max(touched.size, moved), clear };
}

function idOf(data: unknown): string {
  if (typeof data === 'object' && data !== null) {
    const id: unknown = Reflect.get(data, 'id') ?? Reflect.get(data, 'seq');
    if (typeof id === 'string' || typeof id === 'number') return String(id);
  }
  return 'something';
}
