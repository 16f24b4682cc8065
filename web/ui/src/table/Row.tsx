import { type CSSProperties, memo, type ReactNode } from 'react';
import { useWords } from '../words/words';
import type { Column } from './column';
import css from './table.module.css';

interface Props<Row> {
  index: number;
  top: number; // in pixels
  width: number; // at least
  layout: CSSProperties;
  columns: Column<Row>[];
  item: Row | undefined; // not there yet, but where the keyboard stands
  title: (row: Row) => string;
  chosen: boolean | undefined; // undefined where nothing can be chosen
  current: boolean; // in the side panel
  asOf: number; // when the list was read; ages in it are as of then
  stop: number; // column of the tab stop, if it is in this row, else -1
}

/** placeOf says where a cell is, and whether Tab stops there. */
export const placeOf = (row: number, col: number, stop: boolean) => ({ 'data-row': row, 'data-col': col, tabIndex: stop ? 0 : -1 });

/** Row is a row of a list. It is drawn anew only when something of it differs:
 * a list in motion is redrawn at each frame. */
export const Row = memo(One) as typeof One;

function One<Item>(p: Props<Item>) {
  const picking = p.chosen !== undefined;
  return (
    <div
      role="row"
      aria-rowindex={p.index + 2}
      aria-selected={p.chosen}
      className={`${css['tr']} ${p.current ? css['current'] : ''}`}
      style={{ ...p.layout, transform: `translateY(${p.top}px)`, minWidth: p.width }}
    >
      {picking ? (
        <div role="gridcell" className={`${css['td']} ${css['pickcell']}`} {...placeOf(p.index, 0, p.stop === 0)}>
          {p.item === undefined ? null : <Pick name={p.title(p.item)} checked={p.chosen === true} />}
        </div>
      ) : null}
      {p.columns.map((c, i) => {
        const col = i + (picking ? 1 : 0);
        return (
          <div key={c.id} role="gridcell" className={`${css['td']} ${c.right ? css['right'] : ''}`} {...placeOf(p.index, col, p.stop === col)}>
            {cellOf(p.item, c)}
          </div>
        );
      })}
    </div>
  );
}

const heard = () => undefined;

/** Pick is the mark of a chosen row; the grid hears the click. */
function Pick({ name, checked }: { name: string; checked: boolean }) {
  const { t } = useWords();
  return (
    <label>
      <input type="checkbox" tabIndex={-1} checked={checked} aria-label={t('table.select', { name })} onChange={heard} />
    </label>
  );
}

function cellOf<Item>(item: Item | undefined, column: Column<Item>): ReactNode {
  if (item === undefined) return <span className={css['ghost']} />;
  const cell = column.cell(item);
  return typeof cell === 'string' || typeof cell === 'number' ? <span>{cell}</span> : cell;
}
