import { Button, NativeSelect, TextInput, Textarea } from '@mantine/core';
import { useQuery } from '@tanstack/react-query';
import { ScrollText } from 'lucide-react';
import { type FormEvent, useMemo, useState } from 'react';
import { api } from '../api/calls';
import { list, type ModelRecord, type Standing } from '../api/types';
import { useAct } from '../look/act';
import { Link } from '../look/Link';
import { Blank, Told } from '../look/marks';
import { Page } from '../look/Page';
import { Empty, Failed, Loaded, Note } from '../look/states';
import type { Field } from '../query/grammar';
import { useMay } from '../shell/session';
import type { Column } from '../table/column';
import { DataTable } from '../table/DataTable';
import { type Speaker, useWords } from '../words/words';
import { Documents } from './Documents';

const states = ['unknown', 'development', 'support', 'limited-support', 'end-of-support'] as const;

const fields: readonly Field[] = [
  { name: 'manufacturer', kind: 'text' },
  { name: 'model', kind: 'text' },
  { name: 'state', kind: 'word', values: [...states] },
  { name: 'responsibility', kind: 'word', values: ['manufacturer', 'shared', 'hospital', 'open', 'lapsed', 'unknown'] },
  { name: 'cyber524b', kind: 'word', values: ['yes', 'no', 'unknown'] },
  { name: 'ends', kind: 'day' },
  { name: 'devices', kind: 'number' },
];

function columnsOf({ t, number, day, word, told }: Speaker): Column<Standing>[] {
  return [
    { id: 'manufacturer', header: t('attribute.manufacturer'), width: 130, sort: 'manufacturer', cell: (s) => s.manufacturer || <Blank />, text: (s) => s.manufacturer },
    { id: 'model', header: t('attribute.model'), width: 190, weight: 1.5, sort: 'model', cell: (s) => s.model, text: (s) => s.model },
    { id: 'state', header: t('ledger.state'), width: 130, sort: 'state', cell: (s) => <span className="chip">{word('life', s.state)}</span>, text: (s) => s.state },
    { id: 'ends', header: t('lifecycle.ends'), width: 125, sort: 'ends', cell: (s) => (s.ends ? day(s.ends) : <Blank />), text: (s) => s.ends ?? '' },
    { id: 'responsibility', header: t('ledger.responsible'), width: 140, sort: 'responsibility', cell: (s) => word('life', s.responsibility), text: (s) => s.responsibility },
    { id: 'cyber', header: t('ledger.cyber'), width: 120, weight: 0.4, sort: 'cyber524b', cell: (s) => <span title={told(s.cyberReason)}>{word('life', s.cyber524b)}</span>, text: (s) => s.cyber524b },
    { id: 'reason', header: t('col.reason'), width: 200, weight: 1.5, cell: (s) => <span title={told(s.reason)}>{told(s.reason)}</span>, text: (s) => s.reason },
    { id: 'devices', header: t('home.devices'), width: 95, weight: 0.3, right: true, sort: 'devices', cell: (s) => number(s.devices), text: (s) => String(s.devices) },
  ];
}

/** Ledger lists where every model stands, and who answers for it. */
export function Ledger() {
  const words = useWords();
  const { t } = words;
  const columns = useMemo(() => columnsOf(words), [words]);
  return (
    <Page full title={t('nav.ledger')} text={t('ledger.text')}>
      <DataTable
        name="ledger"
        label={t('nav.ledger')}
        columns={columns}
        fields={fields}
        fetch={api.ledger}
        id={(s) => s.id}
        title={(s) => `${s.manufacturer} ${s.model}`}
        side={(_, s) => (s ? <RecordPanel key={s.id} of={s} /> : null)}
        empty={<Empty icon={ScrollText} title={t('models.empty')} text={t('models.emptyText')} />}
      />
    </Page>
  );
}

