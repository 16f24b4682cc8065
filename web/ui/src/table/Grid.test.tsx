import { act, fireEvent, render, screen } from '@testing-library/react';
import { describe, expect, it, vi } from 'vitest';
import type { Column } from './column';
import { Grid } from './Grid';

interface Thing {
  id: string;
  name: string;
}

const drawn = vi.fn();
const columns: Column<Thing>[] = [
  {
    id: 'name',
    header: 'Name',
    width: 100,
    sort: 'name',
    cell: (x) => {
      drawn(x.id);
      return <a href="#there">{x.name}</a>;
    },
    text: (x) => x.name,
  },
  { id: 'id', header: 'Id', width: 100, cell: (x) => x.id, text: (x) => x.id },
];

const things = Array.from({ length: 1000 }, (_, i): Thing => ({ id: `t${i}`, name: `Thing ${i}` }));
const calls = { pick: vi.fn(), open: vi.fn(), see: vi.fn(), toggleSort: vi.fn() };
const id = (x: Thing) => x.id;
const title = (x: Thing) => x.name;
const nobody: ReadonlySet<string> = new Set();

function show(over: Partial<Parameters<typeof Grid<Thing>>[0]> = {}) {
  return (
    <Grid label="Things" question="" columns={columns} sort={[]} total={things.length} height={34} rowAt={(i: number) => things[i]} id={id} title={title} current="" old={false} asOf={1} picked={nobody} all={false} {...calls} {...over} />
  );
}

describe('Grid', () => {
  it('draws rows in sight, and again only those that differ', () => {
    const { rerender } = render(show());
    expect(screen.getByText('Thing 0')).toBeTruthy();
    expect(screen.queryByText('Thing 500')).toBeNull();
    drawn.mockClear();
    rerender(show());
    expect(drawn).not.toHaveBeenCalled();
    rerender(show({ picked: new Set(['t2']) }));
    expect(drawn.mock.calls).toEqual([['t2']]);
    drawn.mockClear();
    rerender(show({ picked: new Set(['t2']), asOf: 2 })); // ages in them are as of then
    expect(drawn.mock.calls.length).toBeGreaterThan(5);
  });

  it('says which rows are in sight', () => {
    render(show());
    expect(calls.see).toHaveBeenCalledWith(0, 16);
  });

  it('hears clicks on cells, marks and links', () => {
    render(show());
    fireEvent.click(screen.getByText('t3'));
    expect(calls.open).toHaveBeenLastCalledWith(things[3], false);
    calls.open.mockClear();
    fireEvent.click(screen.getByText('Thing 4')); // a link goes its own way
    expect(calls.open).not.toHaveBeenCalled();
    const mark = screen.getAllByRole('checkbox')[5] as HTMLInputElement;
    fireEvent.click(mark, { shiftKey: true });
    expect(calls.pick).toHaveBeenCalledTimes(1);
    expect(calls.pick).toHaveBeenLastCalledWith(5, true);
    expect(calls.open).not.toHaveBeenCalled();
    expect(mark.checked).toBe(false); // what is chosen is said from outside
  });

  it('marks every row when all are chosen', () => {
    render(show({ picked: new Set(['t1']), all: true }));
    const marks = screen.getAllByRole<HTMLInputElement>('checkbox');
    expect(marks.length).toBeGreaterThan(10);
    expect(marks.every((m) => m.checked)).toBe(true);
  });

  it('keeps one tab stop, which follows the focus', () => {
    const { container } = render(show());
    const cell = container.querySelector<HTMLElement>('[data-row="2"][data-col="2"]');
    act(() => cell?.focus());
    expect([...container.querySelectorAll('[tabindex="0"]')]).toEqual([cell]);
    fireEvent.keyDown(cell as HTMLElement, { key: 'ArrowDown' });
    expect(document.activeElement).toBe(container.querySelector('[data-row="3"][data-col="2"]'));
  });

  it('leaves out a row that has not come, but not where the keyboard stands', () => {
    const { container, rerender } = render(show());
    act(() => container.querySelector<HTMLElement>('[data-row="1"][data-col="1"]')?.focus());
    rerender(show({ rowAt: () => undefined }));
    const cells = (row: number) => container.querySelectorAll(`[aria-rowindex="${row + 2}"] [role=gridcell]`).length;
    expect(cells(0)).toBe(0);
    expect(cells(1)).toBe(3);
    expect(document.activeElement).toBe(container.querySelector('[data-row="1"][data-col="1"]'));
  });

  it('starts another list at its top', () => {
    const { container, rerender } = render(show());
    const frame = screen.getByRole('grid');
    const to = vi.spyOn(frame, 'scrollTo');
    act(() => container.querySelector<HTMLElement>('[data-row="5"][data-col="1"]')?.focus());
    rerender(show({ old: true }));
    expect(to).not.toHaveBeenCalled();
    rerender(show({ question: 'unit:ICU' }));
    expect(to).toHaveBeenCalledWith({ top: 0 });
    expect(container.querySelector('[tabindex="0"]')).toBe(container.querySelector('[data-row="0"][data-col="1"]'));
  });
});
