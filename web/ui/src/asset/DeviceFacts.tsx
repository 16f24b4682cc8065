import { Button } from '@mantine/core';
import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import { Activity, ShieldCheck, Waypoints } from 'lucide-react';
import { api } from '../api/calls';
import { type Behaviour, type Device, list } from '../api/types';
import { Blank, When } from '../look/marks';
import { Empty, Failed, Loaded, Note } from '../look/states';
import { useMay } from '../shell/session';
import { isKey, type Speaker, useWords } from '../words/words';
import css from './device.module.css';
import { EvidenceTable } from './Device';
import { DeviceLinks } from './DeviceLinks';
import { protocolName, sourceName } from './names';
import { TakeBack } from './TakeBack';
import { said } from './said';

/** placeOf says who named a version and where; the columns of a list are called as the attributes are. */
function placeOf(words: Speaker, v: { source: string; field: string }): string {
  return `${sourceName(words, v.source)} · ${isKey(`attribute.${v.field}`) ? words.word('attribute', v.field) : v.field}`;
}

/** Posture is what the wire shows about how a device guards what it says, with the packets. */
export function Posture({ of: d }: { of: Device }) {
  const { t, word } = useWords();
  const items = list(d.posture);
  if (items.length === 0)
    return (
      <section className="card">
        <Empty icon={ShieldCheck} title={t('device.noPosture')} text={t('device.noPostureText')} />
      </section>
    );
  return (
    <section className="card">
      <p className="dim">{t('device.postureText')}</p>
      {items.map((w) => (
        <details key={w.code} className={`${css['attribute']} ${css['weakness']}`}>
          <summary>
            <span className={css['value']}>{word('posture', w.code)}</span>
            <span className="dim">
              <When at={w.last} relative />
            </span>
            <span className="dim">{t('device.evidenceCount', { n: list(w.evidence).length })}</span>
          </summary>
          <EvidenceTable of={list(w.evidence)} />
        </details>
      ))}
    </section>
  );
}

/** History is what the device was before: software, addresses. */
export function History({ of: d }: { of: Device }) {
  const words = useWords();
  const { t } = words;
  return (
    <div className="stack">
      <section className="card">
        <h2>{t('attribute.softwareVersion')}</h2>
        <Spans
          head={t('attribute.softwareVersion')}
          rows={list(d.versions).map((v) => ({ what: v.value, from: v.first, until: v.last, by: placeOf(words, v) }))}
        />
      </section>
      <section className="card">
        <h2>{t('attribute.operatingSystem')}</h2>
        <Spans
          head={t('attribute.operatingSystem')}
          rows={list(d.systems).map((v) => ({ what: v.value, from: v.first, until: v.last, by: placeOf(words, v) }))}
        />
      </section>
      <Standing of={d} />
      <BulkChanges id={d.id} />
      <DeviceLinks device={d} />
      <SaidByPersons id={d.id} />
      <section className="card">
        <h2>{t('col.addresses')}</h2>
        <Spans head={t('col.addresses')} rows={list(d.held).map((h) => ({ what: h.ip, from: h.from, until: h.until, by: h.by === 'lease' ? t('device.byLease') : t('device.bySeen') }))} />
      </section>
    </div>
  );
}

const spoken = new Set(['corrected', 'tagged', 'moved', 'merged', 'split', 'correct', 'tag', 'location', 'merge']);

/** SaidByPersons is what people said of the device, newest first. */
function SaidByPersons({ id }: { id: string }) {
  const words = useWords();
  const { t, word } = words;
  const asked = useQuery({ queryKey: ['device', id, 'timeline'], queryFn: ({ signal }) => api.timeline(id, signal) });
  return (
    <section className="card">
      <h2>{t('device.saidByPersons')}</h2>
      <Loaded of={asked} rows={2}>
        {(a) => {
          const items = list(a.items).filter((e) => e.by && spoken.has(e.kind));
          if (items.length === 0) return <p className="dim">{t('device.nobodySaid')}</p>;
          return (
            <ul className="bare stack tight">
              {items.map((e, i) => (
                <li key={i} className="row">
                  <span className="chip">{word('happening', e.kind)}</span>
                  <span className="grow">{said(words, e)}</span>
                  <span className="dim">
                    {e.by} · <When at={e.at} />
                  </span>
                </li>
              ))}
            </ul>
          );
        }}
      </Loaded>
    </section>
  );
}

