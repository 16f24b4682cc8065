import { describe, expect, it } from 'vitest';
import { headHeight, inSight, reveal } from './sight';

describe('inSight', () => {
  const frame = 10 * 34 + headHeight;
  it.each([
    [0, 100, 0, 9],
    [1, 100, 0, 10], // a part of a row is in sight
    [34, 100, 1, 10],
    [90 * 34, 100, 90, 99],
    [90 * 34, 40, 39, 39], // the list grew shorter; the frame has not moved yet
    [0, 3, 0, 2],
    [0, 0, 0, -1],
    [99_990 * 34, 100_000, 99_990, 99_999],
  ])('at %d of %d rows shows %d to %d', (scrolled, total, first, last) => {
    expect(inSight(scrolled, frame, 34, total)).toEqual({ first, last });
  });

  it('shows nothing without a frame', () => {
    expect(inSight(0, 0, 34, 100)).toEqual({ first: 0, last: -1 });
  });
});

describe('reveal', () => {
  const at = (scrollTop: number) => {
    const moved: number[] = [];
    const frame = { scrollTop, clientHeight: 10 * 34 + headHeight, scrollTo: (to: { top: number }) => void moved.push(to.top) };
    return { frame: frame as unknown as HTMLElement, moved };
  };
  it.each([
    [0, 0, []],
    [0, 9, []],
    [0, 10, [34]],
    [100, 2, [68]],
    [100, 13, [4 * 34]],
  ])('from %d to row %d', (from, row, to) => {
    const { frame, moved } = at(from);
    reveal(frame, row, 34);
    expect(moved).toEqual(to);
  });
});
