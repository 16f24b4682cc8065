import { createContext, useContext, useEffect, useRef } from 'react';
import type { Happening, Line } from '../api/events';

/** Live lets a screen follow what happens on the server. */
export interface Live {
  line: Line;
  follow: (kind: string, tell: (h: Happening) => void) => () => void;
}

export const LiveContext = createContext<Live>({ line: 'connecting', follow: () => () => undefined });

/** useFollow calls tell for each event of a kind while the screen stands. */
export function useFollow(kind: string | undefined, tell: (h: Happening) => void): void {
  const { follow } = useContext(LiveContext);
  const latest = useRef(tell);
  useEffect(() => {
    latest.current = tell;
  });
  useEffect(() => (kind ? follow(kind, (h) => latest.current(h)) : undefined), [kind, follow]);
}
