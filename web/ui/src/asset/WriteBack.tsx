import { Button, Modal, NativeSelect, Textarea, TextInput } from '@mantine/core';
import { useQuery } from '@tanstack/react-query';
import { Send } from 'lucide-react';
import { type FormEvent, useMemo, useState } from 'react';
import { api } from '../api/calls';
import { type Correction, list, type SentBack, type WriteBackReport } from '../api/types';
import { useAct } from '../look/act';
import { Link } from '../look/Link';
import { Blank, StatusMark, When, Told } from '../look/marks';
import { Empty, Failed, Note } from '../look/states';
import type { Field } from '../query/grammar';
import { useMay } from '../shell/session';
import type { Column } from '../table/column';
import { DataTable } from '../table/DataTable';
import { type Speaker, useWords } from '../words/words';
import { attributeKey } from './Device';
import { sourceNames } from './names';

const states = ['open', 'pending', 'held', 'delivered', 'dead', 'gone'] as const;

/** OutboxNote says whether the maintenance system can be told anything, and what to do when not. */
export function OutboxNote() {
  const { t } = useWords();
  const asked = useQuery({ queryKey: ['outbox'], queryFn: ({ signal }) => api.outbox(signal) });
  if (asked.error) return <Failed error={asked.error} />;
  if (!asked.data) return null;
  if (!asked.data.ready)
    return (
      <Note kind="warn">
        {t('writeback.notReady')} <Told of={asked.data.why} /> <Link href="/channels">{t('nav.channels')}</Link>
      </Note>
    );
  return (
    <Note kind="good">
      {t('writeback.ready')} <Link href={`/channels?row=${encodeURIComponent(asked.data.channel)}`}>{asked.data.channel}</Link>{' '}
      {asked.data.persons ? t('writeback.persons') : ''}
    </Note>
  );
}

const fields: readonly Field[] = [
  { name: 'name', kind: 'text' },
  { name: 'assetTag', kind: 'text' },
  { name: 'field', kind: 'word', values: ['class', 'manufacturer', 'model', 'serialNumber', 'softwareVersion', 'operatingSystem'] },
  { name: 'state', kind: 'word', values: states },
  { name: 'status', kind: 'word', values: ['confirmed', 'likely'] },
  { name: 'site', kind: 'text' },
  { name: 'unit', kind: 'text' },
  { name: 'manufacturer', kind: 'text' },
  { name: 'model', kind: 'text' },
];

function columnsOf(words: Speaker): Column<Correction>[] {
  const { t, word } = words;
  // "hl7.production OBX-5": who says it, and in which field.
  const who = (c: Correction) => c.source.replace(/^[\w.]+/, (source) => sourceNames(words, [source]));
  return [
    { id: 'name', header: t('col.device'), width: 140, weight: 1.4, sort: 'name', cell: (c) => <Link href={`/devices/${encodeURIComponent(c.device)}`} tabIndex={-1}>{c.name}</Link>, text: (c) => c.name },
    { id: 'assetTag', header: t('col.assetTag'), width: 135, sort: 'assetTag', cell: (c) => <span className="mono">{c.assetTag}</span>, text: (c) => c.assetTag },
    { id: 'field', header: t('col.attribute'), width: 130, sort: 'field', cell: (c) => t(attributeKey(c.field)), text: (c) => c.field },
    { id: 'listSays', header: t('reconcile.listSays'), width: 130, sort: 'listSays', cell: (c) => c.listSays || <Blank />, text: (c) => c.listSays },
    { id: 'bedrailSays', header: t('writeback.says'), width: 140, sort: 'bedrailSays', cell: (c) => <strong>{c.bedrailSays}</strong>, text: (c) => c.bedrailSays },
    { id: 'status', header: t('col.status'), width: 100, sort: 'status', cell: (c) => <StatusMark of={c.status} />, text: (c) => c.status },
    { id: 'source', header: t('col.source'), width: 150, sort: 'source', cell: (c) => <span title={`${c.source} ${c.evidence}`.trim()}>{who(c)}</span>, text: (c) => `${who(c)} ${c.evidence}`.trim() },
    { id: 'state', header: t('writeback.state'), width: 95, sort: 'state', cell: (c) => <StateMark of={c} />, text: (c) => word('writeback', c.state) },
    { id: 'sentAt', header: t('writeback.sentAt'), width: 115, sort: 'sentAt', off: true, cell: (c) => (c.sentAt ? <When at={c.sentAt} relative /> : ''), text: (c) => c.sentAt ?? '' },
  ];
}

