import { Button, TextInput } from '@mantine/core';
import { useMutation, useQuery } from '@tanstack/react-query';
import { Mails } from 'lucide-react';
import { useMemo, useState } from 'react';
import { api } from '../api/calls';
import { list, type Message, type MessageIssue } from '../api/types';
import { DeviceLink } from '../look/DeviceLink';
import { Link } from '../look/Link';
import { When, Told } from '../look/marks';
import { Page } from '../look/Page';
import { Empty, Failed, Loaded } from '../look/states';
import type { Field } from '../query/grammar';
import { useMay } from '../shell/session';
import type { Column } from '../table/column';
import { DataTable } from '../table/DataTable';
import { type Speaker, useWords } from '../words/words';
import { Belongs, Repair } from './Revision';

const states = ['pending', 'held', 'dead', 'delivered', 'duplicate', 'rejected', 'filtered'];
const fields: readonly Field[] = [
  { name: 'channel', kind: 'text' },
  { name: 'state', kind: 'word', values: states },
  { name: 'trust', kind: 'word', values: ['trusted', 'unknown', 'mismatched', 'quarantined', 'vulnerable'] },
  { name: 'type', kind: 'text' },
  { name: 'sender', kind: 'text' },
  { name: 'device', kind: 'text' },
  { name: 'severity', kind: 'word', values: ['information', 'warning', 'error', 'fatal'] },
  { name: 'destination', kind: 'text' },
  { name: 'patient', kind: 'text' },
  { name: 'order', kind: 'text' },
  { name: 'control', kind: 'text' },
  { name: 'received', kind: 'time' },
];

function columnsOf({ t, number, word }: Speaker): Column<Message>[] {
  return [
    { id: 'received', header: t('message.received'), width: 170, weight: 0.6, sort: 'received', cell: (m) => <When at={m.receivedAt} />, text: (m) => m.receivedAt },
    { id: 'channel', header: t('message.channel'), width: 130, cell: (m) => m.channel, text: (m) => m.channel },
    { id: 'type', header: t('col.kind'), width: 120, cell: (m) => <span className="mono">{m.type}</span>, text: (m) => m.type },
    { id: 'state', header: t('col.status'), width: 110, weight: 0.5, cell: (m) => word('carried', m.state), text: (m) => m.state },
    { id: 'trust', header: t('message.trust'), width: 120, weight: 0.5, cell: (m) => word('trust', m.trust), text: (m) => m.trust },
    { id: 'sender', header: t('message.sender'), width: 170, cell: (m) => m.sender ?? '', text: (m) => m.sender ?? '' },
    { id: 'issues', header: t('message.issues'), width: 120, weight: 0.5, cell: (m) => (m.severity ? `${number(m.issues)} (${word('issue', m.severity)})` : ''), text: (m) => m.severity ?? '' },
    { id: 'id', header: t('col.number'), width: 220, weight: 0.8, cell: (m) => <span className="mono">{m.id}</span>, text: (m) => m.id },
  ];
}

/** Messages is what came, without what it says. */
export function Messages() {
  const words = useWords();
  const { t } = words;
  const columns = useMemo(() => columnsOf(words), [words]);
  return (
    <Page full title={t('nav.messages')} text={t('messages.text')} actions={<Link href="/channels">{t('nav.channels')}</Link>}>
      <DataTable
        name="messages"
        label={t('nav.messages')}
        columns={columns}
        fields={fields}
        fetch={(q, signal) => api.messages({ ...q, sort: q.sort || '-received' }, signal)}
        id={(m) => m.id}
        title={(m) => m.id}
        side={(id) => <One id={id} />}
        live="message"
        empty={<Empty icon={Mails} title={t('messages.empty')} text={t('messages.emptyText')} />}
      />
    </Page>
  );
}

