import { Button, Menu, Switch } from '@mantine/core';
import { keepPreviousData, useQuery } from '@tanstack/react-query';
import { useNavigate, useSearch } from '@tanstack/react-router';
import { ArrowLeft, Download, MapPinned, Table2 } from 'lucide-react';
import { useMemo, useState } from 'react';
import { api } from '../api/calls';
import { useRangeOfTime } from '../api/scope';
import { list, type ListQuery, type MapEdge, type MapNode, type Picture } from '../api/types';
import { Link } from '../look/Link';
import { SeverityMark, When } from '../look/marks';
import { Page } from '../look/Page';
import { Empty, Loaded, Note } from '../look/states';
import type { Column } from '../table/column';
import { DataTable } from '../table/DataTable';
import { readSort } from '../table/view';
import { protocolName } from '../asset/names';
import { type Speaker, useWords } from '../words/words';
import { Canvas, colours } from './Canvas';
import { saveCSV, savePNG, saveSVG } from './export';
import css from './map.module.css';

interface Where {
  zone: string;
  device: string;
  whole: string;
  infrastructure: string;
  exclude: string;
  table: string;
}

/** The address says what is drawn, so that a picture can be sent to a colleague. */
function useWhere(): [Where, (patch: Partial<Where>) => void] {
  const search: Record<string, unknown> = useSearch({ strict: false });
  const navigate = useNavigate();
  const word = (name: string) => (typeof search[name] === 'string' ? search[name] : '');
  return [
    { zone: word('zone'), device: word('device'), whole: word('whole'), infrastructure: word('infrastructure'), exclude: word('exclude'), table: word('table') },
    (patch) =>
      void navigate({
        to: '.',
        search: (old: Record<string, unknown>) => Object.fromEntries(Object.entries({ ...old, row: '', sort: '', ...patch }).filter(([, v]) => v !== '')),
      }),
  ];
}

interface Row {
  id: string;
  edge: MapEdge;
  from: MapNode;
  to: MapNode;
}

/** Map is who speaks with whom: zones, then one zone, then one device. */
export function NetworkMap() {
  const { t, number } = useWords();
  const [where, go] = useWhere();
  const since = useRangeOfTime();
  const [chosen, setChosen] = useState(-1);
  const level = where.device ? 'device' : where.zone ? 'zone' : where.whole ? 'whole' : 'zones';
  const question = { level, zone: where.zone, device: where.device, since, infrastructure: where.infrastructure === 'yes', exclude: where.exclude };
  const asked = useQuery({ queryKey: ['map', question], queryFn: ({ signal }) => api.map(question, signal), placeholderData: keepPreviousData });
  const [drawn, setDrawn] = useState<Picture | undefined>(undefined);
  if (asked.data !== drawn) {
    setDrawn(asked.data);
    setChosen(-1);
  }
  const open = (n: MapNode) => {
    if (n.kind === 'zone') go({ zone: n.id, device: '', whole: '' });
    else if (n.kind === 'device') go({ device: n.id });
  };
  const back = () => {
    if (where.device) go({ device: '' });
    else if (where.zone || where.whole) go({ zone: '', whole: '' });
  };
  const exclude = (n: MapNode) => go({ exclude: [...where.exclude.split(',').filter(Boolean), n.id].join(',') });
  return (
    <Page full title={asked.data?.title ? t('map.of', { name: asked.data.title }) : t('map.title')} text={t('map.text')}>
      <Loaded of={asked} rows={12}>
        {(picture) => {
          const nodes = list(picture.nodes);
          const rows = list(picture.edges).flatMap((edge, i): Row[] => {
            const from = nodes[edge.from];
            const to = nodes[edge.to];
            return from && to ? [{ id: String(i), edge, from, to }] : [];
          });
          const on = nodes[chosen];
          return (
            <div className={css['wrap']}>
              <div className={css['bar']}>
                {level === 'zones' ? (
                  <Button variant="default" onClick={() => go({ whole: 'yes' })}>
                    {t('map.whole')}
                  </Button>
                ) : (
                  <Button variant="default" leftSection={<ArrowLeft size={14} aria-hidden="true" />} onClick={back}>
                    {t('map.back')}
                  </Button>
                )}
                <Switch
                  label={t('map.infrastructure')}
                  checked={where.infrastructure === 'yes'}
                  onChange={(e) => go({ infrastructure: e.currentTarget.checked ? 'yes' : '' })}
                />
                {where.exclude ? (
                  <Button variant="subtle" onClick={() => go({ exclude: '' })}>
                    {t('map.include', { n: where.exclude.split(',').length })}
                  </Button>
                ) : null}
                <span className="grow" />
                <Button variant="default" data-map-table leftSection={<Table2 size={14} aria-hidden="true" />} aria-pressed={where.table === 'yes'} onClick={() => go({ table: where.table ? '' : 'yes' })}>
                  {where.table ? t('map.picture') : t('map.table')}
                </Button>
                <Save picture={picture} rows={rows} />
              </div>
              {nodes.length === 0 ? (
                <div className="card">
                  <Empty icon={MapPinned} title={t('map.empty')} text={t('map.emptyText')}>
                    <Link href="/import">{t('nav.import')}</Link>
                  </Empty>
                </div>
              ) : where.table ? (
                <div className={css['table']}>
                  <Twin rows={rows} />
                </div>
              ) : (
                <div className={css['body']}>
                  <Canvas
                    picture={picture}
                    chosen={chosen}
                    choose={setChosen}
                    open={(i) => {
                      const n = nodes[i];
                      if (n) open(n);
                    }}
                    back={back}
                    exclude={(i) => {
                      const n = nodes[i];
                      if (n) exclude(n);
                    }}
                  />
                  {on ? <Side node={on} at={chosen} picture={picture} open={() => open(on)} exclude={() => exclude(on)} /> : null}
                </div>
              )}
              <div className={css['legend']}>
                <Legend />
                <span>
                  {t('map.counts', { n: nodes.length, edges: rows.length })}
                  {picture.hiddenNodes + picture.hiddenFlows > 0 ? ` · ${t('map.hidden', { n: picture.hiddenNodes, flows: number(picture.hiddenFlows) })}` : ''}
                </span>
                <span>
                  {t('map.since')} <When at={picture.since} />
                </span>
              </div>
              {picture.truncated ? <Note kind="warn">{t('map.truncated')}</Note> : null}
            </div>
          );
        }}
      </Loaded>
    </Page>
  );
}

