// Cells get their tab index with the rest of their place (see placeOf), which
// the rule cannot see.
/* eslint-disable jsx-a11y/interactive-supports-focus */

import { ArrowDown, ArrowUp } from 'lucide-react';
import { type FocusEvent, type KeyboardEvent, type MouseEvent, useLayoutEffect, useMemo, useRef, useState } from 'react';
import { useWords } from '../words/words';
import type { Column } from './column';
import { placeOf, Row } from './Row';
import { reveal, useSight } from './sight';
import type { SortKey } from './view';
import css from './table.module.css';

interface Props<Row> {
  label: string;
  question: string; // filter and order; another starts at the top
  columns: Column<Row>[];
  sort: SortKey[];
  toggleSort: (column: Column<Row>, more: boolean) => void;
  total: number;
  height: number; // of a row
  rowAt: (index: number) => Row | undefined;
  id: (row: Row) => string;
  title: (row: Row) => string;
  current: string; // id of the row in the side panel
  old: boolean;
  asOf: number; // when the list was read
  picked: ReadonlySet<string> | undefined;
  all: boolean; // every row is picked, those out of sight too
  pick: (index: number, through: boolean) => void;
  see: (first: number, last: number) => void;
  open: (row: Row, full: boolean) => void;
}

const pickWidth = 40;
const overscan = 3;
const none: ReadonlySet<string> = new Set();

/** template lays the columns out; what is left over is shared by weight. */
function template<Row>(columns: Column<Row>[], picking: boolean): string {
  const parts = columns.map((c) => `minmax(${c.width}px, ${c.weight ?? 1}fr)`);
  return (picking ? [`${pickWidth}px`, ...parts] : parts).join(' ');
}