function One({ id }: { id: string }) {
  const { t, word, told } = useWords();
  const may = useMay();
  const asked = useQuery({ queryKey: ['message', id], queryFn: ({ signal }) => api.trace(id, signal) });
  return (
    <Loaded of={asked} rows={8}>
      {(trace) => {
        const m = trace.message;
        return (
          <div className="stack">
            <dl className="facts">
              <dt>{t('message.channel')}</dt>
              <dd>{m.channel}</dd>
              <dt>{t('col.status')}</dt>
              <dd>
                {word('carried', m.state)} <Told of={m.reason} />
              </dd>
              <dt>{t('message.answered')}</dt>
              <dd>{word('outcome', m.outcome)}</dd>
              <dt>{t('message.trust')}</dt>
              <dd>
                {word('trust', m.trust)} <span className="dim">{list(m.stamp.reasons).map((r) => told(r)).join('; ')}</span>
              </dd>
              {m.device ? (
                <>
                  <dt>{t('col.device')}</dt>
                  <dd>
                    <DeviceLink id={m.device} />
                  </dd>
                </>
              ) : null}
              <Belongs of={m} />
            </dl>
            <Issues of={list(m.found)} />
            <h3>{t('exchange.destinations')}</h3>
            <ul>
              {list(m.deliveries).map((d) => (
                <li key={d.destination}>
                  {d.destination}: {word('delivery', d.state)} {d.code} <span className="dim">{d.note}</span>
                  {d.share?.purpose ? <span className="dim"> {t('share.for', { purpose: d.share.purpose })}</span> : null}
                  {list(d.share?.removed).length > 0 ? <div className="dim">{t('share.removed', { places: list(d.share?.removed).join(', ') })}</div> : null}
                  {list(d.share?.replaced).length > 0 ? <div className="dim">{t('share.replaced', { places: list(d.share?.replaced).join(', ') })}</div> : null}
                </li>
              ))}
            </ul>
            <Link href={`/lineage/${id}`}>{t('lineage.title')}</Link>
            {may('message:reveal') ? <Content id={id} issues={list(m.found)} /> : <p className="dim">{t('message.masked')}</p>}
            {may('message:repair') && ['held', 'dead', 'delivered'].includes(m.state) && m.format === 'hl7v2' ? <Repair of={m} /> : null}
            <h3>{t('message.trace')}</h3>
            <ol>
              {list(trace.steps).map((s) => (
                <li key={s.seq}>
                  <When at={s.at} /> <span className="mono">{s.did}</span> {s.note}
                </li>
              ))}
            </ol>
          </div>
        );
      }}
    </Loaded>
  );
}

function Issues({ of }: { of: MessageIssue[] }) {
  const { t, word } = useWords();
  if (of.length === 0) return null;
  return (
    <>
      <h3>{t('message.issues')}</h3>
      <ul>
        {of.map((i) => (
          <li key={`${i.location ?? ''}${i.rule ?? ''}${i.bytes?.join('-') ?? ''}`}>
            {word('issue', i.severity)} <span className="mono">{i.location}</span> <Told of={i.text} />
          </li>
        ))}
      </ul>
    </>
  );
}

/** Content shows what a message says, once a person said for what purpose. */
function Content({ id, issues }: { id: string; issues: MessageIssue[] }) {
  const { t } = useWords();
  const [purpose, setPurpose] = useState('');
  const reveal = useMutation({ mutationFn: () => api.reveal(id, purpose) });
  return (
    <>
      <h3>{t('message.content')}</h3>
      {reveal.data ? (
        <div className="stack tight">
          <Segments text={reveal.data.text ?? ''} issues={issues} />
          {list(reveal.data.deliveries).map((d) => (
            <div key={d.destination} className="stack tight">
              <h4>{d.destination}</h4>
              {d.sent ? <code className="block">{d.sent.replaceAll('\r', '\n')}</code> : null}
              {d.answer ? <code className="block">{d.answer.replaceAll('\r', '\n')}</code> : null}
            </div>
          ))}
        </div>
      ) : (
        <form
          className="row"
          onSubmit={(e) => {
            e.preventDefault();
            reveal.mutate();
          }}
        >
          <TextInput label={t('message.purpose')} description={t('message.purposeText')} value={purpose} onChange={(e) => setPurpose(e.currentTarget.value)} />
          <Button type="submit" variant="default" disabled={purpose.trim().length < 3} loading={reveal.isPending}>
            {t('message.reveal')}
          </Button>
        </form>
      )}
      {reveal.error ? <Failed error={reveal.error} /> : null}
    </>
  );
}

/** linesOf returns the segments of text with the bytes that each takes. */
function linesOf(text: string): { line: string; from: number; until: number }[] {
  const encoder = new TextEncoder();
  const lines = [];
  let from = 0;
  for (const line of text.split('\r')) {
    const until = from + encoder.encode(line).length;
    lines.push({ line, from, until });
    from = until + 1;
  }
  return lines;
}

/** Segments writes one segment a line, and beside each what is wrong with it. */
function Segments({ text, issues }: { text: string; issues: MessageIssue[] }) {
  const { word } = useWords();
  return (
    <div className="block mono">
      {linesOf(text).map(({ line, from, until }) => {
        const here = issues.filter((i) => i.bytes && (i.bytes[1] ?? 0) > 0 && (i.bytes[0] ?? 0) >= from && (i.bytes[0] ?? 0) <= until);
        return (
          <div key={from}>
            {line}
            {here.map((i) => (
              <div key={`${i.rule ?? ''}${i.location ?? ''}`} className="stale">
                {word('issue', i.severity)} {i.location}: <Told of={i.text} />
              </div>
            ))}
          </div>
        );
      })}
    </div>
  );
}
