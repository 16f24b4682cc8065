import { Button, TextInput } from '@mantine/core';
import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import { Ear } from 'lucide-react';
import { useMemo, useState } from 'react';
import { api } from '../api/calls';
import { list, type ShadowChannel } from '../api/types';
import { Link } from '../look/Link';
import { When, Told } from '../look/marks';
import { Page } from '../look/Page';
import { Empty, Failed, Loaded, Note } from '../look/states';
import type { Field } from '../query/grammar';
import { useMay } from '../shell/session';
import type { Column } from '../table/column';
import { DataTable } from '../table/DataTable';
import { type Speaker, useWords } from '../words/words';
import { ShadowMark } from './ShadowMark';

const fields: readonly Field[] = [
  { name: 'name', kind: 'text' },
  { name: 'protocol', kind: 'word', values: ['hl7v2', 'dicom', 'fhir', 'mqtt'] },
  { name: 'listener', kind: 'text' },
  { name: 'messages', kind: 'number' },
  { name: 'faulty', kind: 'number' },
  { name: 'unanswered', kind: 'number' },
];

type Detail = Awaited<ReturnType<typeof api.shadowChannel>>;

/** seconds writes how long an answer took. */
function seconds({ number }: Speaker, s: number): string {
  if (s === 0) return '';
  return s < 1 ? `${number(Math.round(s * 1000))} ms` : `${number(Math.round(s * 10) / 10)} s`;
}

function columnsOf(words: Speaker): Column<ShadowChannel>[] {
  const { t, number } = words;
  const count = (id: 'messages' | 'faulty' | 'remarked' | 'duplicates' | 'unanswered', header: string, width: number): Column<ShadowChannel> => ({
    id,
    header,
    width,
    weight: 0.3,
    right: true,
    sort: id,
    cell: (c) => number(c[id]),
    text: (c) => String(c[id]),
  });
  return [
    { id: 'mark', header: t('col.status'), width: 110, weight: 0.3, cell: () => <ShadowMark />, text: () => 'shadow' },
    { id: 'listener', header: t('shadow.listener'), width: 200, sort: 'listener', cell: (c) => <span className="mono">{c.protocol} {c.listener}</span>, text: (c) => `${c.protocol} ${c.listener}` },
    { id: 'peers', header: t('shadow.peers'), width: 100, weight: 0.3, right: true, sort: 'peers', cell: (c) => number(c.peers), text: (c) => String(c.peers) },
    count('messages', t('nav.messages'), 110),
    count('faulty', t('shadow.faulty'), 110),
    count('remarked', t('shadow.remarked'), 125),
    count('duplicates', t('shadow.duplicates'), 105),
    count('unanswered', t('shadow.unanswered'), 125),
    { id: 'p95', header: t('shadow.p95'), width: 135, weight: 0.3, right: true, sort: 'answerP95Seconds', cell: (c) => seconds(words, c.answerP95Seconds), text: (c) => String(c.answerP95Seconds) },
    { id: 'would', header: t('shadow.would'), width: 200, weight: 1, cell: (c) => wouldOf(words, c), text: (c) => wouldOf(words, c) },
    { id: 'last', header: t('quality.last'), width: 120, weight: 0.4, sort: 'last', cell: (c) => <When at={c.last} relative />, text: (c) => c.last },
    { id: 'adopted', header: t('shadow.adopted'), width: 140, weight: 0.6, cell: (c) => c.adopted?.channel ?? '', text: (c) => c.adopted?.channel ?? '' },
  ];
}

function wouldOf({ t, number }: Speaker, c: Pick<ShadowChannel, 'would'>): string {
  const w = c.would;
  return (['accept', 'tag', 'hold', 'reject'] as const)
    .filter((k) => w[k] > 0)
    .map((k) => `${t(`shadow.${k}`)} ${number(w[k])}`)
    .join(', ');
}

/** Shadow is the board of channels that are not there yet. */
export function Shadow() {
  const words = useWords();
  const { t } = words;
  const columns = useMemo(() => columnsOf(words), [words]);
  return (
    <Page full title={t('nav.shadow')} text={t('shadow.text')} actions={<Link href="/channels">{t('nav.channels')}</Link>}>
      <DataTable
        name="shadow"
        label={t('nav.shadow')}
        columns={columns}
        fields={fields}
        fetch={api.shadowChannels}
        id={(c) => c.id}
        title={(c) => c.name}
        side={(id) => <One id={id} />}
        live="shadow"
        empty={<Empty icon={Ear} title={t('shadow.empty')} text={t('shadow.emptyText')} />}
      />
    </Page>
  );
}