/** Grid is the body of a list: virtual rows and the keyboard of an ARIA grid. */
export function Grid<Row>(p: Props<Row>) {
  const { t } = useWords();
  const [frame, setFrame] = useState<HTMLDivElement | null>(null);
  const picking = p.picked !== undefined;
  const lead = picking ? 1 : 0;
  const width = p.columns.reduce((sum, c) => sum + c.width, picking ? pickWidth : 0);
  const layout = useMemo(() => ({ gridTemplateColumns: template(p.columns, picking) }), [p.columns, picking]);

  // Where the one tab stop is: row -1 is the header.
  const [spot, setSpot] = useState({ row: 0, col: lead });
  const follow = useRef(false); // the next render moves the focus to the spot
  const row = Math.min(spot.row, p.total - 1);
  const col = Math.min(spot.col, p.columns.length - 1 + lead);

  const { first, last } = useSight(frame, p.height, p.total);
  const drawn: number[] = [];
  const from = Math.max(0, first - overscan);
  const to = Math.min(p.total - 1, last + overscan);
  if (last >= 0) for (let i = from; i <= to; i++) drawn.push(i);
  // The row with the tab stop stays in the page, or Tab could not come back.
  if (row >= 0 && row < from) drawn.unshift(row);
  if (row > to) drawn.push(row);

  const [asked, setAsked] = useState(p.question);
  if (asked !== p.question) {
    setAsked(p.question);
    if (spot.row > 0) setSpot({ row: 0, col });
  }
  useLayoutEffect(() => {
    frame?.scrollTo({ top: 0 });
  }, [frame, p.question]);

  // Before the browser draws, so that what is missing is asked for meanwhile.
  const { see } = p;
  useLayoutEffect(() => {
    if (last >= 0) see(first, last);
  }, [see, first, last]);

  useLayoutEffect(() => {
    if (!follow.current) return;
    const cell = frame?.querySelector<HTMLElement>(`[data-row="${row}"][data-col="${col}"]`);
    if (!cell) return;
    follow.current = false;
    cell.focus({ preventScroll: row >= 0 });
  });

  const move = (toRow: number, toCol: number) => {
    const r = Math.max(-1, Math.min(p.total - 1, toRow));
    const c = Math.max(0, Math.min(p.columns.length - 1 + lead, toCol));
    follow.current = true;
    setSpot({ row: r, col: c });
    if (r >= 0 && frame) reveal(frame, r, p.height);
  };

  const onKey = (e: KeyboardEvent<HTMLDivElement>) => {
    const screen = Math.max(1, Math.floor((frame?.clientHeight ?? 300) / p.height) - 2);
    const far = e.ctrlKey || e.metaKey;
    const at = row >= 0 ? p.rowAt(row) : undefined;
    switch (e.key) {
      case 'ArrowDown':
      case 'j':
        move(row + 1, col);
        break;
      case 'ArrowUp':
      case 'k':
        move(row - 1, col);
        break;
      case 'ArrowRight':
        move(row, col + 1);
        break;
      case 'ArrowLeft':
        move(row, col - 1);
        break;
      case 'PageDown':
        move(row + screen, col);
        break;
      case 'PageUp':
        move(Math.max(0, row - screen), col);
        break;
      case 'Home':
        move(far ? 0 : row, 0);
        break;
      case 'End':
        move(far ? p.total - 1 : row, p.columns.length);
        break;
      case 'x':
      case 'X':
        if (!picking || row < 0 || far) return;
        p.pick(row, e.shiftKey);
        break;
      case ' ':
        if (e.target instanceof HTMLInputElement) return;
        if (row >= 0 && picking) p.pick(row, e.shiftKey);
        else return;
        break;
      case 'Enter': {
        if (e.target instanceof HTMLAnchorElement || e.target instanceof HTMLInputElement) return;
        const column = p.columns[col - lead];
        if (row < 0 && column) p.toggleSort(column, e.shiftKey);
        else if (at) p.open(at, far || p.id(at) === p.current);
        break;
      }
      default:
        return;
    }
    e.preventDefault();
  };

  // What happens at a cell is heard here, so that rows need no ears of their
  // own and are drawn anew only when they differ.
  const onFocus = (e: FocusEvent<HTMLDivElement>) => {
    const at = placeAt(e.target);
    if (at && (at.row !== row || at.col !== col)) setSpot(at);
  };
  const onClick = (e: MouseEvent<HTMLDivElement>) => {
    const at = placeAt(e.target);
    if (!at || at.row < 0) return;
    if (e.target instanceof HTMLInputElement && at.col < lead) {
      p.pick(at.row, e.shiftKey);
      return;
    }
    const item = p.rowAt(at.row);
    if (item !== undefined && at.col >= lead && !(e.target instanceof HTMLAnchorElement)) p.open(item, false);
  };

  const stop = (r: number, c: number) => placeOf(r, c, r === row && c === col);
  return (
    <div
      ref={setFrame}
      className={css['grid']}
      role="grid"
      tabIndex={-1}
      aria-label={p.label}
      aria-rowcount={p.total + 1}
      aria-colcount={p.columns.length + lead}
      aria-multiselectable={picking || undefined}
      aria-busy={p.old}
      onKeyDown={onKey}
      onFocus={onFocus}
      onClick={onClick}
    >
      <div role="rowgroup" className={css['header']} style={{ minWidth: width }}>
        <div role="row" aria-rowindex={1} className={css['line']} style={layout}>
          {picking ? (
            <div role="columnheader" className={css['th']} {...stop(-1, 0)}>
              <span className="hidden">{t('table.selected')}</span>
            </div>
          ) : null}
          {p.columns.map((c, i) => {
            const place = p.sort.findIndex((k) => k.field === c.sort);
            const key = place >= 0 && c.sort ? p.sort[place] : undefined;
            return (
              // Enter on the focused header is taken by the grid's own keyboard.
              // eslint-disable-next-line jsx-a11y/click-events-have-key-events
              <div
                key={c.id}
                role="columnheader"
                aria-sort={c.sort ? (key ? (key.desc ? 'descending' : 'ascending') : 'none') : undefined}
                className={`${css['th']} ${c.sort ? css['sortable'] : ''} ${c.right ? css['right'] : ''}`}
                title={c.sort ? t('table.sortHint') : undefined}
                onClick={(e) => p.toggleSort(c, e.shiftKey)}
                {...stop(-1, i + lead)}
              >
                <span>{c.header}</span>
                {key ? key.desc ? <ArrowDown size={12} aria-hidden="true" /> : <ArrowUp size={12} aria-hidden="true" /> : null}
                {key && p.sort.length > 1 ? <span className="num">{place + 1}</span> : null}
              </div>
            );
          })}
        </div>
      </div>
      <div role="rowgroup" className={`${css['rows']} ${p.old ? css['old'] : ''}`} style={{ height: p.total * p.height, minWidth: width }}>
        {drawn.map((i) => {
          const item = p.rowAt(i);
          // Of a row that has not come the pattern behind is seen: many pass by
          // in a scroll. Where the keyboard stands it is there, or the focus
          // would be lost.
          if (item === undefined && i !== row) return null;
          const id = item === undefined ? '' : p.id(item);
          return (
            <Row
              key={i}
              index={i}
              top={i * p.height}
              width={width}
              layout={layout}
              columns={p.columns}
              item={item}
              title={p.title}
              chosen={picking ? (p.all && item !== undefined) || (p.picked ?? none).has(id) : undefined}
              current={id !== '' && id === p.current}
              asOf={p.asOf}
              stop={i === row ? col : -1}
            />
          );
        })}
      </div>
    </div>
  );
}

/** placeAt is the place of the cell that something in it happened to. */
function placeAt(target: EventTarget): { row: number; col: number } | undefined {
  const cell = target instanceof Element ? target.closest<HTMLElement>('[data-row]') : null;
  return cell ? { row: Number(cell.dataset['row']), col: Number(cell.dataset['col']) } : undefined;
}
