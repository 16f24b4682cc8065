import { Button, Modal, TextInput } from '@mantine/core';
import { useQuery } from '@tanstack/react-query';
import { useNavigate, useSearch } from '@tanstack/react-router';
import { ChevronRight, MapPinned } from 'lucide-react';
import { type FormEvent, useMemo, useState } from 'react';
import { api } from '../api/calls';
import { list, type PlaceNode } from '../api/types';
import { useAct } from '../look/act';
import { Link } from '../look/Link';
import { Blank, When } from '../look/marks';
import { Page } from '../look/Page';
import { Empty, Failed, Loaded, Note } from '../look/states';
import type { Field } from '../query/grammar';
import { useMay } from '../shell/session';
import type { Column } from '../table/column';
import { DataTable } from '../table/DataTable';
import { type Speaker, useWords } from '../words/words';
import css from './place.module.css';

const parts = ['site', 'building', 'floor', 'unit', 'room', 'bed'] as const;
type Part = (typeof parts)[number];

const fields: readonly Field[] = [
  ...parts.map((name) => ({ name, kind: 'text' as const })),
  { name: 'level', kind: 'word', values: parts },
  { name: 'title', kind: 'text' },
  { name: 'listed', kind: 'word', values: ['yes', 'no'] },
  { name: 'devices', kind: 'number' },
];

function quoted(text: string): string {
  return /^[\w-]+$/.test(text) ? text : `"${text.replace(/["\\]/g, '\\$&')}"`;
}

/** within is the filter of everything at a place and below it; devices are filtered by the same words. */
export function within(p: PlaceNode): string {
  return parts.flatMap((x) => (p[x] ? [`${x}:${quoted(p[x])}`] : [])).join(' ');
}

// As wide as their heading is in the longest of the languages.
const widths: Record<Part, number> = { site: 113, building: 75, floor: 84, unit: 64, room: 84, bed: 64 };

function columnsOf({ t, word, number }: Speaker): Column<PlaceNode>[] {
  const part = (id: Part): Column<PlaceNode> => ({ id, header: t(`col.${id}`), width: widths[id], weight: 0.6, off: id === 'bed', sort: id, cell: (p) => <span title={p[id] ?? ''}>{p[id] ?? ''}</span>, text: (p) => p[id] ?? '' });
  return [
    { id: 'name', header: t('col.name'), width: 85, weight: 1.3, sort: 'name', cell: (p) => <strong>{p.name}</strong>, text: (p) => p.name },
    { id: 'level', header: t('places.level'), width: 80, weight: 0.5, sort: 'level', cell: (p) => word('listfield', p.level), text: (p) => word('listfield', p.level) },
    { id: 'title', header: t('places.title'), width: 80, sort: 'title', cell: (p) => p.title ?? '', text: (p) => p.title ?? '' },
    ...parts.map(part),
    { id: 'devices', header: t('nav.devices'), width: 95, weight: 0.5, sort: 'devices', right: true, cell: (p) => number(p.devices), text: (p) => String(p.devices) },
    { id: 'listed', header: t('places.listed'), width: 115, weight: 0.5, sort: 'listed', cell: (p) => (p.listed ? t('word.yes') : <span className="chip">{t('places.seenOnly')}</span>), text: (p) => t(p.listed ? 'word.yes' : 'word.no') },
  ];
}

/** Locations is where devices can stand: the hospital's own list, and what devices name besides. */
export function Locations() {
  const words = useWords();
  const { t } = words;
  const columns = useMemo(() => columnsOf(words), [words]);
  const may = useMay()('location:write');
  return (
    <Page
      full
      title={t('nav.locations')}
      text={t('places.text')}
      actions={
        may ? (
          <div className="row">
            <Link href="/import/list?kind=locations">{t('places.import')}</Link>
            <Form name="places.add" />
          </div>
        ) : null
      }
    >
      <div className={css['split']}>
        <Tree />
        <DataTable
          name="locations"
          label={t('nav.locations')}
          columns={columns}
          fields={fields}
          fetch={api.locations}
          id={(p) => p.key}
          title={(p) => p.name}
          side={(_, p) => (p ? <PlacePanel key={p.key + p.version} of={p} /> : null)}
          empty={
            <Empty icon={MapPinned} title={t('places.empty')} text={t('places.emptyText')}>
              <Link href="/import/list?kind=locations">{t('places.import')}</Link>
            </Empty>
          }
        />
      </div>
    </Page>
  );
}

