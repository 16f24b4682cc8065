import { describe, expect, it } from 'vitest';
import { pagesFor } from './range';

describe('pagesFor', () => {
  it.each([
    [0, 26, []],
    [70, 99, []], // the first page is always there
    [70, 100, [2]],
    [99, 125, [2]],
    [100, 126, [2]],
    [148, 174, [2]],
    [149, 175, [2]],
    [150, 176, [3]],
    [99_990, 99_999, [1999]],
    [0, 250, [2, 4]], // a frame of a wall
    [0, -1, []],
  ])('rows %d to %d need %j', (first, last, pages) => {
    expect(pagesFor(first, last)).toEqual(pages);
  });

  it('leaves no row out, and asks once for what a screen holds', () => {
    for (let first = 0; first < 1000; first++) {
      const last = first + 45;
      const held = new Set([0, ...pagesFor(first, last)].flatMap((p) => Array.from({ length: 100 }, (_, i) => p * 50 + i)));
      for (let i = first; i <= last; i++) expect(held.has(i)).toBe(true);
      expect(pagesFor(first, last).length).toBeLessThan(2);
    }
  });
});