function One({ id }: { id: string }) {
  const { t } = useWords();
  const [policy, setPolicy] = useState('');
  const [asking, setAsking] = useState('');
  const asked = useQuery({ queryKey: ['shadow', id, asking], queryFn: ({ signal }) => api.shadowChannel(id, asking, signal), refetchInterval: 15_000 });
  return (
    <div className="stack">
      <Note>{t('shadow.only')}</Note>
      <form
        className="row"
        onSubmit={(e) => {
          e.preventDefault();
          setAsking(policy);
        }}
      >
        <TextInput label={t('shadow.policy')} description={t('shadow.policyText')} value={policy} onChange={(e) => setPolicy(e.currentTarget.value)} className="grow" />
        <Button type="submit" variant="default" size="compact-sm">
          {t('shadow.ask')}
        </Button>
      </form>
      <Loaded of={asked} rows={10}>
        {(c) => (
          <>
            <Would of={c} />
            <Facts of={c} />
            <Talks of={c} />
            <Adopt of={c} />
          </>
        )}
      </Loaded>
    </div>
  );
}

function Would({ of: c }: { of: Detail }) {
  const { t, number } = useWords();
  const w = c.would;
  const rows = [
    ...(['accept', 'tag', 'hold', 'reject', 'duplicate', 'filter'] as const).map((k) => [t(`shadow.${k}`), w[k]] as const),
    ...Object.entries(w.to).map(([name, n]) => [t('shadow.to', { name }), n] as const),
    ...Object.entries(w.perhaps).map(([name, n]) => [t('shadow.perhaps', { name }), n] as const),
    ...Object.entries(w.reasons).map(([name, n]) => [t('shadow.because', { name }), n] as const),
  ].filter(([, n]) => n > 0);
  return (
    <>
      <h3>{t('shadow.would')}</h3>
      <dl className="facts">
        {rows.map(([name, n]) => (
          <Row key={name} name={name} value={number(n)} />
        ))}
      </dl>
      {list(w.mappings).length > 0 ? (
        <ul>
          {list(w.mappings).map((m) => (
            <li key={`${m.type} ${m.trouble ?? ''}`}>
              <span className="mono">{m.type}</span>: {m.trouble ? (m.trouble === 'none' ? t('shadow.noMapping') : t('shadow.mapFailed', { rule: m.trouble, n: number(m.count) })) : t('shadow.mapped', { n: number(m.count) })}
            </li>
          ))}
        </ul>
      ) : null}
    </>
  );
}

function Row({ name, value }: { name: string; value: string }) {
  return (
    <>
      <dt>{name}</dt>
      <dd>{value}</dd>
    </>
  );
}

/** Facts are what was counted, what is wrong by rule and place, and how the
 * peers speak. */
function Facts({ of: c }: { of: Detail }) {
  const words = useWords();
  const { t, number, word } = words;
  return (
    <>
      <h3>{t('shadow.heard')}</h3>
      <dl className="facts">
        <Row name={t('nav.messages')} value={number(c.messages)} />
        <Row name={t('shadow.clean')} value={number(c.clean)} />
        <Row name={t('shadow.remarked')} value={number(c.remarked)} />
        <Row name={t('shadow.faulty')} value={number(c.faulty)} />
        <Row name={t('shadow.unchecked')} value={number(c.unchecked)} />
        <Row name={t('shadow.duplicates')} value={number(c.duplicates)} />
        <Row name={t('shadow.reused')} value={number(c.reused)} />
        <Row name={t('shadow.unanswered')} value={number(c.unanswered)} />
        <Row name={t('shadow.encrypted')} value={number(c.encrypted)} />
        <Row name={t('shadow.answers')} value={Object.entries(c.answers).map(([code, n]) => `${code} ${number(n)}`).join(', ')} />
        <Row name={t('shadow.p95')} value={seconds(words, c.answerP95Seconds)} />
        <Row name={t('shadow.longest')} value={seconds(words, c.answerLongestSeconds)} />
        <Row name={t('shadow.trust')} value={Object.entries(c.trust).map(([k, n]) => `${word('trust', k)} ${number(n)}`).join(', ')} />
      </dl>
      {list(c.issues).length > 0 ? (
        <>
          <h3>{t('quality.found')}</h3>
          <ul>
            {list(c.issues).map((i) => (
              <li key={`${i.severity} ${i.rule} ${i.path ?? ''}`}>
                {word('severity', i.severity)}: <span className="mono">{i.rule}</span> {i.path ? <span className="mono">{i.path}</span> : null} × {number(i.count)}
              </li>
            ))}
          </ul>
        </>
      ) : null}
      <h3>{t('shadow.quirks')}</h3>
      <ul>
        {Object.entries(c.quirks).map(([q, n]) => (
          <li key={q}>
            <span className="mono">{q}</span> × {number(n)}
          </li>
        ))}
      </ul>
    </>
  );
}

