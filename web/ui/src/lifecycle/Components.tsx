import { Button, NativeSelect, TextInput, Textarea } from '@mantine/core';
import { useQuery } from '@tanstack/react-query';
import { Puzzle } from 'lucide-react';
import { type FormEvent, useMemo, useState } from 'react';
import { api } from '../api/calls';
import { type ComponentRecord, type ComponentSupport, list } from '../api/types';
import { useAct } from '../look/act';
import { Link } from '../look/Link';
import { Blank, Told } from '../look/marks';
import { Page } from '../look/Page';
import { Empty, Failed, Loaded } from '../look/states';
import type { Field } from '../query/grammar';
import { useMay } from '../shell/session';
import type { Column } from '../table/column';
import { DataTable } from '../table/DataTable';
import { type Speaker, useWords } from '../words/words';

const states = ['unknown', 'development', 'support', 'limited-support', 'end-of-support'] as const;

const fields: readonly Field[] = [
  { name: 'name', kind: 'text' },
  { name: 'version', kind: 'text' },
  { name: 'state', kind: 'word', values: [...states] },
  { name: 'from', kind: 'word', values: ['record', 'bill', 'public', 'nobody'] },
  { name: 'ends', kind: 'day' },
  { name: 'devices', kind: 'number' },
];

function columnsOf({ t, number, day, word, told }: Speaker): Column<ComponentSupport>[] {
  return [
    { id: 'name', header: t('col.component'), width: 200, weight: 1.5, sort: 'name', cell: (c) => c.name, text: (c) => c.name },
    { id: 'version', header: t('component.version'), width: 120, sort: 'version', cell: (c) => c.version || <Blank />, text: (c) => c.version },
    { id: 'state', header: t('ledger.state'), width: 140, sort: 'state', cell: (c) => <span className="chip">{word('life', c.state)}</span>, text: (c) => c.state },
    { id: 'ends', header: t('lifecycle.ends'), width: 125, sort: 'ends', cell: (c) => (c.ends ? day(c.ends) : <Blank />), text: (c) => c.ends ?? '' },
    { id: 'from', header: t('component.from'), width: 140, sort: 'from', cell: (c) => t(`component.from.${c.from}`), text: (c) => c.from },
    { id: 'reason', header: t('col.reason'), width: 220, weight: 1.5, cell: (c) => <span title={told(c.reason)}>{told(c.reason)}</span>, text: (c) => c.reason },
    { id: 'models', header: t('nav.models'), width: 90, weight: 0.3, right: true, sort: 'inModels', cell: (c) => number(c.inModels), text: (c) => String(c.inModels) },
    { id: 'devices', header: t('home.devices'), width: 95, weight: 0.3, right: true, sort: 'devices', cell: (c) => number(c.devices), text: (c) => String(c.devices) },
  ];
}

/** Components lists until when what is inside of devices is cared for. */
export function Components() {
  const words = useWords();
  const { t } = words;
  const columns = useMemo(() => columnsOf(words), [words]);
  return (
    <Page full title={t('nav.components')} text={t('component.text')}>
      <DataTable
        name="components"
        label={t('nav.components')}
        columns={columns}
        fields={fields}
        fetch={api.componentSupport}
        id={(c) => c.id}
        title={(c) => `${c.name} ${c.version}`}
        side={(_, c) => (c ? <Panel key={c.id} of={c} /> : null)}
        empty={
          <Empty icon={Puzzle} title={t('component.empty')} text={t('component.emptyText')}>
            <Link href="/import?kind=sbom">{t('nav.import')}</Link>
          </Empty>
        }
      />
    </Page>
  );
}

function Panel({ of: c }: { of: ComponentSupport }) {
  const { t, word, number } = useWords();
  const [all, setAll] = useState(false);
  const version = all ? '' : c.version;
  const asked = useQuery({ queryKey: ['component', c.name, version], queryFn: ({ signal }) => api.componentRecord(c.name, version, signal) });
  const models = list(c.models);
  return (
    <div className="stack">
      <p>
        {word('life', c.state)}: <Told of={c.reason} />
      </p>
      {c.purl ? <p className="mono">{c.purl}</p> : null}
      <h3>{t('component.in', { n: number(c.inModels), devices: number(c.devices) })}</h3>
      <ul className="bare stack tight">
        {models.map((m) => (
          <li key={m}>{m}</li>
        ))}
        {c.inModels > models.length ? <li className="dim">{t('component.more', { n: number(c.inModels - models.length) })}</li> : null}
      </ul>
      {c.version ? (
        <NativeSelect
          label={t('component.about')}
          value={all ? 'all' : 'one'}
          onChange={(e) => setAll(e.currentTarget.value === 'all')}
          data={[
            { value: 'one', label: `${c.name} ${c.version}` },
            { value: 'all', label: t('component.every', { name: c.name }) },
          ]}
        />
      ) : null}
      <Loaded of={asked} rows={5}>
        {(r) => <RecordForm key={`${r.version ?? ''}/${r.rev}`} of={r} />}
      </Loaded>
    </div>
  );
}

function RecordForm({ of: r }: { of: ComponentRecord }) {
  const { t, word } = useWords();
  const allowed = useMay()('model:write');
  const act = useAct(['list', 'components'], ['component', r.name]);
  const [v, setV] = useState({ endOfLife: r.endOfLife ?? '', endOfSupport: r.endOfSupport ?? '', declared: r.declared ?? 'unknown', source: r.source ?? '', note: r.note ?? '' });
  const submit = (e: FormEvent) => {
    e.preventDefault();
    const declared = states.find((s) => s === v.declared) ?? 'unknown';
    void act.run(() => api.saveComponentRecord({ name: r.name, version: r.version ?? '', rev: r.rev, ...v, declared }));
  };
  return (
    <form className="stack tight" onSubmit={submit}>
      <h3>{t('component.record')}</h3>
      {act.error ? <Failed error={act.error} /> : null}
      <TextInput type="date" disabled={!allowed} label={t('ledger.endOfLife')} value={v.endOfLife} onChange={(e) => setV({ ...v, endOfLife: e.currentTarget.value })} />
      <TextInput type="date" disabled={!allowed} label={t('ledger.endOfSupport')} value={v.endOfSupport} onChange={(e) => setV({ ...v, endOfSupport: e.currentTarget.value })} />
      <NativeSelect disabled={!allowed} label={t('ledger.declared')} value={v.declared} onChange={(e) => setV({ ...v, declared: states.find((s) => s === e.currentTarget.value) ?? 'unknown' })} data={states.map((s) => ({ value: s, label: word('life', s) }))} />
      <TextInput disabled={!allowed} label={t('col.source')} value={v.source} onChange={(e) => setV({ ...v, source: e.currentTarget.value })} />
      <Textarea disabled={!allowed} label={t('mds2.note')} value={v.note} onChange={(e) => setV({ ...v, note: e.currentTarget.value })} />
      {allowed ? (
        <div>
          <Button type="submit" size="sm" loading={act.busy}>
            {t('act.save')}
          </Button>
        </div>
      ) : null}
    </form>
  );
}
