// Which rows of a long list are in sight. All rows are of one height, so that
// is a division, however long the list.

import { useCallback, useSyncExternalStore } from 'react';

/** headHeight is that of the header of a list in pixels, its line included. */
export const headHeight = 33;

export interface Sight {
  first: number;
  last: number; // before first when nothing is in sight
}

const most = 1000; // rows that fit a frame

/** inSight is which of total rows a frame of that height shows below its header. */
export function inSight(scrolled: number, frame: number, row: number, total: number): Sight {
  const first = Math.max(0, Math.min(Math.floor(scrolled / row), total - 1));
  const last = Math.min(Math.ceil((scrolled + frame - headHeight) / row), total, first + most) - 1;
  return { first, last: frame > 0 && total > 0 ? Math.max(first, last) : first - 1 };
}

/** useSight follows what the frame shows as it is scrolled and changes its size. */
export function useSight(frame: HTMLElement | null, row: number, total: number): Sight {
  const subscribe = useCallback(
    (tell: () => void) => {
      if (!frame) return () => undefined;
      frame.addEventListener('scroll', tell, { passive: true });
      const size = new ResizeObserver(tell);
      size.observe(frame);
      return () => {
        frame.removeEventListener('scroll', tell);
        size.disconnect();
      };
    },
    [frame],
  );
  // One number, so that nothing is drawn while it is the same.
  const packed = useSyncExternalStore(subscribe, () => {
    if (!frame) return 0;
    const { first, last } = inSight(frame.scrollTop, frame.clientHeight, row, total);
    return first * (most + 1) + last - first + 1;
  });
  const first = Math.floor(packed / (most + 1));
  return { first, last: first + (packed % (most + 1)) - 1 };
}

/** reveal scrolls as little as shows a whole row below the header. */
export function reveal(frame: HTMLElement, index: number, row: number): void {
  const top = index * row;
  const room = frame.clientHeight - headHeight;
  if (top < frame.scrollTop) frame.scrollTo({ top });
  else if (top + row > frame.scrollTop + room) frame.scrollTo({ top: top + row - room });
}
