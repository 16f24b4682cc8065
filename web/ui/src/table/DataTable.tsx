// The one table of every list. Screens say what their list is; how it is
// filtered, sorted, scrolled, chosen from, exported and walked by keyboard is
// decided here and nowhere else.

import { ActionIcon, Button, Menu, Popover, Tooltip } from '@mantine/core';
import {
  columnVisibilityFeature,
  rowSortingFeature,
  type ColumnDef,
  type SortingState,
  tableFeatures,
  useTable,
} from '@tanstack/react-table';
import { Columns3, Download, ExternalLink, RefreshCw, Rows3, SearchX, X } from 'lucide-react';
import { type ReactNode, useCallback, useEffect, useMemo, useRef, useState, useSyncExternalStore } from 'react';
import { useRouter } from '@tanstack/react-router';
import { Problem } from '../api/client';
import type { Count } from '../api/types';
import { Link } from '../look/Link';
import { Bones, Empty, Failed, Note } from '../look/states';
import { useWords } from '../words/words';
import type { Column, ListOf } from './column';
import { all, save, saveBlob, toCSV, toJSON } from './export';
import { FilterBar } from './FilterBar';
import { useFresh } from './fresh';
import { Grid } from './Grid';
import { useRange } from './range';
import { density, readSort, rowHeight, setDensity, useView, writeSort } from './view';
import { Views } from './Views';
import css from './table.module.css';

interface Props<Row> extends ListOf<Row> {
  facets?: (field: string, filter: string, signal?: AbortSignal) => Promise<Count[]>;
  /** address of the row's own page */
  href?: (row: Row) => string;
  /** what the side panel shows of the row with this id */
  side?: (id: string, row: Row | undefined) => ReactNode;
  /** acts on chosen rows; the list is selectable when given */
  bulk?: (rows: Row[], done: () => void, matching: Matching | undefined) => ReactNode;
  /** its acts also take every row that matches the filter, in sight or not */
  bulkAll?: boolean;
  /** kind of event that may change this list */
  live?: string;
  /** what to say when nothing is there at all */
  empty: ReactNode;
}

/** Matching is the choice of every row that a filter admits. */
export interface Matching {
  filter: string;
  total: number;
}

const features = tableFeatures({ columnVisibilityFeature, rowSortingFeature });
const noRows: never[] = [];

function useDensity() {
  const subscribe = useCallback((tell: () => void) => {
    window.addEventListener('bedrail:density', tell);
    return () => window.removeEventListener('bedrail:density', tell);
  }, []);
  return useSyncExternalStore(subscribe, density);
}

/** useColumns lets TanStack Table keep which columns show and how they sort. */
function useColumns<Row>(columns: Column<Row>[], cols: string, sort: string, sorted: (s: string) => void) {
  const defs = useMemo(
    () =>
      columns.map(
        (c): ColumnDef<typeof features, { id: string }> => ({
          id: c.id,
          accessorFn: () => '',
          enableSorting: c.sort !== undefined,
        }),
      ),
    [columns],
  );
  const columnVisibility = useMemo(() => {
    const chosen = cols ? cols.split(',') : undefined;
    return Object.fromEntries(columns.map((c) => [c.id, chosen ? chosen.includes(c.id) : !c.off]));
  }, [columns, cols]);
  // The same list as long as nothing changes: rows are drawn anew for another.
  const shown = useMemo(() => columns.filter((c) => columnVisibility[c.id]), [columns, columnVisibility]);
  const sorting: SortingState = readSort(sort).flatMap((k) => {
    const column = columns.find((c) => c.sort === k.field);
    return column ? [{ id: column.id, desc: k.desc }] : [];
  });
  const table = useTable({
    features,
    columns: defs,
    data: noRows,
    state: { columnVisibility, sorting },
    manualSorting: true,
    enableMultiSort: true,
    sortDescFirst: false,
    onSortingChange: (change) => {
      const next = typeof change === 'function' ? change(sorting) : change;
      sorted(
        writeSort(
          next.flatMap((k) => {
            const field = columns.find((c) => c.id === k.id)?.sort;
            return field ? [{ field, desc: k.desc }] : [];
          }),
        ),
      );
    },
  });
  const toggle = (c: Column<Row>, more: boolean) => {
    if (c.sort) table.getColumn(c.id)?.toggleSorting(undefined, more);
  };
  return { shown, toggle };
}

