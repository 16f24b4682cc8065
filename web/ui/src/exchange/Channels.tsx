import { Button } from '@mantine/core';
import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import { Waypoints } from 'lucide-react';
import { useMemo } from 'react';
import { api } from '../api/calls';
import { type Channel, list } from '../api/types';
import { DeviceLink } from '../look/DeviceLink';
import { Link } from '../look/Link';
import { When, Told } from '../look/marks';
import { Page } from '../look/Page';
import { Empty, Failed, Loaded, Note } from '../look/states';
import type { Field } from '../query/grammar';
import { useMay } from '../shell/session';
import type { Column } from '../table/column';
import { DataTable } from '../table/DataTable';
import { type Speaker, useWords } from '../words/words';

const fields: readonly Field[] = [
  { name: 'name', kind: 'text' },
  { name: 'state', kind: 'word', values: ['running', 'paused', 'draining'] },
  { name: 'origin', kind: 'word', values: ['configuration', 'person'] },
  { name: 'sourceKind', kind: 'text' },
];

/** queued counts what waits for the destinations of a channel. */
function queued(c: Channel): number {
  return list(c.destinations).reduce((n, d) => n + d.queued, 0);
}

/** trouble is the first thing that keeps a channel from its work. */
function trouble(c: Channel): string {
  const failing = list(c.destinations).find((d) => d.state === 'failing');
  return c.broken || c.source.lastError || (failing ? `${failing.name}: ${failing.lastError ?? ''}` : '');
}

function columnsOf({ t, number, word, told }: Speaker): Column<Channel>[] {
  return [
    { id: 'name', header: t('col.name'), width: 160, sort: 'name', cell: (c) => c.name, text: (c) => c.name },
    { id: 'state', header: t('col.status'), width: 110, weight: 0.4, sort: 'state', cell: (c) => word('channel', c.state), text: (c) => c.state },
    {
      id: 'source',
      header: t('col.source'),
      width: 190,
      cell: (c) => (
        <span className="mono">
          {c.sourceKind} {c.source.listening}
        </span>
      ),
      text: (c) => `${c.sourceKind} ${c.source.listening ?? ''}`,
    },
    {
      id: 'connections',
      header: t('exchange.connections'),
      width: 110,
      weight: 0.3,
      right: true,
      cell: (c) => number(list(c.source.connections).length),
      text: (c) => String(list(c.source.connections).length),
    },
    {
      id: 'destinations',
      header: t('exchange.destinations'),
      width: 220,
      weight: 1.4,
      cell: (c) =>
        list(c.destinations)
          .map((d) => `${d.name} (${word('outlet', d.state)})`)
          .join(', '),
      text: (c) =>
        list(c.destinations)
          .map((d) => `${d.name} ${d.state}`)
          .join(', '),
    },
    { id: 'queued', header: t('exchange.queued'), width: 90, weight: 0.3, right: true, cell: (c) => number(queued(c)), text: (c) => String(queued(c)) },
    { id: 'trouble', header: t('exchange.trouble'), width: 260, weight: 1.6, cell: (c) => <span title={told(trouble(c))}>{told(trouble(c))}</span>, text: (c) => trouble(c) },
  ];
}

/** Channels is the board of the ways that messages take. */
export function Channels() {
  const words = useWords();
  const { t } = words;
  const columns = useMemo(() => columnsOf(words), [words]);
  return (
    <Page full title={t('nav.channels')} text={t('channels.text')} actions={
        <>
          <Link href="/channel-editor">{t('editor.title')}</Link> <Link href="/channel-imports">{t('moving.title')}</Link> <Link href="/shadow-channels">{t('nav.shadow')}</Link> <Link href="/messages">{t('nav.messages')}</Link>
        </>
      }>
      <Accounts />
      <DataTable
        name="channels"
        label={t('nav.channels')}
        columns={columns}
        fields={fields}
        fetch={api.channels}
        id={(c) => c.name}
        title={(c) => c.name}
        side={(name) => <One name={name} />}
        live="channel"
        empty={<Empty icon={Waypoints} title={t('channels.empty')} text={t('channels.emptyText')} />}
      />
    </Page>
  );
}

