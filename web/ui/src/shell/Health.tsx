import { Popover, UnstyledButton } from '@mantine/core';
import { useQuery } from '@tanstack/react-query';
import { api } from '../api/calls';
import { list } from '../api/types';
import { Link } from '../look/Link';
import { Loaded } from '../look/states';
import { type Key, useWords } from '../words/words';
import { useMay } from './session';
import css from './shell.module.css';

type State = 'good' | 'warn' | 'bad' | 'unknown';
const words: Record<State, Key> = { good: 'health.good', warn: 'health.warn', bad: 'health.bad', unknown: 'word.unknown' };
const shapes: Record<State, string> = { good: '●', warn: '▲', bad: '■', unknown: '○' };

/** Health is one dot for how Bedrail itself is doing, and why. */
export function Health() {
  const { t, percent, number, bytes, told } = useWords();
  const may = useMay();
  const system = useQuery({ queryKey: ['system'], queryFn: ({ signal }) => api.system(signal), enabled: may('system:read'), refetchInterval: 30_000 });
  const feeds = useQuery({ queryKey: ['feeds'], queryFn: ({ signal }) => api.feeds(signal), enabled: may('feed:read'), refetchInterval: 300_000 });
  const sensors = useQuery({ queryKey: ['list', 'sensors', 'health'], queryFn: ({ signal }) => api.sensors({ limit: 500 }, signal), enabled: may('system:read') && may('sensor:read'), refetchInterval: 30_000 });
  if (!may('system:read')) return null;
  const s = system.data;
  const capture = list(s?.capture);
  const packets = capture.reduce((sum, c) => sum + c.packets, 0);
  const dropped = capture.reduce((sum, c) => sum + c.dropped, 0);
  const lost = packets + dropped > 0 ? dropped / (packets + dropped) : 0;
  const stale = list(feeds.data?.items).filter((f) => f.stale).length;
  const rows: { name: Key; state: State; text: string }[] = [
    { name: 'health.capture', state: !s || capture.length === 0 ? 'unknown' : capture.some((c) => c.error) || lost > 0.01 ? 'bad' : lost > 0 ? 'warn' : 'good', text: capture.length === 0 ? t('health.noCapture') : t('health.lost', { share: percent(lost), n: dropped }) },
    { name: 'health.feeds', state: !feeds.data ? 'unknown' : stale > 0 ? 'warn' : 'good', text: stale > 0 ? t('health.stale', { n: stale }) : t('health.feedCount', { n: list(feeds.data?.items).length }) },
    { name: 'health.disk', state: !s ? 'unknown' : s.disk.state === 'ok' ? 'good' : s.disk.state === 'low' ? 'warn' : 'bad', text: s ? t('health.free', { free: bytes(s.disk.free) }) : '' },
    { name: 'health.store', state: !s ? 'unknown' : s.store.readOnly ? 'bad' : 'good', text: s?.store.readOnly ? told(s.store.why) : t('health.writable') },
    { name: 'health.stream', state: !s ? 'unknown' : s.bus.state === 'down' ? 'bad' : s.bus.state === 'behind' ? 'warn' : 'good', text: s ? t('health.waiting', { n: number(s.bus.pending) }) : '' },
  ];
  const watching = list(sensors.data?.items).filter((x) => x.state !== 'revoked' && x.state !== 'invited');
  const ill = watching.filter((x) => list(x.alarms).length > 0);
  if (watching.length > 0) {
    const state = ill.some((x) => x.state === 'silent') ? 'bad' : ill.length > 0 ? 'warn' : 'good';
    rows.push({ name: 'health.sensors', state, text: ill.length > 0 ? t('health.sensorsIll', { n: ill.length }) : t('health.sensorsWell', { n: watching.length }) });
  }
  const worst: State = system.error ? 'bad' : rows.some((r) => r.state === 'bad') ? 'bad' : rows.some((r) => r.state === 'warn') ? 'warn' : s ? 'good' : 'unknown';
  return (
    <Popover position="bottom-end" trapFocus width={340}>
      <Popover.Target>
        <UnstyledButton className={`${css['dot']} ${css[worst]}`} aria-label={`${t('health.title')}: ${t(words[worst])}`} title={t('health.title')}>
          <span aria-hidden="true">{shapes[worst]}</span>
        </UnstyledButton>
      </Popover.Target>
      <Popover.Dropdown aria-label={t('health.title')}>
        <Loaded of={system} rows={3}>
          {() => (
            <div className="stack tight">
              <strong>{t('health.title')}</strong>
              <dl className="facts">
                {rows.map((r) => (
                  <div key={r.name} className={css['fact']}>
                    <dt>{t(r.name)}</dt>
                    <dd>
                      <span className={css[r.state]} aria-hidden="true">
                        {shapes[r.state]}
                      </span>{' '}
                      {t(words[r.state])}
                      <span className="dim"> · {r.text}</span>
                    </dd>
                  </div>
                ))}
              </dl>
              <Link href="/system">{t('nav.system')}</Link>
            </div>
          )}
        </Loaded>
      </Popover.Dropdown>
    </Popover>
  );
}
