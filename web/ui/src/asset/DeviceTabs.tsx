import { useQuery } from '@tanstack/react-query';
import { ArrowDownLeft, ArrowUpRight, Clock, Network, ShieldCheck } from 'lucide-react';
import { useState } from 'react';
import { NativeSelect } from '@mantine/core';
import { api } from '../api/calls';
import { list } from '../api/types';
import { Link } from '../look/Link';
import { KevMark, SeverityMark, VerdictMark, When, Told } from '../look/marks';
import { Empty, Loaded } from '../look/states';
import { useWords } from '../words/words';
import css from './device.module.css';
import { protocolName } from './names';
import { said } from './said';

/** Timeline is what happened to a device, newest first. */
export function Timeline({ id }: { id: string }) {
  const words = useWords();
  const { t, word } = words;
  const [kind, setKind] = useState('');
  const asked = useQuery({ queryKey: ['device', id, 'timeline'], queryFn: ({ signal }) => api.timeline(id, signal) });
  return (
    <section className="card">
      <Loaded of={asked} rows={5}>
        {(a) => {
          const items = list(a.items);
          const kinds = [...new Set(items.map((x) => x.kind))].sort();
          if (items.length === 0) return <Empty icon={Clock} title={t('device.noTimeline')} text={t('device.noTimelineText')} />;
          return (
            <div className="stack">
              <NativeSelect
                className="kinds"
                label={t('device.kind')}
                value={kind}
                onChange={(e) => setKind(e.currentTarget.value)}
                data={[{ value: '', label: t('act.all') }, ...kinds.map((k) => ({ value: k, label: word('happening', k) }))]}
              />
              <ol className={css['timeline']}>
                {items
                  .filter((x) => kind === '' || x.kind === kind)
                  .map((x, i) => (
                    <li key={i}>
                      <span className="dim">
                        <When at={x.at} />
                      </span>
                      <div>
                        <span className="chip">{word('happening', x.kind)}</span> {said(words, x)}
                        {x.by ? <span className="dim"> · {x.by}</span> : null}
                      </div>
                    </li>
                  ))}
              </ol>
            </div>
          );
        }}
      </Loaded>
    </section>
  );
}

/** Exposures are the flaws of a device, undecidable ones with their reason. */
export function Exposures({ id }: { id: string }) {
  const { t } = useWords();
  const asked = useQuery({ queryKey: ['device', id, 'exposures'], queryFn: ({ signal }) => api.exposures(id, signal) });
  return (
    <section className="card">
      <Loaded of={asked} rows={5}>
        {(a) =>
          list(a.items).length === 0 ? (
            <Empty icon={ShieldCheck} title={t('device.noExposures')} text={t('device.noExposuresText')} />
          ) : (
            // eslint-disable-next-line jsx-a11y/no-noninteractive-tabindex -- it scrolls
            <div className="scrollx" tabIndex={0} role="region" aria-label={t('device.exposures')}>
              <table className="plain">
                <thead>
                  <tr>
                    <th scope="col">{t('col.vulnerability')}</th>
                    <th scope="col">{t('col.severity')}</th>
                    <th scope="col">{t('col.status')}</th>
                    <th scope="col">{t('col.reason')}</th>
                  </tr>
                </thead>
                <tbody>
                  {list(a.items).map((x) => (
                    <tr key={x.finding}>
                      <td>
                        <Link href={`/findings/${encodeURIComponent(x.finding)}`}>{x.vulnerability}</Link>
                        {x.kev ? <KevMark /> : null}
                        <div className="dim">{x.title}</div>
                      </td>
                      <td>
                        <SeverityMark of={x.severity} score={x.score} />
                      </td>
                      <td>
                        <VerdictMark of={x.status} />
                      </td>
                      <td><Told of={x.reason} /></td>
                    </tr>
                  ))}
                </tbody>
              </table>
            </div>
          )
        }
      </Loaded>
    </section>
  );
}

/** Conversations are whom a device talks with, how, and how much. */
export function Conversations({ id }: { id: string }) {
  const words = useWords();
  const { t, bytes } = words;
  const asked = useQuery({ queryKey: ['device', id, 'conversations'], queryFn: ({ signal }) => api.conversations(id, signal) });
  return (
    <section className="card">
      <Loaded of={asked} rows={5}>
        {(a) =>
          list(a.items).length === 0 ? (
            <Empty icon={Network} title={t('device.noConversations')} text={t('device.noConversationsText')} />
          ) : (
            // eslint-disable-next-line jsx-a11y/no-noninteractive-tabindex -- it scrolls
            <div className="scrollx" tabIndex={0} role="region" aria-label={t('device.conversations')}>
              <table className="plain">
                <thead>
                  <tr>
                    <th scope="col">{t('device.peer')}</th>
                    <th scope="col">{t('device.direction')}</th>
                    <th scope="col">{t('device.service')}</th>
                    <th scope="col" className="right">
                      {t('device.sent')}
                    </th>
                    <th scope="col" className="right">
                      {t('device.received')}
                    </th>
                    <th scope="col">{t('col.lastSeen')}</th>
                  </tr>
                </thead>
                <tbody>
                  {list(a.items).map((c, i) => {
                    const out = c.direction === 'out' || c.direction === 'outbound';
                    return (
                      <tr key={i}>
                        <td>
                          {c.peer.deviceId ? (
                            <Link href={`/devices/${encodeURIComponent(c.peer.deviceId)}`}>{c.peer.name || c.peer.address}</Link>
                          ) : (
                            c.peer.name || ''
                          )}{' '}
                          <span className="mono dim">{c.peer.address}</span>
                        </td>
                        <td className="dim">
                          {out ? <ArrowUpRight size={14} aria-hidden="true" /> : <ArrowDownLeft size={14} aria-hidden="true" />}{' '}
                          {t(out ? 'device.opens' : 'device.opened')}
                        </td>
                        <td>
                          {c.protocol ? protocolName(words, c.protocol) : ''} <span className="mono dim">{[c.transport, c.port || ''].filter(Boolean).join('/')}</span>
                        </td>
                        <td className="right">{bytes(c.bytesUp)}</td>
                        <td className="right">{bytes(c.bytesDown)}</td>
                        <td>
                          <When at={c.last} relative />
                        </td>
                      </tr>
                    );
                  })}
                </tbody>
              </table>
            </div>
          )
        }
      </Loaded>
    </section>
  );
}