/** Accounts says whether every message is accounted for. */
function Accounts() {
  const { t, number } = useWords();
  const asked = useQuery({ queryKey: ['balance'], queryFn: ({ signal }) => api.balance(signal), refetchInterval: 10_000 });
  return (
    <section className="card" aria-label={t('ledger.title')}>
      <Loaded of={asked} rows={1}>
        {(l) => {
          const sources = list(l.sources);
          const wrong = sources.filter((s) => !s.balanced);
          const sum = (f: (s: (typeof sources)[number]) => number) => number(sources.reduce((n, s) => n + f(s), 0));
          return wrong.length > 0 ? (
            <Note kind="warn">
              {t('ledger.wrong')}
              <ul>
                {wrong.map((s) => (
                  <li key={s.channel}>
                    {s.channel}: {list(s.problems).join('; ')}
                  </li>
                ))}
              </ul>
            </Note>
          ) : (
            <Note kind="good">
              {t('ledger.right', { received: sum((s) => s.received), delivered: sum((s) => s.delivered), pending: sum((s) => s.pending), held: sum((s) => s.held), dead: sum((s) => s.dead) })}
            </Note>
          );
        }}
      </Loaded>
    </section>
  );
}

function One({ name }: { name: string }) {
  const { t, number, word } = useWords();
  const may = useMay();
  const client = useQueryClient();
  const asked = useQuery({ queryKey: ['channel', name], queryFn: ({ signal }) => api.channel(name, signal), refetchInterval: 5000 });
  const again = () => Promise.all([client.invalidateQueries({ queryKey: ['channel', name] }), client.invalidateQueries({ queryKey: ['channels'] })]);
  const change = useMutation({ mutationFn: (state: 'running' | 'paused' | 'draining') => api.setChannelState(name, state), onSuccess: again });
  const test = useMutation({ mutationFn: () => api.testChannel(name) });
  return (
    <Loaded of={asked} rows={8}>
      {(c) => (
        <div className="stack">
          {may('channel:write') ? (
            <div className="row">
              {(['running', 'draining', 'paused'] as const)
                .filter((s) => s !== c.state)
                .map((s) => (
                  <Button key={s} variant="default" size="compact-sm" loading={change.isPending && change.variables === s} onClick={() => change.mutate(s)}>
                    {t(`channels.to.${s}`)}
                  </Button>
                ))}
              <Button variant="default" size="compact-sm" loading={test.isPending} onClick={() => test.mutate()}>
                {t('channels.test')}
              </Button>
              {c.origin === 'person' ? <Link href={`/channel-editor?name=${c.name}`}>{t('act.change')}</Link> : null}
              <Link href={`/messages?filter=channel:${c.name}`}>{t('nav.messages')}</Link>
            </div>
          ) : null}
          {change.error ? <Failed error={change.error} /> : null}
          {test.error ? <Failed error={test.error} /> : null}
          {test.data ? <Trial of={test.data} /> : null}
          {trouble(c) ? <Note kind="warn"><Told of={trouble(c)} /></Note> : null}
          <dl className="facts">
            <dt>{t('col.status')}</dt>
            <dd>{word('channel', c.state)}</dd>
            <dt>{t('col.source')}</dt>
            <dd className="mono">
              {c.sourceKind} {c.source.listening}
            </dd>
            <dt>{t('col.version')}</dt>
            <dd>{number(c.version)}</dd>
          </dl>
          <h3>{t('exchange.destinations')}</h3>
          <ul>
            {list(c.destinations).map((d) => (
              <li key={d.name}>
                {d.name} ({d.kind}): {word('outlet', d.state)}, {t('exchange.waiting', { n: number(d.queued) })} {d.oldest ? <When at={d.oldest} relative /> : null}{' '}
                {d.connection ? (
                  <span className="dim">
                    <span className="mono">{d.connection.peer}</span> {word('line', d.connection.state)} {d.connection.unmatched > 0 ? t('exchange.unmatched', { n: number(d.connection.unmatched) }) : null}
                  </span>
                ) : null}
                {d.lastError ? (
                  <div className="dim">
                    {t('exchange.lastError')}: <Told of={d.lastError} /> {d.lastErrorAt ? <When at={d.lastErrorAt} relative /> : null}
                  </div>
                ) : null}
              </li>
            ))}
          </ul>
          <Waiting channel={c.name} />
          <h3>{t('exchange.connections')}</h3>
          {list(c.source.connections).length === 0 ? <p className="dim">{t('exchange.noConnections')}</p> : null}
          <ul>
            {list(c.source.connections).map((k) => (
              <li key={`${k.peer.address ?? ''}${k.since}`}>
                <span className="mono">
                  {[k.peer.address, k.peer.aeTitle, k.peer.clientId, k.peer.certificateSubject].filter(Boolean).join(' ')}
                </span>{' '}
                {word('line', k.state)} {k.peer.tls ? `TLS ${k.peer.tls}` : null} {t('exchange.carried', { n: number(k.messages) })}{' '}
                {k.lastAt ? <When at={k.lastAt} relative /> : null}
              </li>
            ))}
          </ul>
          {list(c.source.refused).length > 0 ? (
            <>
              <h3>{t('exchange.refused')}</h3>
              <ul>
                {list(c.source.refused).map((r) => (
                  <li key={`${r.at}${r.peer.address ?? ''}`}>
                    <When at={r.at} relative /> <span className="mono">{r.peer.address}</span>: <Told of={r.reason} />. <Told of={r.mend} />
                  </li>
                ))}
              </ul>
            </>
          ) : null}
          {list(c.source.advice).length > 0 ? (
            <>
              <h3>{t('exchange.advice')}</h3>
              <ul>
                {list(c.source.advice).map((a) => (
                  <li key={`${a.code}${a.peer ?? ''}`}>
                    <span className="mono">{a.peer}</span> <Told of={a.text} />: <Told of={a.mend} />
                  </li>
                ))}
              </ul>
            </>
          ) : null}
          <h3>{t('channels.definition')}</h3>
          <code className="block">{JSON.stringify(c.definition, null, 2)}</code>
        </div>
      )}
    </Loaded>
  );
}