const treeFilter = '-level:room -level:bed';

async function fetchTree(signal: AbortSignal): Promise<PlaceNode[]> {
  const out: PlaceNode[] = [];
  for (;;) {
    const page = await api.locations({ filter: treeFilter, limit: 500, offset: out.length }, signal);
    out.push(...list(page.items));
    if (out.length >= page.total || list(page.items).length === 0) return out;
  }
}

/** Tree shows sites, buildings, floors and units; choosing one filters the table. */
function Tree() {
  const { t } = useWords();
  const asked = useQuery({ queryKey: ['list', 'locations', 'tree'], queryFn: ({ signal }) => fetchTree(signal) });
  const search: Record<string, unknown> = useSearch({ strict: false });
  const navigate = useNavigate();
  const filter = typeof search['filter'] === 'string' ? search['filter'] : '';
  const choose = (next: string) => void navigate({ to: '.', search: next ? { filter: next } : {}, replace: true });
  return (
    <nav className={`card ${css['tree']}`} aria-label={t('places.tree')}>
      <Loaded of={asked} rows={6}>
        {(nodes) => (
          <>
            <button type="button" className={css['node']} aria-current={filter === '' ? 'true' : undefined} onClick={() => choose('')}>
              {t('places.all')}
            </button>
            <Branch nodes={nodes} parent="" filter={filter} choose={choose} />
          </>
        )}
      </Loaded>
    </nav>
  );
}

function Branch({ nodes, parent, filter, choose }: { nodes: PlaceNode[]; parent: string; filter: string; choose: (f: string) => void }) {
  const { number, t } = useWords();
  const here = nodes.filter((n) => n.parent === parent);
  if (here.length === 0) return null;
  return (
    <ul className={css['branch']}>
      {here.map((n) => (
        <Twig key={n.key} has={nodes.some((x) => x.parent === n.key)} name={n.title ? `${n.name} · ${n.title}` : n.name}>
          {{
            head: (
              <button type="button" className={css['node']} aria-current={filter === within(n) ? 'true' : undefined} onClick={() => choose(within(n))}>
                <span className="grow">{n.name}</span>
                {n.listed ? null : <span className="dim">{t('places.seenOnly')}</span>}
                <span className="dim num">{number(n.devices)}</span>
              </button>
            ),
            body: <Branch nodes={nodes} parent={n.key} filter={filter} choose={choose} />,
          }}
        </Twig>
      ))}
    </ul>
  );
}

function Twig({ has, name, children }: { has: boolean; name: string; children: { head: React.ReactNode; body: React.ReactNode } }) {
  const { t } = useWords();
  const [open, setOpen] = useState(true);
  return (
    <li>
      <div className={css['twig']}>
        {has ? (
          <button type="button" className={css['turn']} aria-expanded={open} aria-label={t('places.parts', { name })} onClick={() => setOpen(!open)}>
            <ChevronRight size={14} aria-hidden="true" className={open ? css['down'] : ''} />
          </button>
        ) : (
          <span className={css['turn']} />
        )}
        {children.head}
      </div>
      {open ? children.body : null}
    </li>
  );
}

