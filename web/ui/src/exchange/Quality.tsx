import { SegmentedControl } from '@mantine/core';
import { Activity } from 'lucide-react';
import { useEffect, useMemo, useRef, useState } from 'react';
import { useQuery } from '@tanstack/react-query';
import { api } from '../api/calls';
import { type FeedQuality, list } from '../api/types';
import { DeviceLink } from '../look/DeviceLink';
import { Link } from '../look/Link';
import { When, Told } from '../look/marks';
import { Page } from '../look/Page';
import { Bones, Empty, Loaded } from '../look/states';
import { type Field, is, tryParse, write } from '../query/grammar';
import type { Column } from '../table/column';
import { DataTable } from '../table/DataTable';
import { useView } from '../table/view';
import { type Speaker, useWords } from '../words/words';
import css from './exchange.module.css';
import { ChannelLink, ShadowMark } from './ShadowMark';
import { Spark } from './Spark';

const fields: readonly Field[] = [
  { name: 'state', kind: 'word', values: ['good', 'watch', 'bad'] },
  { name: 'channel', kind: 'text' },
  { name: 'name', kind: 'text' },
  { name: 'unit', kind: 'text' },
  { name: 'device', kind: 'text' },
  { name: 'alerts', kind: 'number' },
  { name: 'silent', kind: 'word', values: ['true', 'false'] },
  { name: 'live', kind: 'word', values: ['true', 'false'] },
  { name: 'shadow', kind: 'word', values: ['true', 'false'] },
];

/** StateMark is the state of a feed as shape, colour and word. */
function StateMark({ of }: { of: FeedQuality['state'] }) {
  const { word } = useWords();
  const shape = { good: '○', watch: '△', bad: '◆' }[of];
  return (
    <span className={css[of]}>
      <span aria-hidden="true">{shape}</span> {word('feed', of)}
    </span>
  );
}

/** clockOf writes how far a clock is off: ahead is positive, as people say it. */
function clockOf({ number }: Speaker, f: FeedQuality): string {
  if (f.skewSeen < 5) return '';
  const off = Math.abs(f.skewSeconds) < 10 ? Math.round(-f.skewSeconds * 10) / 10 : Math.round(-f.skewSeconds);
  return `${off > 0 ? '+' : ''}${number(off || 0)} s`; // no negative zero
}

function everyOf({ number }: Speaker, f: FeedQuality): string {
  if (!f.patienceSeconds) return '';
  const s = f.everySeconds;
  return s < 120 ? `${number(Math.round(s * 10) / 10)} s` : `${number(Math.round(s / 60))} min`;
}

/** channelOf is the channel of a feed, or the listener that is only overheard. */
function channelOf(f: FeedQuality) {
  return f.shadow ? (
    // The mark first: a long name is cut at its end.
    <span title={f.channel}>
      <ShadowMark /> {f.channel.replace(/^shadow-/, '')}
    </span>
  ) : (
    f.channel
  );
}

/** Carried chooses between what channels carry and what is only overheard. */
function Carried() {
  const { t } = useWords();
  const [view, setView] = useView();
  const terms = tryParse(view.filter);
  const chosen = terms.find((x) => x.field === 'shadow' && !x.not)?.values.join() ?? '';
  return (
    <SegmentedControl
      size="xs"
      aria-label={t('quality.carried')}
      value={chosen === 'false' || chosen === 'true' ? chosen : 'true,false'}
      onChange={(v) => setView({ row: '', filter: write([...terms.filter((x) => x.field !== 'shadow'), { ...is('shadow', v), values: v.split(',') }]) })}
      data={[
        { value: 'false', label: t('quality.inPath') },
        { value: 'true', label: t('quality.overheard') },
        { value: 'true,false', label: t('quality.all') },
      ]}
    />
  );
}