function Save({ picture, rows }: { picture: Picture; rows: Row[] }) {
  const words = useWords();
  return (
    <Menu position="bottom-end">
      <Menu.Target>
        <Button variant="default" leftSection={<Download size={14} aria-hidden="true" />}>
          {words.t('table.export')}
        </Button>
      </Menu.Target>
      <Menu.Dropdown>
        <Menu.Item onClick={() => void savePNG(picture, colours())}>PNG</Menu.Item>
        <Menu.Item onClick={() => saveSVG(picture, colours())}>SVG</Menu.Item>
        <Menu.Item onClick={() => saveCSV(rows, columnsOf(words))}>CSV</Menu.Item>
      </Menu.Dropdown>
    </Menu>
  );
}

function Legend() {
  const { t } = useWords();
  return (
    <>
      <span>
        <svg width="18" height="10" aria-hidden="true">
          <line x1="0" y1="5" x2="18" y2="5" stroke="currentColor" strokeWidth="2" />
        </svg>
        {t('map.encrypted')}
      </span>
      <span>
        <svg width="18" height="10" aria-hidden="true">
          <line x1="0" y1="5" x2="18" y2="5" stroke="currentColor" strokeWidth="2" strokeDasharray="5 3" />
        </svg>
        {t('map.plain')}
      </span>
      <span>{t('map.ring')}</span>
    </>
  );
}

function Side({ node: n, at, picture, open, exclude }: { node: MapNode; at: number; picture: Picture; open: () => void; exclude: () => void }) {
  const { t, word, number } = useWords();
  const nodes = list(picture.nodes);
  const edges = list(picture.edges).filter((e) => e.from === at || e.to === at);
  return (
    // eslint-disable-next-line jsx-a11y/no-noninteractive-tabindex -- it scrolls
    <aside className={css['side']} aria-label={n.label} tabIndex={0}>
      <div className="stack">
        <h2>{n.label}</h2>
        <dl className="facts">
          {n.class ? (
            <>
              <dt>{t('attribute.class')}</dt>
              <dd>{word('class', n.class)}</dd>
            </>
          ) : null}
          <dt>{t('home.devices')}</dt>
          <dd className="num">{number(n.devices)}</dd>
          <dt>{t('home.affected')}</dt>
          <dd>
            {number(n.affected)} {n.affected > 0 ? <SeverityMark of={n.severity ?? 'unknown'} /> : null}
          </dd>
          <dt>{t('map.packets')}</dt>
          <dd className="num">{number(n.packets)}</dd>
        </dl>
        <div className="row">
          {n.kind === 'address' ? null : (
            <Button variant="default" onClick={open}>
              {t(n.kind === 'zone' ? 'map.into' : 'map.neighbours')}
            </Button>
          )}
          <Button variant="subtle" onClick={exclude}>
            {t('map.exclude')}
          </Button>
        </div>
        {n.kind === 'device' ? <Link href={`/devices/${encodeURIComponent(n.id)}`}>{t('act.open')}</Link> : null}
        <h3>{t('map.speaks', { n: edges.length })}</h3>
        <ul>
          {edges.slice(0, 40).map((e) => {
            const peer = nodes[e.from === at ? e.to : e.from];
            return (
              <li key={`${e.from}-${e.to}`}>
                {e.from === at ? '→ ' : '← '}
                {peer?.label} <span className="dim">{list(e.protocols).join(', ')}</span>
              </li>
            );
          })}
        </ul>
      </div>
    </aside>
  );
}