function PlacePanel({ of: p }: { of: PlaceNode }) {
  const { t, number } = useWords();
  const may = useMay()('location:write');
  const act = useAct(['list']);
  const [sure, setSure] = useState(false);
  return (
    <div className="stack">
      {p.listed ? null : <Note kind="warn">{t('places.unlisted')}</Note>}
      <dl className="facts">
        {parts.map((x) => (p[x] ? <Fact key={x} name={t(`col.${x}`)} value={p[x]} /> : null))}
        <Fact name={t('places.title')} value={p.title ?? ''} />
        <Fact name={t('places.aliases')} value={list(p.aliases).join(', ')} />
        <Fact name={t('places.here')} value={number(p.here)} />
        <Fact name={t('places.below')} value={number(p.devices)} />
        {p.listed ? (
          <>
            <dt>{t('places.by')}</dt>
            <dd>
              {p.by} <When at={p.at} relative />
            </dd>
          </>
        ) : null}
      </dl>
      <p>
        <Link href={`/devices?filter=${encodeURIComponent(within(p))}`}>{t('places.show', { n: p.devices })}</Link>
      </p>
      {act.error ? <Failed error={act.error} /> : null}
      {may ? (
        <div className="row">
          <Form name={p.listed ? 'act.change' : 'places.register'} of={p} />
          {p.level === 'bed' ? null : <Form name="places.addPart" of={{ ...p, id: '', version: 0, listed: false, title: '', aliases: [] }} />}
          {p.listed && !sure ? (
            <Button variant="default" onClick={() => setSure(true)}>
              {t('places.remove')}
            </Button>
          ) : null}
        </div>
      ) : null}
      {sure ? (
        <div className="stack tight">
          <p>{t('places.removeSure', { n: p.parts })}</p>
          <div className="row">
            <Button color="red" loading={act.busy} onClick={() => void act.run(() => api.removeLocation(p.id, p.version)).then((ok) => (ok ? setSure(false) : undefined))}>
              {t('places.remove')}
            </Button>
            <Button variant="default" onClick={() => setSure(false)}>
              {t('act.cancel')}
            </Button>
          </div>
        </div>
      ) : null}
    </div>
  );
}

function Fact({ name, value }: { name: string; value: string }) {
  return (
    <>
      <dt>{name}</dt>
      <dd>{value || <Blank />}</dd>
    </>
  );
}

function Form({ name, of }: { name: 'places.add' | 'places.addPart' | 'places.register' | 'act.change'; of?: PlaceNode }) {
  const { t } = useWords();
  const [open, setOpen] = useState(false);
  return (
    <>
      <Button variant={name === 'places.add' ? 'filled' : 'default'} onClick={() => setOpen(true)}>
        {t(name)}
      </Button>
      <Modal opened={open} onClose={() => setOpen(false)} title={t(name)} closeButtonProps={{ 'aria-label': t('act.close') }}>
        {open ? <Fields of={of} close={() => setOpen(false)} /> : null}
      </Modal>
    </>
  );
}

function Fields({ of, close }: { of?: PlaceNode | undefined; close: () => void }) {
  const { t } = useWords();
  const [place, setPlace] = useState<Partial<Record<Part, string>>>(() => Object.fromEntries(parts.map((x) => [x, of?.[x] ?? ''])));
  const [title, setTitle] = useState(of?.title ?? '');
  const [aliases, setAliases] = useState(list(of?.aliases).join(', '));
  const act = useAct(['list']);
  const submit = async (e: FormEvent) => {
    e.preventDefault();
    const names = aliases.split(',').map((x) => x.trim()).filter(Boolean);
    const body = { ...place, title: title.trim(), ...(names.length > 0 ? { aliases: names } : {}) };
    const ok = await act.run(() => (of?.listed ? api.changeLocation(of.id, of.version, body) : api.addLocation(body)));
    if (ok) close();
  };
  const unit = Boolean(place.unit) && !place.room && !place.bed;
  return (
    <form className="stack" onSubmit={(e) => void submit(e)}>
      {act.error ? <Failed error={act.error} /> : null}
      <p className="dim">{t(of?.listed ? 'places.changeText' : 'places.addText')}</p>
      <div className="grid2">
        {parts.map((x) => (
          <TextInput key={x} label={t(`col.${x}`)} value={place[x] ?? ''} maxLength={64} onChange={(e) => setPlace({ ...place, [x]: e.currentTarget.value })} />
        ))}
      </div>
      <TextInput label={t('places.title')} value={title} maxLength={200} onChange={(e) => setTitle(e.currentTarget.value)} />
      <TextInput label={t('places.aliases')} description={t('places.aliasText')} value={aliases} disabled={!unit} onChange={(e) => setAliases(e.currentTarget.value)} />
      <Button type="submit" size="sm" loading={act.busy}>
        {t('act.save')}
      </Button>
    </form>
  );
}