function columnsOf(words: Speaker): Column<FeedQuality>[] {
  const { t, number, word } = words;
  const share = (f: FeedQuality) => (f.worst ? `${word('objective', f.worst.objective)} ${number(Math.max(0, Math.round(100 * f.worst.left)))} %` : '');
  const trouble = (f: FeedQuality) => f.today.duplicates + f.today.units + f.today.implausible + f.today.stuck + f.today.incomplete + f.today.drifted;
  return [
    { id: 'state', header: t('col.status'), width: 110, weight: 0.4, sort: 'state', cell: (f) => <StateMark of={f.state} />, text: (f) => f.state },
    { id: 'name', header: t('quality.feed'), width: 170, sort: 'name', cell: (f) => <span className="mono">{f.name}</span>, text: (f) => f.name },
    { id: 'channel', header: t('message.channel'), width: 170, sort: 'channel', cell: (f) => channelOf(f), text: (f) => f.channel },
    { id: 'shadow', header: t('shadow.mark'), width: 90, off: true, sort: 'shadow', cell: (f) => (f.shadow ? <ShadowMark /> : ''), text: (f) => String(f.shadow) },
    { id: 'spark', header: t('quality.day'), width: 140, weight: 0.6, cell: (f) => <Spark of={list(f.spark)} />, text: (f) => list(f.spark).join(' ') },
    { id: 'last', header: t('quality.last'), width: 120, weight: 0.5, sort: 'last', cell: (f) => <When at={f.last} relative />, text: (f) => f.last },
    { id: 'every', header: t('quality.every'), width: 90, weight: 0.3, right: true, cell: (f) => everyOf(words, f), text: (f) => String(f.everySeconds) },
    { id: 'clock', header: t('quality.clock'), width: 100, weight: 0.3, right: true, cell: (f) => clockOf(words, f), text: (f) => String(-f.skewSeconds) },
    { id: 'trouble', header: t('quality.trouble'), width: 90, weight: 0.3, right: true, cell: (f) => number(trouble(f)), text: (f) => String(trouble(f)) },
    { id: 'left', header: t('quality.left'), width: 160, weight: 0.8, cell: (f) => share(f), text: share },
    { id: 'alerts', header: t('quality.alerts'), width: 105, weight: 0.3, right: true, sort: 'alerts', cell: (f) => number(f.alerts), text: (f) => String(f.alerts) },
    { id: 'unit', header: t('col.unit'), width: 110, off: true, sort: 'unit', cell: (f) => f.unit ?? '', text: (f) => f.unit ?? '' },
  ];
}

/**
 * useOwnFirst opens the board on the feeds that channels carry, where nothing
 * else is asked for and there are such: what is only overheard is many times
 * more. It returns whether that is still being looked up.
 */
function useOwnFirst(): boolean {
  const [view, setView] = useView();
  const [fresh] = useState(view.filter === '');
  const done = useRef(false);
  const own = useQuery({ queryKey: ['quality', 'own'], queryFn: ({ signal }) => api.feedsQuality({ filter: 'shadow:false', limit: 1 }, signal), enabled: fresh });
  const found = own.data?.total;
  useEffect(() => {
    if (done.current || found === undefined) return;
    done.current = true; // who clears the filter afterwards means all
    if (found > 0) setView({ filter: 'shadow:false' });
  }, [found, setView]);
  return fresh && own.isPending;
}

/** Quality is the board of feeds: who speaks as they should and who does not. */
export function Quality() {
  const undecided = useOwnFirst();
  const words = useWords();
  const { t } = words;
  const columns = useMemo(() => columnsOf(words), [words]);
  return (
    <Page full title={t('nav.quality')} text={t('quality.text')} actions={<Link href="/quality-alerts">{t('nav.qualityAlerts')}</Link>}>
      <Doctor />
      <Carried />
      {undecided ? (
        <Bones />
      ) : (
        <DataTable
          name="quality"
          label={t('nav.quality')}
          columns={columns}
          fields={fields}
          fetch={api.feedsQuality}
          id={(f) => f.id}
          title={(f) => f.name}
          side={(id) => <One id={id} />}
          live="message"
          empty={<Empty icon={Activity} title={t('quality.empty')} text={t('quality.emptyText')} />}
        />
      )}
    </Page>
  );
}