/** DataTable shows a list. */
export function DataTable<Row>(p: Props<Row>) {
  const { t, number, date } = useWords();
  const router = useRouter();
  const [view, setView] = useView();
  const compactness = useDensity();
  const [sight, setSight] = useState({ first: 0, last: 40 });
  const see = useCallback((first: number, last: number) => setSight({ first, last }), []);
  const range = useRange(p.name, p.fetch, view.filter, view.sort, sight.first, sight.last);
  const { shown, toggle } = useColumns(p.columns, view.cols, view.sort, (sort) => setView({ sort }));

  const fresh = useFresh(p.live, view.filter, p.fetch, { total: range.total, updatedAt: range.updatedAt, holds: (id) => range.rowOf((row) => p.id(row) === id) !== undefined });
  const showFresh = () => {
    fresh.clear();
    range.refresh();
  };

  const [picked, setPicked] = useState<ReadonlyMap<string, Row>>(new Map());
  const [all, setAll] = useState(false); // every matching row is chosen
  const clearPicks = () => {
    setPicked(new Map());
    setAll(false);
  };
  const lastPick = useRef(0);
  const pick = (index: number, through: boolean) => {
    setAll(false);
    setPicked((old) => {
      const next = new Map(old);
      const one = range.rowAt(index);
      if (all) {
        // One is taken out of all: what is left is what was chosen by hand.
        if (one !== undefined) next.delete(p.id(one));
        return next;
      }
      const from = through ? Math.min(lastPick.current, index) : index;
      const to = through ? Math.max(lastPick.current, index) : index;
      for (let i = from; i <= to; i++) {
        const row = range.rowAt(i);
        if (row === undefined) continue;
        if (!through && next.has(p.id(row))) next.delete(p.id(row));
        else next.set(p.id(row), row);
      }
      return next;
    });
    lastPick.current = index;
  };
  // What was chosen under another filter is no longer in sight.
  const [pickedIn, setPickedIn] = useState(view.filter);
  if (pickedIn !== view.filter) {
    setPickedIn(view.filter);
    clearPicks();
  }

  const open = (row: Row, full: boolean) => {
    if (full || !p.side) {
      if (p.href) router.history.push(p.href(row));
      return;
    }
    setView({ row: p.id(row) });
  };
  const current = view.row ? range.rowOf((row) => p.id(row) === view.row) : undefined;
  const close = useCallback(() => setView({ row: '' }), [setView]);
  useEffect(() => {
    if (!view.row) return undefined;
    const onKey = (e: KeyboardEvent) => {
      if (e.key === 'Escape' && !e.defaultPrevented) close();
    };
    window.addEventListener('keydown', onKey);
    return () => window.removeEventListener('keydown', onKey);
  }, [view.row, close]);

  // Drawn anew only when something of it differs, not at each frame of a scroll.
  const { filter, sort } = view;
  const bar = useMemo(
    () => (
      <div className={css['bar']}>
        {p.fields.length > 0 ? <FilterBar filter={filter} fields={p.fields} facets={p.facets} name={p.name} change={(filter) => setView({ filter })} /> : <div className="grow" />}
        <Views name={p.name} />
        <Choose columns={p.columns} shown={shown} change={(cols) => setView({ cols })} />
        <Tooltip label={t(compactness === 'compact' ? 'table.comfortable' : 'table.compact')}>
          <ActionIcon
            variant="default"
            size={34}
            aria-label={t(compactness === 'compact' ? 'table.comfortable' : 'table.compact')}
            onClick={() => setDensity(compactness === 'compact' ? 'comfortable' : 'compact')}
          >
            <Rows3 size={16} aria-hidden="true" />
          </ActionIcon>
        </Tooltip>
        <Export list={p} columns={shown} filter={filter} sort={sort} />
      </div>
    ),
    [p, t, filter, sort, shown, compactness, setView],
  );

  const shownRows = range.pending ? undefined : range.total;
  return (
    <div className={css['wrap']}>
      {bar}
      {p.bulk && picked.size > 0 ? (
        <div className={css['bulk']} role="region" aria-label={t('table.bulk')}>
          <strong>{t('table.picked', { n: all ? range.total : picked.size })}</strong>
          {p.bulkAll && !all && range.total > picked.size ? (
            <Button variant="subtle" data-pick-all onClick={() => setAll(true)}>
              {t('table.pickAll', { n: range.total })}
            </Button>
          ) : null}
          {p.bulk(
            [...picked.values()],
            () => {
              clearPicks();
              range.refresh();
            },
            all ? { filter: view.filter, total: range.total } : undefined,
          )}
          <Button variant="subtle" onClick={clearPicks}>
            {t('table.pickNone')}
          </Button>
        </div>
      ) : null}
      <div className={css['body']}>
        <div className={css['frame']}>
          <Content
            range={range}
            filtered={view.filter !== ''}
            empty={p.empty}
            clear={() => setView({ filter: '' })}
            grid={() => (
              <Grid
                label={p.label}
                question={`${view.filter} ${view.sort}`}
                columns={shown}
                sort={readSort(view.sort)}
                toggleSort={toggle}
                total={range.total}
                height={rowHeight[compactness]}
                rowAt={range.rowAt}
                id={p.id}
                title={p.title}
                current={view.row}
                old={range.old}
                asOf={range.updatedAt}
                picked={p.bulk ? new Set(picked.keys()) : undefined}
                all={all}
                pick={pick}
                see={see}
                open={open}
              />
            )}
          />
          <div className={css['foot']} aria-live="polite">
            {shownRows === undefined ? t('state.loading') : t('table.total', { n: shownRows })}
            {range.updatedAt > 0 ? <span>{t('state.asOf', { at: date(new Date(range.updatedAt).toISOString()) })}</span> : null}
            {range.total > 0 && sight.last > 0 ? (
              <span className="num">
                {number(sight.first + 1)}–{number(Math.min(range.total, sight.last + 1))}
              </span>
            ) : null}
            {fresh.n > 0 ? (
              <button type="button" className={css['pill']} onClick={showFresh}>
                <RefreshCw size={13} aria-hidden="true" />
                {t('table.fresh', { n: fresh.n })}
              </button>
            ) : null}
          </div>
        </div>
        {view.row && p.side ? (
          <aside className={css['panel']} aria-label={t('table.panel')}>
            <div className={css['panelhead']}>
              <h2>{current === undefined ? view.row : p.title(current)}</h2>
              {p.href && current !== undefined ? (
                <Link href={p.href(current)} className="row">
                  <ExternalLink size={14} aria-hidden="true" />
                  {t('act.open')}
                </Link>
              ) : null}
              <ActionIcon variant="subtle" color="gray" aria-label={t('act.close')} onClick={close}>
                <X size={16} aria-hidden="true" />
              </ActionIcon>
            </div>
            {/* A scrolling region must be reachable by keyboard. */}
            {/* eslint-disable-next-line jsx-a11y/no-noninteractive-tabindex */}
            <div className={css['panelbody']} tabIndex={0} role="region" aria-label={t('table.panel')}>
              {p.side(view.row, current)}
            </div>
          </aside>
        ) : null}
      </div>
    </div>
  );
}

