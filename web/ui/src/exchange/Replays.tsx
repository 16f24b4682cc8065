import { Button, Checkbox, TextInput } from '@mantine/core';
import { useMutation, useQueryClient } from '@tanstack/react-query';
import { Repeat } from 'lucide-react';
import { useMemo, useState } from 'react';
import { api } from '../api/calls';
import { list, type Replay, type ReplaySpec } from '../api/types';
import { Link } from '../look/Link';
import { When } from '../look/marks';
import { Page } from '../look/Page';
import { Empty, Failed, Note } from '../look/states';
import type { Field } from '../query/grammar';
import { useMay } from '../shell/session';
import type { Column } from '../table/column';
import { DataTable } from '../table/DataTable';
import { type Speaker, useWords } from '../words/words';

const fields: readonly Field[] = [
  { name: 'state', kind: 'word', values: ['waiting', 'running', 'done', 'refused'] },
  { name: 'requestedBy', kind: 'text' },
];

function columnsOf({ t, number, word }: Speaker): Column<Replay>[] {
  return [
    { id: 'at', header: t('replay.asked'), width: 160, cell: (r) => (r.requestedAt ? <When at={r.requestedAt} /> : ''), text: (r) => r.requestedAt ?? '' },
    { id: 'state', header: t('col.status'), width: 110, sort: 'state', cell: (r) => word('replay', r.state), text: (r) => r.state },
    { id: 'messages', header: t('nav.messages'), width: 100, right: true, cell: (r) => number(r.messages), text: (r) => String(r.messages) },
    { id: 'requeued', header: t('replay.requeued'), width: 110, right: true, cell: (r) => number(r.requeued), text: (r) => String(r.requeued) },
    { id: 'by', header: t('replay.by'), width: 160, cell: (r) => r.requestedBy ?? '', text: (r) => r.requestedBy ?? '' },
    { id: 'approved', header: t('replay.second'), width: 160, cell: (r) => r.approvedBy ?? '', text: (r) => r.approvedBy ?? '' },
    { id: 'reason', header: t('col.reason'), width: 240, weight: 2, cell: (r) => r.spec.reason, text: (r) => r.spec.reason },
  ];
}

/** Replays sends messages again: first a look at what that touches, and with a second person where it is many. */
export function Replays() {
  const words = useWords();
  const { t } = words;
  const columns = useMemo(() => columnsOf(words), [words]);
  return (
    <Page full title={t('replay.title')} text={t('replay.text')} actions={<Link href="/messages">{t('nav.messages')}</Link>}>
      <Ask />
      <DataTable
        name="replays"
        label={t('replay.title')}
        columns={columns}
        fields={fields}
        fetch={api.replays}
        id={(r) => r.id ?? ''}
        title={(r) => r.id ?? ''}
        side={(_, r) => (r ? <One of={r} /> : null)}
        empty={<Empty icon={Repeat} title={t('replay.empty')} text={t('replay.emptyText')} />}
      />
    </Page>
  );
}

/** Ask says what is to be sent again; nothing is sent before it was looked at. */
function Ask() {
  const { t } = useWords();
  const may = useMay()('message:replay');
  const client = useQueryClient();
  const [filter, setFilter] = useState('');
  const [to, setTo] = useState('');
  const [delivered, setDelivered] = useState(false);
  const [reason, setReason] = useState('');
  const spec = (dryRun: boolean): ReplaySpec => ({
    filter,
    reason,
    dryRun,
    destinations: to.split(/[\s,]+/).filter(Boolean),
    from: delivered ? ['dead', 'held', 'delivered'] : ['dead', 'held'],
  });
  const look = useMutation({ mutationFn: () => api.replay(spec(true)) });
  const run = useMutation({ mutationFn: () => api.replay(spec(false)), onSuccess: () => client.invalidateQueries({ queryKey: ['list', 'replays'] }).then(() => look.reset()) });
  const changed = () => {
    look.reset();
    run.reset();
  };
  if (!may) return <Note kind="warn">{t('state.needs', { action: 'message:replay' })}</Note>;
  return (
    <section className="card stack" aria-label={t('replay.ask')}>
      <h2>{t('replay.ask')}</h2>
      <div className="row">
        <TextInput className="grow" label={t('replay.filter')} placeholder="channel:adt state:dead" value={filter} onChange={(e) => { setFilter(e.currentTarget.value); changed(); }} />
        <TextInput label={t('replay.to')} description={t('replay.toHelp')} value={to} onChange={(e) => { setTo(e.currentTarget.value); changed(); }} />
      </div>
      <Checkbox label={t('replay.delivered')} checked={delivered} onChange={(e) => { setDelivered(e.currentTarget.checked); changed(); }} />
      <TextInput label={t('message.why')} value={reason} onChange={(e) => setReason(e.currentTarget.value)} />
      <div className="row">
        <Button variant="default" disabled={!filter.trim()} loading={look.isPending} onClick={() => look.mutate()}>
          {t('replay.look')}
        </Button>
        <Button disabled={!look.data || look.data.messages === 0 || reason.trim().length < 3} loading={run.isPending} onClick={() => run.mutate()}>
          {t('replay.run')}
        </Button>
      </div>
      {look.error ? <Failed error={look.error} /> : null}
      {run.error ? <Failed error={run.error} /> : null}
      {look.data ? <Touches of={look.data} /> : null}
      {run.data ? <Note kind={run.data.state === 'waiting' ? 'warn' : 'good'}>{run.data.state === 'waiting' ? t('replay.waits') : t('replay.runs')}</Note> : null}
    </section>
  );
}

function Touches({ of: r }: { of: Replay }) {
  const { t, number, word } = useWords();
  return (
    <div className="stack tight">
      <p>{t('replay.touches', { n: number(r.messages) })}</p>
      <ul>
        {Object.entries(r.deliveries ?? {}).map(([to, n]) => (
          <li key={to}>
            <span className="mono">{to}</span>: {number(n)}
          </li>
        ))}
        {Object.entries(r.states ?? {}).map(([state, n]) => (
          <li key={`state ${state}`}>
            {word('delivery', state)}: {number(n)}
          </li>
        ))}
      </ul>
      {r.needs ? <Note kind="warn">{t('replay.needs')}</Note> : null}
    </div>
  );
}

function One({ of: r }: { of: Replay }) {
  const { t, word } = useWords();
  const may = useMay();
  const client = useQueryClient();
  const agree = useMutation({ mutationFn: () => api.approveReplay(r.id ?? ''), onSuccess: () => client.invalidateQueries({ queryKey: ['list', 'replays'] }) });
  return (
    <div className="stack">
      <dl className="facts">
        <dt>{t('col.status')}</dt>
        <dd>{word('replay', r.state)}</dd>
        <dt>{t('replay.by')}</dt>
        <dd>{r.requestedBy}</dd>
        <dt>{t('col.reason')}</dt>
        <dd>{r.spec.reason}</dd>
        <dt>{t('replay.to')}</dt>
        <dd>{list(r.spec.destinations).join(', ') || t('act.all')}</dd>
      </dl>
      <Touches of={r} />
      {r.state === 'waiting' && may('message:approve') ? (
        <div>
          <Button loading={agree.isPending} onClick={() => agree.mutate()}>
            {t('replay.agree')}
          </Button>
        </div>
      ) : null}
      {agree.error ? <Failed error={agree.error} /> : null}
    </div>
  );
}