/** Doctor shows what doors see on the wire, with its mend. */
function Doctor() {
  const { t } = useWords();
  const asked = useQuery({ queryKey: ['wire'], queryFn: ({ signal }) => api.wireAdvice(signal), refetchInterval: 15_000 });
  const advice = list(asked.data?.items);
  if (advice.length === 0) return null;
  return (
    <section className="card" aria-label={t('exchange.advice')}>
      <h2>{t('exchange.advice')}</h2>
      <ul>
        {advice.slice(0, 6).map((a) => (
          <li key={`${a.channel}${a.way}${a.code}${a.peer ?? ''}`}>
            <Link href={`/channels?filter=name:${a.channel}`}>{a.channel}</Link> <span className="mono">{a.peer}</span> <Told of={a.text} />: <Told of={a.mend} />
          </li>
        ))}
      </ul>
    </section>
  );
}

const counted = ['received', 'duplicates', 'units', 'implausible', 'stuck', 'incomplete', 'skewed', 'drifted', 'rejected'] as const;

function One({ id }: { id: string }) {
  const words = useWords();
  const { t, number, word } = words;
  const asked = useQuery({ queryKey: ['quality', id], queryFn: ({ signal }) => api.feedQuality(id, signal), refetchInterval: 10_000 });
  return (
    <Loaded of={asked} rows={8}>
      {(f) => (
        <div className="stack">
          <StateMark of={f.state} />
          <dl className="facts">
            <dt>{t('message.channel')}</dt>
            <dd>
              <ChannelLink name={f.channel} shadow={f.shadow} />
            </dd>
            {f.device ? (
              <>
                <dt>{t('col.device')}</dt>
                <dd>
                  <DeviceLink id={f.device} />
                </dd>
              </>
            ) : null}
            <dt>{t('quality.last')}</dt>
            <dd>
              <When at={f.last} />
            </dd>
            <dt>{t('quality.every')}</dt>
            <dd>{everyOf(words, f) || t('quality.learning')}</dd>
            <dt>{t('quality.clock')}</dt>
            <dd>{clockOf(words, f) || t('quality.learning')}</dd>
          </dl>
          <h3>{t('quality.day')}</h3>
          <Spark of={list(f.spark)} wide />
          <dl className="facts">
            {counted.map((c) => (
              <FactRow key={c} name={word('counted', c)} value={number(f.today[c])} />
            ))}
          </dl>
          <h3>{t('quality.objectives')}</h3>
          <ul>
            {list(f.budgets)
              .filter((b) => b.state !== 'none')
              .map((b) => (
                <li key={b.objective}>
                  {word('objective', b.objective)}: {t('quality.reached', { good: number(Math.round(1000 * 100 * b.good) / 1000), target: number(100 * b.target), days: number(b.days) })}{' '}
                  <span className="dim">{t('quality.budget', { left: number(Math.max(0, Math.round(100 * b.left))), state: word('budget', b.state) })}</span>
                </li>
              ))}
          </ul>
          {list(f.open).length > 0 ? (
            <>
              <h3>{t('nav.qualityAlerts')}</h3>
              <ul>
                {list(f.open).map((a) => (
                  <li key={a.id}>
                    {word('trouble', a.kind)}: <Told of={a.text} /> <Link href={`/quality-alerts?row=${a.id}`}>{t('quality.look')}</Link>
                  </li>
                ))}
              </ul>
            </>
          ) : null}
        </div>
      )}
    </Loaded>
  );
}

function FactRow({ name, value }: { name: string; value: string }) {
  return (
    <>
      <dt>{name}</dt>
      <dd>{value}</dd>
    </>
  );
}