function Talks({ of: c }: { of: Detail }) {
  const { t, number, word } = useWords();
  return (
    <>
      <h3>{t('shadow.talks')}</h3>
      <ul>
        {list(c.conversations).map((k) => (
          <li key={k.id}>
            <span className="mono">{k.client}</span> {k.sender} → {k.receiver}: {number(k.messages)}{' '}
            <span className="dim">
              {Object.entries(k.trust)
                .map(([name, n]) => `${word('trust', name)} ${number(n)}`)
                .join(', ')}
            </span>{' '}
            {k.device ? <Link href={`/devices/${k.device}`}>{t('col.device')}</Link> : null}
            <Doubts of={k} />
          </li>
        ))}
      </ul>
    </>
  );
}

/** Doubts is who is not who they say, with both sides. */
function Doubts({ of: k }: { of: NonNullable<Detail['conversations']>[number] }) {
  const { t, told } = useWords();
  const doubted = list(k.devices).filter((d) => list(d.rivals).length > 0);
  if (doubted.length === 0) return null;
  return (
    <ul aria-label={t('shadow.rivals')}>
      {doubted.map((d) => (
        <li key={`${d.eui64 ?? ''}${d.serial ?? ''}`}>
          {list(d.reasons).map((r) => told(r)).join('; ')}: {list(d.rivals).map((r) => `${[r.number, r.address, r.mac].filter(Boolean).join(' ')} (${told(r.said)})`).join(' / ')}{' '}
          <Link href="/quality-alerts?filter=kind:spoofed">{t('quality.look')}</Link>
        </li>
      ))}
    </ul>
  );
}

/** Adopt drafts the channel that takes the listener over. */
function Adopt({ of: c }: { of: Detail }) {
  const { t, word } = useWords();
  const may = useMay()('channel:write');
  const client = useQueryClient();
  const [name, setName] = useState('');
  const [receiver, setReceiver] = useState('');
  const adopt = useMutation({
    mutationFn: (dryRun: boolean) => api.adoptShadow(c.id, { name, receiver, dryRun }),
    onSuccess: () => client.invalidateQueries({ queryKey: ['shadow'] }),
  });
  const d = adopt.data;
  return (
    <>
      <h3>{t('shadow.adopt')}</h3>
      {c.adopted ? (
        <Note kind="good">
          <Link href={`/channels?row=${c.adopted.channel}`}>{c.adopted.channel}</Link> {t('shadow.progress', { direct: list(c.adopted.direct).length, through: list(c.adopted.through).length })}
        </Note>
      ) : null}
      <Note kind={c.way.kind === 'none' ? 'warn' : 'info'}>
        <strong>{word('takeover', c.way.kind)}</strong>: <Told of={c.way.text} />
      </Note>
      {c.way.kind === 'none' ? null : may ? (
        <div className="row">
          <TextInput label={t('col.name')} value={name} onChange={(e) => setName(e.currentTarget.value)} />
          <TextInput label={t('shadow.receiver')} placeholder={c.listener} value={receiver} onChange={(e) => setReceiver(e.currentTarget.value)} />
          <Button variant="default" size="compact-sm" loading={adopt.isPending} onClick={() => adopt.mutate(true)}>
            {t('shadow.preview')}
          </Button>
          <Button size="compact-sm" loading={adopt.isPending} onClick={() => adopt.mutate(false)}>
            {t('shadow.make')}
          </Button>
        </div>
      ) : (
        <p className="dim">{t('state.needs', { action: 'channel:write' })}</p>
      )}
      {adopt.error ? <Failed error={adopt.error} /> : null}
      {d?.problem ? <Note kind="warn"><Told of={d.problem} /></Note> : null}
      {d?.made ? (
        <Note kind="good">
          {t('moving.made')} <Link href={`/channels?row=${c.adopted?.channel ?? ''}`}>{t('act.open')}</Link>
        </Note>
      ) : null}
      {d ? (
        <>
          <ul>
            {list(d.notes).map((n) => (
              <li key={`${n.severity} ${n.place} ${n.text}`}>
                <strong>{t(`moving.left.${n.severity}`)}</strong> {n.place}: <Told of={n.text} />
              </li>
            ))}
          </ul>
          <ol>
            {list(d.steps).map((s) => (
              <li key={s.title}>
                <strong><Told of={s.title} /></strong>: <Told of={s.text} /> {s.back ? <span className="dim">({t('shadow.back')}: <Told of={s.back} />)</span> : null}
              </li>
            ))}
          </ol>
          <details>
            <summary>{t('channels.definition')}</summary>
            <code className="block">{JSON.stringify(d.definition, null, 2)}</code>
          </details>
        </>
      ) : null}
    </>
  );
}