function RecordPanel({ of: s }: { of: Standing }) {
  const { t, word } = useWords();
  const asked = useQuery({ queryKey: ['record', s.id], queryFn: ({ signal }) => api.modelRecord(s.manufacturer, s.model, signal) });
  return (
    <div className="stack">
      <p>
        {word('life', s.state)}: <Told of={s.reason} />
      </p>
      {s.responsibility === 'open' || s.responsibility === 'lapsed' ? <Note kind="warn">{t(s.responsibility === 'open' ? 'ledger.open' : 'ledger.lapsed')}</Note> : null}
      <p className="dim"><Told of={s.cyberReason} /></p>
      <ul className="bare stack tight">
        {list(s.units).map((u) => (
          <li key={`${u.site}/${u.unit}`} className="row">
            <span className="grow">{u.unit || t('word.unknown')}</span>
            <span className="num">{t('ledger.unit', { over: u.unsupported, n: u.devices })}</span>
          </li>
        ))}
      </ul>
      <Loaded of={asked} rows={5}>
        {(r) => <RecordForm key={r.version} of={r} />}
      </Loaded>
      <Documents subject={s.id} />
      <Link href={`/purchases?maker=${encodeURIComponent(s.manufacturer)}&model=${encodeURIComponent(s.model)}`}>{t('purchase.open')}</Link>
    </div>
  );
}

function RecordForm({ of: r }: { of: ModelRecord }) {
  const { t, word } = useWords();
  const allowed = useMay()('model:write');
  const [v, setV] = useState({
    endOfLife: r.endOfLife ?? '',
    endOfSupport: r.endOfSupport ?? '',
    declared: r.declared || 'unknown',
    submission: r.submission ?? '',
    cyberDevice: r.cyberDevice || 'unknown',
    productCode: r.productCode ?? '',
    source: r.source ?? '',
    by: r.transfer?.by ?? '',
    controls: r.transfer?.controls ?? '',
    reviewBy: r.transfer?.reviewBy ?? '',
  });
  const act = useAct(['record'], ['list', 'ledger'], ['forecast']);
  const set = (name: keyof typeof v) => (e: { currentTarget: { value: string } }) => setV({ ...v, [name]: e.currentTarget.value });
  const submit = (e: FormEvent) => {
    e.preventDefault();
    void act.run(() =>
      api.saveModelRecord({
        manufacturer: r.manufacturer,
        model: r.model,
        marketed: r.marketed,
        supportText: r.supportText,
        submissionNumber: r.submissionNumber,
        knownThen: r.knownThen,
        serviceUntil: r.serviceUntil,
        note: r.note,
        endOfLife: v.endOfLife,
        endOfSupport: v.endOfSupport,
        declared: declaredOf(v.declared),
        submission: v.submission,
        cyberDevice: v.cyberDevice === 'yes' || v.cyberDevice === 'no' ? v.cyberDevice : 'unknown',
        productCode: v.productCode,
        source: v.source,
        transfer: v.by ? { on: r.transfer?.on ?? '', by: v.by, controls: v.controls, reviewBy: v.reviewBy } : undefined,
        version: r.version,
      }),
    );
  };
  return (
    <form className="stack" onSubmit={submit}>
      <h3>{t('ledger.record')}</h3>
      {act.error ? <Failed error={act.error} /> : null}
      <TextInput type="date" label={t('ledger.endOfLife')} value={v.endOfLife} onChange={set('endOfLife')} />
      <TextInput type="date" label={t('ledger.endOfSupport')} value={v.endOfSupport} onChange={set('endOfSupport')} />
      <NativeSelect label={t('ledger.declared')} value={v.declared} onChange={set('declared')} data={states.map((s) => ({ value: s, label: word('life', s) }))} />
      <TextInput type="date" label={t('ledger.submission')} value={v.submission} onChange={set('submission')} />
      <NativeSelect label={t('ledger.cyberDevice')} value={v.cyberDevice} onChange={set('cyberDevice')} data={['yes', 'no', 'unknown'].map((s) => ({ value: s, label: word('life', s) }))} />
      <TextInput label={t('ledger.productCode')} maxLength={3} value={v.productCode} onChange={set('productCode')} />
      <TextInput label={t('col.source')} value={v.source} onChange={set('source')} />
      <h3>{t('ledger.transfer')}</h3>
      <TextInput label={t('ledger.takenBy')} value={v.by} onChange={set('by')} />
      <Textarea label={t('ledger.controls')} value={v.controls} onChange={set('controls')} required={v.by !== ''} />
      <TextInput type="date" label={t('ledger.reviewBy')} value={v.reviewBy} onChange={set('reviewBy')} required={v.by !== ''} />
      {allowed ? null : <Note>{t('state.needs', { action: 'model:write' })}</Note>}
      <Button type="submit" size="sm" loading={act.busy} disabled={!allowed}>
        {t('act.save')}
      </Button>
    </form>
  );
}

function declaredOf(text: string): (typeof states)[number] {
  return states.find((s) => s === text) ?? 'unknown';
}