function StateMark({ of }: { of: { state: string; message?: string } }) {
  const { word } = useWords();
  const text = <span className="chip">{word('writeback', of.state)}</span>;
  return of.message && of.state !== 'gone' ? <Link href={`/messages?row=${encodeURIComponent(of.message)}`}>{text}</Link> : text;
}

/** Corrections are what the maintenance system's list should be told, and what it was. */
export function Corrections() {
  const words = useWords();
  const { t } = words;
  const columns = useMemo(() => columnsOf(words), [words]);
  const may = useMay()('inventory:writeback');
  return (
    <>
      <OutboxNote />
      <DataTable
        name="corrections"
        label={t('reconcile.corrections')}
        columns={columns}
        fields={fields}
        fetch={api.corrections}
        id={(c) => c.key}
        title={(c) => c.name}
        href={(c) => `/devices/${encodeURIComponent(c.device)}`}
        bulk={may ? (rows, done) => <SendThem keys={rows.map((c) => c.key)} done={done} /> : undefined}
        live="exchange"
        empty={<Empty icon={Send} title={t('writeback.none')} text={t('writeback.noneText')} />}
      />
    </>
  );
}

/** SendThem shows what would be sent before anything is. */
function SendThem({ keys, done }: { keys: string[]; done: () => void }) {
  const { t } = useWords();
  const [plan, setPlan] = useState<WriteBackReport | null>(null);
  const act = useAct(['list', 'corrections'], ['list', 'written-back']);
  const look = () => act.run(async () => setPlan(await api.sendCorrections(keys, true)));
  const send = async () => {
    if (await act.run(() => api.sendCorrections(keys, false))) {
      setPlan(null);
      done();
    }
  };
  return (
    <>
      <Button loading={act.busy && !plan} onClick={() => void look()}>
        {t('writeback.send')}
      </Button>
      {act.error && !plan ? <Failed error={act.error} /> : null}
      <Modal opened={plan !== null} onClose={() => setPlan(null)} title={t('writeback.send')} closeButtonProps={{ 'aria-label': t('act.close') }}>
        {plan ? (
          <div className="stack">
            {act.error ? <Failed error={act.error} /> : null}
            <Planned of={plan} />
            <Button loading={act.busy} disabled={list(plan.sending).length === 0} onClick={() => void send()}>
              {t('writeback.sendN', { n: list(plan.sending).length })}
            </Button>
          </div>
        ) : null}
      </Modal>
    </>
  );
}

function Planned({ of: plan }: { of: WriteBackReport }) {
  const { t } = useWords();
  return (
    <>
      <ul>
        {list(plan.sending)
          .slice(0, 12)
          .map((s) => (
            <li key={s.key}>
              {s.name}: {s.field ? `${t(attributeKey(s.field))} = ` : ''}
              {s.text}
            </li>
          ))}
      </ul>
      {list(plan.sending).length > 12 ? <p className="dim">{t('writeback.more', { n: list(plan.sending).length - 12 })}</p> : null}
      {plan.already > 0 ? <p className="dim">{t('writeback.already', { n: plan.already })}</p> : null}
      {list(plan.refused).map((r) => (
        <Note key={r.reason} kind="warn">
          {r.devices} · {r.example}: <Told of={r.reason} />
        </Note>
      ))}
    </>
  );
}