/** Standing is what persons said and what therefore wins, each with its way back. */
function Standing({ of: d }: { of: Device }) {
  const { t, word } = useWords();
  const may = useMay();
  const corrected = attributes.filter((a) => list(d[a].evidence).some((e) => e.source === 'person')).map((a) => ({ name: a, value: d[a].value }));
  const placed = d.location.source === 'person';
  if (corrected.length === 0 && !placed) return null;
  return (
    <section className="card">
      <h2>{t('device.personSays')}</h2>
      <ul className="bare stack tight">
        {corrected.map((c) => (
          <li key={c.name} className="row">
            <span className="grow">
              {word('attribute', c.name)}: {c.value}
            </span>
            <TakeBack device={d.id} allowed={may('device:correct')} act={() => api.changeDevice(d.id, d.version, { corrections: { [c.name]: '' } })} />
          </li>
        ))}
        {placed ? (
          <li className="row">
            <span className="grow">
              {t('col.location')}: {[d.location.site, d.location.unit, d.location.room, d.location.bed].filter(Boolean).join(' · ')}
            </span>
            <TakeBack device={d.id} allowed={may('device:locate')} act={() => api.changeDevice(d.id, d.version, { location: {} })} />
          </li>
        ) : null}
      </ul>
    </section>
  );
}

const attributes = ['class', 'manufacturer', 'model', 'serialNumber', 'softwareVersion', 'operatingSystem'] as const;

/** BulkChanges are the changes of many of which the device was part, each to be taken back for it alone. */
function BulkChanges({ id }: { id: string }) {
  const { t } = useWords();
  const may = useMay();
  const asked = useQuery({ queryKey: ['device', id, 'changes'], queryFn: ({ signal }) => api.deviceChanges(id, signal) });
  if (asked.data && list(asked.data.items).length === 0) return null;
  return (
    <section className="card">
      <h2>{t('device.changes')}</h2>
      <p className="dim">{t('device.changesText')}</p>
      <Loaded of={asked} rows={1}>
        {(a) => (
          <ul className="bare stack tight">
            {list(a.items).map((c) => (
              <li key={c.id} className="row">
                <span className="grow">
                  {same(list(c.before.tags), list(c.before.after.tags)) ? '' : t('device.changeTags', { before: list(c.before.tags).join(', ') || '–', after: list(c.before.after.tags).join(', ') || '–' })}{' '}
                  {(c.before.location ?? '') === (c.before.after.location ?? '') ? '' : t('device.changePlace', { before: c.before.location || '–', after: c.before.after.location || '–' })}
                </span>
                {c.stands ? <TakeBack device={id} allowed={may('device:tag')} act={() => api.undoDeviceChange(id, c.id)} /> : <span className="dim">{t('device.changedSince')}</span>}
              </li>
            ))}
          </ul>
        )}
      </Loaded>
    </section>
  );
}

function same(a: readonly string[], b: readonly string[]): boolean {
  return a.length === b.length && a.every((x, i) => x === b[i]);
}

interface Span {
  what: string;
  from: string;
  until: string;
  by: string;
}