/** Content is the state of the list, or its grid. */
function Content({
  range,
  filtered,
  empty,
  clear,
  grid,
}: {
  range: { pending: boolean; error: unknown; total: number; refresh: () => void; updatedAt: number };
  filtered: boolean;
  empty: ReactNode;
  clear: () => void;
  grid: () => ReactNode;
}) {
  const { t, date } = useWords();
  // A filter that the server refuses is a slip of the pen, not a failure.
  if (range.error instanceof Problem && range.error.status === 400 && filtered) {
    return (
      <Empty icon={SearchX} title={t('table.refused')} text={range.error.detail || range.error.title}>
        <Button variant="default" onClick={clear}>
          {t('table.clear')}
        </Button>
      </Empty>
    );
  }
  if (range.error && range.updatedAt === 0) return <Failed error={range.error} retry={range.refresh} />;
  if (range.pending) return <Bones rows={12} />;
  const warning = range.error ? (
    <Note kind="warn">{t('state.oldData', { at: date(new Date(range.updatedAt).toISOString()) })}</Note>
  ) : null;
  if (range.total === 0) {
    return filtered ? (
      <Empty icon={SearchX} title={t('table.noMatch')} text={t('table.noMatchText')}>
        <Button variant="default" onClick={clear}>
          {t('table.clear')}
        </Button>
      </Empty>
    ) : (
      <>{empty}</>
    );
  }
  return (
    <>
      {warning}
      {grid()}
    </>
  );
}

