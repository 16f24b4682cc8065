import { Button, NativeSelect, NumberInput, TextInput } from '@mantine/core';
import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import { Undo2 } from 'lucide-react';
import { useMemo, useState } from 'react';
import { api } from '../api/calls';
import { type DataRecall, type DataReceiver, list } from '../api/types';
import { DeviceLink } from '../look/DeviceLink';
import { Link } from '../look/Link';
import { When } from '../look/marks';
import { Page } from '../look/Page';
import { Empty, Failed, Loaded, Note } from '../look/states';
import type { Field } from '../query/grammar';
import { useMay } from '../shell/session';
import type { Column } from '../table/column';
import { DataTable } from '../table/DataTable';
import { type Speaker, useWords } from '../words/words';

const fields: readonly Field[] = [{ name: 'state', kind: 'word', values: ['waiting', 'open', 'closed'] }];

const causes = ['compromised', 'mis-set', 'clock', 'other'] as const;
const treatments = ['notice', 'withdraw', 'correct'] as const;
const answers = ['told', 'acknowledged', 'refused', 'excepted'] as const;

function columnsOf({ t, number, word }: Speaker): Column<DataRecall>[] {
  return [
    { id: 'state', header: t('col.status'), width: 120, weight: 0.4, sort: 'state', cell: (r) => word('recallState', r.state), text: (r) => r.state },
    { id: 'device', header: t('col.device'), width: 220, cell: (r) => <span className="mono">{r.spec.device}</span>, text: (r) => r.spec.device },
    { id: 'cause', header: t('datarecall.cause'), width: 150, cell: (r) => word('recallCause', r.spec.cause), text: (r) => r.spec.cause },
    { id: 'treatment', header: t('datarecall.treatment'), width: 150, cell: (r) => word('treatment', r.spec.treatment), text: (r) => r.spec.treatment },
    { id: 'messages', header: t('nav.messages'), width: 100, right: true, cell: (r) => number(r.reach.messages), text: (r) => String(r.reach.messages) },
    { id: 'answered', header: t('datarecall.answered'), width: 120, right: true, cell: (r) => `${number(r.answered)} / ${number(list(r.receivers).length)}`, text: (r) => String(r.answered) },
    { id: 'overdue', header: t('datarecall.overdue'), width: 100, right: true, sort: 'overdue', cell: (r) => number(r.overdue), text: (r) => String(r.overdue) },
    { id: 'at', header: t('datarecall.asked'), width: 150, cell: (r) => (r.requestedAt ? <When at={r.requestedAt} relative /> : ''), text: (r) => r.requestedAt ?? '' },
  ];
}

/** DataRecalls is the list of what was called back, with who has answered. */
export function DataRecalls() {
  const words = useWords();
  const { t } = words;
  const may = useMay();
  const columns = useMemo(() => columnsOf(words), [words]);
  return (
    <Page full title={t('nav.dataRecalls')} text={t('datarecall.text')}>
      {may('data-recall:open') ? <Ask /> : null}
      <DataTable
        name="data-recalls"
        label={t('nav.dataRecalls')}
        columns={columns}
        fields={fields}
        fetch={api.dataRecalls}
        id={(r) => r.id ?? ''}
        title={(r) => r.spec.device}
        side={(id) => <One id={id} />}
        live="channel"
        empty={<Empty icon={Undo2} title={t('datarecall.empty')} text={t('datarecall.emptyText')} />}
      />
    </Page>
  );
}