/** AskWork asks the maintenance system that something is done about devices. */
export function AskWork({ devices, usual, done, plain = false }: { devices: string[]; usual: string; done: () => void; plain?: boolean }) {
  const { t } = useWords();
  const [open, setOpen] = useState(false);
  const [summary, setSummary] = useState(usual);
  const [text, setText] = useState('');
  const [priority, setPriority] = useState<'low' | 'normal' | 'high'>('normal');
  const act = useAct(['list', 'written-back']);
  const submit = async (e: FormEvent) => {
    e.preventDefault();
    if (await act.run(() => api.sendWorkOrders({ devices, summary: summary.trim(), text, priority }))) {
      setOpen(false);
      done();
    }
  };
  return (
    <>
      <Button variant={plain ? 'default' : 'filled'} onClick={() => setOpen(true)}>
        {t('work.ask')}
      </Button>
      <Modal opened={open} onClose={() => setOpen(false)} title={t('work.title', { n: devices.length })} closeButtonProps={{ 'aria-label': t('act.close') }}>
        <form className="stack" onSubmit={(e) => void submit(e)}>
          {act.error ? <Failed error={act.error} /> : null}
          <TextInput label={t('work.summary')} value={summary} maxLength={200} required onChange={(e) => setSummary(e.currentTarget.value)} data-autofocus />
          <Textarea label={t('work.text')} value={text} maxLength={2000} autosize minRows={3} onChange={(e) => setText(e.currentTarget.value)} />
          <NativeSelect
            label={t('work.priority')}
            value={priority}
            onChange={(e) => setPriority(e.currentTarget.value === 'high' ? 'high' : e.currentTarget.value === 'low' ? 'low' : 'normal')}
            data={[
              { value: 'low', label: t('work.low') },
              { value: 'normal', label: t('work.normal') },
              { value: 'high', label: t('work.high') },
            ]}
          />
          <Button type="submit" size="sm" loading={act.busy}>
            {t('work.send')}
          </Button>
        </form>
      </Modal>
    </>
  );
}

const sentFields: readonly Field[] = [
  { name: 'kind', kind: 'word', values: ['correction', 'work-order'] },
  { name: 'state', kind: 'word', values: states.slice(1) },
  { name: 'name', kind: 'text' },
  { name: 'by', kind: 'text' },
];

function sentColumns({ t, word }: Speaker): Column<SentBack>[] {
  return [
    { id: 'at', header: t('col.time'), width: 130, sort: 'at', cell: (s) => <When at={s.at} />, text: (s) => s.at },
    { id: 'kind', header: t('col.kind'), width: 110, sort: 'kind', cell: (s) => word('writebackkind', s.kind), text: (s) => word('writebackkind', s.kind) },
    { id: 'name', header: t('col.device'), width: 160, sort: 'name', cell: (s) => <Link href={`/devices/${encodeURIComponent(s.device)}`} tabIndex={-1}>{s.name}</Link>, text: (s) => s.name },
    { id: 'field', header: t('col.attribute'), width: 120, sort: 'field', cell: (s) => (s.field ? t(attributeKey(s.field)) : ''), text: (s) => s.field ?? '' },
    { id: 'text', header: t('writeback.told'), width: 220, weight: 1.6, sort: 'text', cell: (s) => s.text, text: (s) => s.text },
    { id: 'state', header: t('writeback.state'), width: 110, sort: 'state', cell: (s) => <StateMark of={s} />, text: (s) => word('writeback', s.state) },
    { id: 'by', header: t('col.by'), width: 120, sort: 'by', cell: (s) => s.by, text: (s) => s.by },
  ];
}

/** SentList is everything that the maintenance system was told. */
export function SentList() {
  const words = useWords();
  const { t } = words;
  const columns = useMemo(() => sentColumns(words), [words]);
  return (
    <>
      <OutboxNote />
      <DataTable
        name="written-back"
        label={t('reconcile.sent')}
        columns={columns}
        fields={sentFields}
        fetch={api.writtenBack}
        id={(s) => s.key}
        title={(s) => s.name}
        href={(s) => `/devices/${encodeURIComponent(s.device)}`}
        live="exchange"
        empty={<Empty icon={Send} title={t('writeback.nothingSent')} text={t('writeback.nothingSentText')} />}
      />
    </>
  );
}