function Choose<Row>({ columns, shown, change }: { columns: Column<Row>[]; shown: Column<Row>[]; change: (cols: string) => void }) {
  const { t } = useWords();
  const names = new Set(shown.map((c) => c.id));
  return (
    <Popover position="bottom-end" trapFocus>
      <Popover.Target>
        <ActionIcon variant="default" size={34} aria-label={t('table.columns')} title={t('table.columns')}>
          <Columns3 size={16} aria-hidden="true" />
        </ActionIcon>
      </Popover.Target>
      <Popover.Dropdown aria-label={t('table.columns')}>
        <div className={css['choose']}>
          {columns.map((c) => (
            <label key={c.id}>
              <input
                type="checkbox"
                checked={names.has(c.id)}
                disabled={names.size === 1 && names.has(c.id)}
                onChange={(e) => {
                  const next = columns.filter((d) => (d.id === c.id ? e.target.checked : names.has(d.id)));
                  const standard = next.length === columns.filter((d) => !d.off).length && next.every((d) => !d.off);
                  change(standard ? '' : next.map((d) => d.id).join(','));
                }}
              />
              {c.header}
            </label>
          ))}
        </div>
        <Button variant="subtle" onClick={() => change('')}>
          {t('table.columnsReset')}
        </Button>
      </Popover.Dropdown>
    </Popover>
  );
}

function Export<Row>({ list, columns, filter, sort }: { list: ListOf<Row>; columns: Column<Row>[]; filter: string; sort: string }) {
  const { t } = useWords();
  const [progress, setProgress] = useState('');
  const run = async (kind: 'csv' | 'xlsx' | 'json') => {
    const day = new Date().toISOString().slice(0, 10);
    try {
      const rows = await all(list.fetch, filter, sort, (done, total) => setProgress(t('table.exporting', { n: done, total })));
      if (kind === 'csv') save(`bedrail-${list.name}-${day}.csv`, 'text/csv;charset=utf-8', toCSV(rows, columns));
      else if (kind === 'xlsx') {
        const { toXLSX } = await import('./xlsx');
        const texts = rows.map((row) => columns.map((c) => c.text(row)));
        saveBlob(`bedrail-${list.name}-${day}.xlsx`, toXLSX(columns.map((c) => c.header), columns.map((c) => Boolean(c.right)), texts));
      } else save(`bedrail-${list.name}-${day}.json`, 'application/json', toJSON(rows, columns));
      setProgress('');
    } catch (e) {
      setProgress(e instanceof Error ? e.message : String(e));
    }
  };
  return (
    <>
      <Menu position="bottom-end">
        <Menu.Target>
          <ActionIcon variant="default" size={34} aria-label={t('table.export')} title={t('table.export')}>
            <Download size={16} aria-hidden="true" />
          </ActionIcon>
        </Menu.Target>
        <Menu.Dropdown>
          <Menu.Label>{t('table.exportWhat')}</Menu.Label>
          <Menu.Item onClick={() => void run('csv')}>CSV</Menu.Item>
          <Menu.Item onClick={() => void run('xlsx')}>XLSX</Menu.Item>
          <Menu.Item onClick={() => void run('json')}>JSON</Menu.Item>
          <Menu.Item onClick={() => window.print()}>{t('table.print')}</Menu.Item>
        </Menu.Dropdown>
      </Menu>
      {progress ? <span role="status">{progress}</span> : null}
    </>
  );
}