/** Waiting shows what a channel keeps back, and what contained devices are not heard of. */
function Waiting({ channel }: { channel: string }) {
  const { t, number, told } = useWords();
  const held = useQuery({ queryKey: ['held'], queryFn: ({ signal }) => api.held(signal), refetchInterval: 5000 });
  const gaps = useQuery({ queryKey: ['gaps'], queryFn: ({ signal }) => api.gaps(signal), refetchInterval: 15_000 });
  const here = list(held.data?.items).filter((h) => h.channel === channel);
  const open = list(gaps.data?.items).filter((g) => g.channel === channel && !g.until);
  return (
    <>
      {here.map((h) => (
        <Note key={h.reason} kind="warn">
          {t('exchange.heldNow', { n: number(h.held), reason: told(h.reason) })} <When at={h.until} relative />
        </Note>
      ))}
      {open.length > 0 ? (
        <>
          <h3>{t('exchange.gaps')}</h3>
          <ul>
            {open.map((g) => (
              <li key={g.id}>
                <DeviceLink id={g.device} /> <When at={g.since} relative /> ({g.owner})
              </li>
            ))}
          </ul>
        </>
      ) : null}
    </>
  );
}

function Trial({ of }: { of: Awaited<ReturnType<typeof api.testChannel>> }) {
  const { t } = useWords();
  return (
    <Note kind={of.passed ? 'good' : 'warn'}>
      {of.passed ? t('channels.passed') : t('channels.failed')}
      <ul>
        {list(of.tests)
          .filter((r) => !r.passed)
          .map((r) => (
            <li key={r.name}>
              {r.name}: {list(r.wrong).join('; ')}
            </li>
          ))}
        {list(of.destinations)
          .filter((d) => d.error)
          .map((d) => (
            <li key={d.name}>
              {d.name}: {d.error}
            </li>
          ))}
      </ul>
    </Note>
  );
}