function columnsOf(words: Speaker): Column<Row>[] {
  const { t, number, bytes } = words;
  const spoken = (r: Row) => list(r.edge.protocols).map((p) => protocolName(words, p)).join(', ');
  return [
    { id: 'from', header: t('map.from'), width: 150, sort: 'from', cell: (r) => r.from.label, text: (r) => r.from.label },
    { id: 'to', header: t('map.to'), width: 150, sort: 'to', cell: (r) => r.to.label, text: (r) => r.to.label },
    { id: 'protocols', header: t('col.protocols'), width: 150, sort: 'protocols', cell: (r) => <span title={spoken(r)}>{spoken(r)}</span>, text: spoken },
    { id: 'services', header: t('map.services'), width: 90, right: true, sort: 'services', cell: (r) => number(r.edge.services), text: (r) => String(r.edge.services) },
    { id: 'packets', header: t('map.packets'), width: 100, right: true, sort: 'packets', cell: (r) => number(r.edge.packets), text: (r) => String(r.edge.packets) },
    { id: 'bytes', header: t('map.bytes'), width: 100, right: true, sort: 'bytes', cell: (r) => bytes(r.edge.bytes), text: (r) => String(r.edge.bytes) },
    { id: 'plain', header: t('map.cover'), width: 160, sort: 'plain', cell: (r) => t(r.edge.plain ? 'map.plain' : 'map.encrypted'), text: (r) => t(r.edge.plain ? 'map.plain' : 'map.encrypted') },
    { id: 'last', header: t('col.lastSeen'), width: 130, sort: 'last', cell: (r) => <When at={r.edge.last} relative />, text: (r) => r.edge.last },
  ];
}

/** Twin is the same picture as a table, for whoever cannot or will not see it. */
function Twin({ rows }: { rows: Row[] }) {
  const words = useWords();
  const columns = useMemo(() => columnsOf(words), [words]);
  const fetch = (q: ListQuery) => {
    const keys = readSort(q.sort ?? '');
    const value = (r: Row, field: string) => {
      const c = columns.find((x) => x.sort === field);
      const text = c?.text(r) ?? '';
      return c?.right ? Number(text) : text;
    };
    const sorted = [...rows].sort((a, b) => {
      for (const k of keys) {
        const [x, y] = [value(a, k.field), value(b, k.field)];
        const d = typeof x === 'number' && typeof y === 'number' ? x - y : String(x).localeCompare(String(y));
        if (d) return k.desc ? -d : d;
      }
      return 0;
    });
    const from = Number(q.cursor ?? q.offset ?? 0);
    const to = from + (q.limit ?? 100);
    return Promise.resolve({ items: sorted.slice(from, to), total: rows.length, ...(to < rows.length ? { nextCursor: String(to) } : {}) });
  };
  return (
    <DataTable
      name={`map-${fingerprint(rows)}`}
      label={words.t('map.table')}
      columns={columns}
      fields={[]}
      fetch={fetch}
      id={(r) => r.id}
      title={(r) => `${r.from.label} – ${r.to.label}`}
      empty={<Empty icon={MapPinned} title={words.t('map.silent')} text={words.t('map.emptyText')} />}
    />
  );
}

/** Rows of another picture are another list. */
function fingerprint(rows: Row[]): string {
  return `${rows.length}-${rows[0]?.from.id ?? ''}-${rows[0]?.edge.packets ?? 0}`.toLowerCase().replace(/[^a-z0-9-]+/g, '-');
}