/** Ask looks first at what a recall would touch, and opens it then. */
function Ask() {
  const { t, word, number } = useWords();
  const client = useQueryClient();
  const [device, setDevice] = useState('');
  const [from, setFrom] = useState('');
  const [until, setUntil] = useState('');
  const [cause, setCause] = useState<(typeof causes)[number]>('mis-set');
  const [treatment, setTreatment] = useState<(typeof treatments)[number]>('withdraw');
  const [shift, setShift] = useState<number | string>('');
  const [reason, setReason] = useState('');
  const time = (local: string) => new Date(local).toISOString();
  const ask = useMutation({
    mutationFn: (dryRun: boolean) =>
      api.openDataRecall({
        device: device.trim(),
        from: time(from),
        ...(until ? { until: time(until) } : {}),
        cause,
        treatment,
        ...(treatment === 'correct' ? { shiftSeconds: Number(shift) } : {}),
        reason,
        dryRun,
      }),
    onSuccess: (_, dryRun) => (dryRun ? undefined : client.invalidateQueries()),
  });
  const ready = device.trim() !== '' && from !== '';
  return (
    <details className="card">
      <summary>{t('datarecall.open')}</summary>
      <div className="stack">
        <div className="row">
          <TextInput className="grow" label={t('datarecall.device')} value={device} onChange={(e) => setDevice(e.currentTarget.value)} />
          <TextInput type="datetime-local" label={t('datarecall.from')} value={from} onChange={(e) => setFrom(e.currentTarget.value)} />
          <TextInput type="datetime-local" label={t('datarecall.until')} value={until} onChange={(e) => setUntil(e.currentTarget.value)} />
        </div>
        <div className="row">
          <NativeSelect label={t('datarecall.cause')} value={cause} onChange={(e) => setCause(causes.find((c) => c === e.currentTarget.value) ?? 'other')} data={causes.map((c) => ({ value: c, label: word('recallCause', c) }))} />
          <NativeSelect
            label={t('datarecall.treatment')}
            value={treatment}
            onChange={(e) => setTreatment(treatments.find((c) => c === e.currentTarget.value) ?? 'notice')}
            data={treatments.map((c) => ({ value: c, label: word('treatment', c) }))}
          />
          {treatment === 'correct' ? <NumberInput label={t('datarecall.shift')} value={shift} onChange={setShift} /> : null}
          <TextInput className="grow" label={t('message.why')} value={reason} onChange={(e) => setReason(e.currentTarget.value)} />
        </div>
        <div className="row">
          <Button variant="default" disabled={!ready} loading={ask.isPending && ask.variables} onClick={() => ask.mutate(true)}>
            {t('datarecall.look')}
          </Button>
          <Button disabled={!ready || reason.trim().length < 3 || !ask.data} loading={ask.isPending && !ask.variables} onClick={() => ask.mutate(false)}>
            {t('datarecall.do')}
          </Button>
        </div>
        {ask.error ? <Failed error={ask.error} /> : null}
        {ask.data ? (
          <Note kind={ask.data.needs ? 'warn' : 'info'}>
            {t('datarecall.touches', { messages: number(ask.data.reach.messages), patients: number(ask.data.reach.patients), receivers: number(list(ask.data.receivers).length), seconds: number(Math.round(ask.data.reach.seconds * 100) / 100) })}{' '}
            {ask.data.needs ? t('datarecall.second') : null}
          </Note>
        ) : null}
        {ask.data?.state === 'planned' ? <Made of={ask.data} /> : null}
      </div>
    </details>
  );
}

function Made({ of }: { of: DataRecall }) {
  const { t, number } = useWords();
  return (
    <ul>
      {Object.entries(of.reach.resources).map(([kind, n]) => (
        <li key={kind}>
          {kind}: {number(n)}
        </li>
      ))}
      {list(of.receivers).map((r) => (
        <li key={`${r.channel}/${r.destination}`}>
          {r.channel}/{r.destination} ({r.way}): {t('datarecall.received', { n: number(r.messages) })}
        </li>
      ))}
    </ul>
  );
}