function Spans({ head, rows }: { head: string; rows: Span[] }) {
  const { t } = useWords();
  if (rows.length === 0) return <Blank />;
  return (
    // eslint-disable-next-line jsx-a11y/no-noninteractive-tabindex -- it scrolls
    <div className="scrollx" tabIndex={0} role="region" aria-label={head}>
      <table className="plain">
        <thead>
          <tr>
            <th scope="col">{head}</th>
            <th scope="col">{t('device.from')}</th>
            <th scope="col">{t('device.until')}</th>
            <th scope="col">{t('col.source')}</th>
          </tr>
        </thead>
        <tbody>
          {rows.map((r, i) => (
            <tr key={i}>
              <td className="mono">{r.what}</td>
              <td>
                <When at={r.from} />
              </td>
              <td>
                <When at={r.until} />
              </td>
              <td className="dim">{r.by}</td>
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  );
}

/** BehaviourTab is how a device is used and with whom it speaks, beside what was frozen. */
export function BehaviourTab({ id }: { id: string }) {
  const { t } = useWords();
  const use = useQuery({ queryKey: ['device', id, 'use'], queryFn: ({ signal }) => api.utilisation(id, signal) });
  const behaviour = useQuery({ queryKey: ['device', id, 'behaviour'], queryFn: ({ signal }) => api.behaviour(id, signal) });
  return (
    <div className="stack">
      <section className="card">
        <h2>{t('device.use')}</h2>
        <Loaded of={use} rows={2}>
          {(u) =>
            list(u.kinds).length === 0 ? (
              <Empty icon={Activity} title={t('device.noUse')} text={t('device.noUseText')} />
            ) : (
              <UseFacts of={u} />
            )
          }
        </Loaded>
      </section>
      <section className="card">
        <h2>{t('device.behaviour')}</h2>
        <Loaded of={behaviour} rows={4}>
          {(b) =>
            list(b.now.edges).length === 0 ? (
              <Empty icon={Waypoints} title={t('device.noConversations')} text={t('device.noConversationsText')} />
            ) : (
              <Edges id={id} of={b} />
            )
          }
        </Loaded>
      </section>
    </div>
  );
}

function UseFacts({ of: u }: { of: Awaited<ReturnType<typeof api.utilisation>> }) {
  const { t, word, number } = useWords();
  return (
    <>
      <p>{u.inUse ? <strong>{t('device.inUse')}</strong> : <span className="dim">{t('device.notInUse')}</span>}</p>
      <dl className="facts">
        {list(u.kinds).map((k) => (
          <UseFact key={k.kind} name={word('use', k.kind)} text={k.kind === 'study' ? t('device.studies', { n: k.events }) : t('device.hours', { day: number(Math.round(k.dayHours * 10) / 10), week: number(Math.round(k.weekHours * 10) / 10) })} />
        ))}
      </dl>
    </>
  );
}

function UseFact({ name, text }: { name: string; text: string }) {
  return (
    <>
      <dt>{name}</dt>
      <dd>{text}</dd>
    </>
  );
}

function Edges({ id, of: b }: { id: string; of: Behaviour }) {
  const words = useWords();
  const { t, word, bytes, number } = words;
  const may = useMay()('profile:freeze');
  const client = useQueryClient();
  const freeze = useMutation({ mutationFn: () => api.freeze(id), onSettled: () => client.invalidateQueries({ queryKey: ['device', id, 'behaviour'] }) });
  return (
    <div className="stack">
      <div className="row">
        <span className="grow dim">
          {b.frozen ? (
            <>
              {t('device.frozen')} <When at={b.frozen.frozen ?? ''} /> · {b.frozen.by}
            </>
          ) : (
            t('device.notFrozen')
          )}
        </span>
        <Button variant="default" disabled={!may} loading={freeze.isPending} onClick={() => freeze.mutate()}>
          {t('device.freeze')}
        </Button>
      </div>
      {freeze.error ? <Failed error={freeze.error} /> : null}
      {list(b.changes).map((c, i) => (
        <Note key={i} kind="warn">
          {word('change', c.kind)}: {said(words, c)}
        </Note>
      ))}
      {/* eslint-disable-next-line jsx-a11y/no-noninteractive-tabindex -- it scrolls */}
      <div className="scrollx" tabIndex={0} role="region" aria-label={t('device.behaviour')}>
        <table className="plain">
          <thead>
            <tr>
              <th scope="col">{t('device.direction')}</th>
              <th scope="col">{t('device.service')}</th>
              <th scope="col">{t('device.peer')}</th>
              <th scope="col" className="right">
                {t('device.peers')}
              </th>
              <th scope="col" className="right">
                {t('device.perDay')}
              </th>
            </tr>
          </thead>
          <tbody>
            {list(b.now.edges).map((e, i) => (
              <tr key={i}>
                <td className="dim">{t(e.role === 'client' ? 'device.opens' : 'device.opened')}</td>
                <td>
                  {e.protocol ? protocolName(words, e.protocol) : e.transport} <span className="mono dim">{e.port || ''}</span>
                </td>
                <td>{['local', 'internet', 'broadcast'].includes(e.peer) ? word('peer', e.peer) : word('class', e.peer)}</td>
                <td className="right">{number(e.peers)}</td>
                <td className="right">{bytes(e.bytesPerDay)}</td>
              </tr>
            ))}
          </tbody>
        </table>
      </div>
    </div>
  );
}