function One({ id }: { id: string }) {
  const { t, number, word } = useWords();
  const may = useMay();
  const client = useQueryClient();
  const asked = useQuery({ queryKey: ['data-recall', id], queryFn: ({ signal }) => api.dataRecall(id, signal), refetchInterval: 5000 });
  const [reason, setReason] = useState('');
  const again = { onSuccess: () => client.invalidateQueries() };
  const approve = useMutation({ mutationFn: () => api.approveDataRecall(id), ...again });
  const go = useMutation({ mutationFn: () => api.continueDataRecall(id), ...again });
  const close = useMutation({ mutationFn: () => api.closeDataRecall(id, reason), ...again });
  const failed = approve.error ?? go.error ?? close.error;
  return (
    <Loaded of={asked} rows={8}>
      {(r) => (
        <div className="stack">
          <dl className="facts">
            <dt>{t('col.status')}</dt>
            <dd>{word('recallState', r.state)}</dd>
            <dt>{t('col.device')}</dt>
            <dd>
              <DeviceLink id={r.spec.device} />
            </dd>
            <dt>{t('datarecall.from')}</dt>
            <dd>
              <When at={r.spec.from} />
            </dd>
            <dt>{t('datarecall.until')}</dt>
            <dd>{r.spec.until ? <When at={r.spec.until} /> : null}</dd>
            <dt>{t('datarecall.cause')}</dt>
            <dd>
              {word('recallCause', r.spec.cause)} <span className="dim">{r.spec.reason}</span>
            </dd>
            <dt>{t('datarecall.treatment')}</dt>
            <dd>{word('treatment', r.spec.treatment)}</dd>
            <dt>{t('nav.messages')}</dt>
            <dd>
              <Link href={`/messages?filter=device:${r.spec.device}`}>{number(r.reach.messages)}</Link>, {t('datarecall.marked', { n: number(r.marked) })}
            </dd>
            <dt>{t('datarecall.due')}</dt>
            <dd>{r.dueAt ? <When at={r.dueAt} /> : null}</dd>
          </dl>
          <Made of={{ ...r, receivers: [] }} />
          {r.state === 'waiting' && may('data-recall:approve') ? (
            <Button variant="default" loading={approve.isPending} onClick={() => approve.mutate()}>
              {t('datarecall.agree')}
            </Button>
          ) : null}
          {r.state === 'open' && !r.complete && may('data-recall:open') ? (
            <Button variant="default" loading={go.isPending} onClick={() => go.mutate()}>
              {t('datarecall.goOn')}
            </Button>
          ) : null}
          <h3>{t('datarecall.receivers')}</h3>
          <ul>
            {list(r.receivers).map((one) => (
              <ReceiverRow key={`${one.channel}/${one.destination}`} id={id} of={one} open={r.state === 'open'} />
            ))}
          </ul>
          {r.state === 'open' && may('data-recall:answer') ? (
            <div className="row">
              <TextInput className="grow" label={t('datarecall.result')} value={reason} onChange={(e) => setReason(e.currentTarget.value)} />
              <Button variant="default" disabled={reason.trim().length < 3} loading={close.isPending} onClick={() => close.mutate()}>
                {t('datarecall.close')}
              </Button>
            </div>
          ) : null}
          {failed ? <Failed error={failed} /> : null}
        </div>
      )}
    </Loaded>
  );
}

function ReceiverRow({ id, of, open }: { id: string; of: DataReceiver; open: boolean }) {
  const { t, number, word } = useWords();
  const may = useMay();
  const client = useQueryClient();
  const [state, setState] = useState<(typeof answers)[number]>('acknowledged');
  const [note, setNote] = useState('');
  const answer = useMutation({ mutationFn: () => api.answerDataRecall(id, of.channel, of.destination, { state, note }), onSuccess: () => client.invalidateQueries() });
  return (
    <li>
      <strong>
        {of.channel}/{of.destination}
      </strong>{' '}
      ({of.way}): {word('receiver', of.state)} {of.overdue ? <strong>{t('datarecall.overdue')}</strong> : null}
      <div className="dim">
        {t('datarecall.again', { sent: number(of.reissued), waiting: number(of.waiting), failed: number(of.failed), hand: number(of.byHand) })} {of.owner} {of.note}
      </div>
      {open && may('data-recall:answer') ? (
        <details>
          <summary>{t('datarecall.answer')}</summary>
          <div className="row">
            <NativeSelect
              label={t('col.status')}
              value={state}
              onChange={(e) => setState(answers.find((a) => a === e.currentTarget.value) ?? 'acknowledged')}
              data={answers.map((a) => ({ value: a, label: word('receiver', a) }))}
            />
            <TextInput className="grow" label={t('datarecall.said')} value={note} onChange={(e) => setNote(e.currentTarget.value)} />
            <Button variant="default" disabled={note.trim().length < 3} loading={answer.isPending} onClick={() => answer.mutate()}>
              {t('act.save')}
            </Button>
          </div>
          {answer.error ? <Failed error={answer.error} /> : null}
        </details>
      ) : null}
    </li>
  );
}
