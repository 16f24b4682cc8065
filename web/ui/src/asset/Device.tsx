import { Tabs } from '@mantine/core';
import { useQuery, useQueryClient } from '@tanstack/react-query';
import { useNavigate, useParams, useSearch } from '@tanstack/react-router';
import { GitCompareArrows } from 'lucide-react';
import { Fragment } from 'react';
import { api } from '../api/calls';
import { type AttributeName, attributeNames, type Device, type Evidence, list } from '../api/types';
import { Link } from '../look/Link';
import { Blank, ClaimText, Seen, StatusMark, SureText, When } from '../look/marks';
import { Page } from '../look/Page';
import { Loaded, Note } from '../look/states';
import { useFollow } from '../shell/live';
import { useMay } from '../shell/session';
import { type Key, useWords } from '../words/words';
import css from './device.module.css';
import { DeviceActions } from './DeviceActions';
import { DeviceDocuments, DeviceExchange } from './DeviceData';
import { BehaviourTab, History, Posture } from './DeviceFacts';
import { DeviceLinks } from './DeviceLinks';
import { newest, protocolName, sourceName } from './names';
import { EgoMap } from './EgoMap';
import { Conversations, Exposures, Timeline } from './DeviceTabs';
import { Belonging } from './Belonging';
import { Correcting } from './Correcting';
import { SystemLife } from './SystemLife';
import { fullPlace } from './place';
import { fieldName, spotText } from './said';

const tabs = ['identity', 'timeline', 'exposures', 'conversations', 'posture', 'behaviour', 'exchange', 'documents', 'history'] as const;
type Tab = (typeof tabs)[number];
const tabNames: Record<Tab, Key> = {
  identity: 'device.identity',
  timeline: 'device.timeline',
  exposures: 'device.exposures',
  conversations: 'device.conversations',
  posture: 'device.posture',
  behaviour: 'device.behaviourTab',
  exchange: 'device.exchange',
  documents: 'documents.title',
  history: 'device.history',
};

/** DevicePage is one device: what it is, why we believe so, what exposes it. */
export function DevicePage() {
  const { t } = useWords();
  const { id = '' }: { id?: string } = useParams({ strict: false });
  const search: Record<string, unknown> = useSearch({ strict: false });
  const navigate = useNavigate();
  const client = useQueryClient();
  const device = useQuery({ queryKey: ['device', id], queryFn: ({ signal }) => api.device(id, signal) });
  useFollow('device', (h) => {
    if (typeof h.data === 'object' && h.data !== null && Reflect.get(h.data, 'id') === id) {
      void client.invalidateQueries({ queryKey: ['device', id] });
    }
  });
  const tab = tabs.find((x) => x === search['tab']) ?? 'identity';
  return (
    <Loaded of={device} rows={12}>
      {(d) => (
        <Page title={d.name} text={<Headline of={d} />} actions={<DeviceActions device={d} />}>
          <Tabs
            value={tab}
            onChange={(next) => void navigate({ to: '.', search: next && next !== 'identity' ? { tab: next } : {}, replace: true })}
            keepMounted={false}
          >
            <Tabs.List>
              {tabs.map((x) => (
                <Tabs.Tab key={x} value={x}>
                  {t(tabNames[x])}
                </Tabs.Tab>
              ))}
            </Tabs.List>
            <div className={css['tab']}>
              <Tabs.Panel value="identity">
                <Identity of={d} />
              </Tabs.Panel>
              <Tabs.Panel value="timeline">
                <Timeline id={id} />
              </Tabs.Panel>
              <Tabs.Panel value="exposures">
                <Exposures id={id} />
              </Tabs.Panel>
              <Tabs.Panel value="conversations">
                <div className="stack">
                  <EgoMap device={d} />
                  <Conversations id={id} />
                </div>
              </Tabs.Panel>
              <Tabs.Panel value="posture">
                <Posture of={d} />
              </Tabs.Panel>
              <Tabs.Panel value="behaviour">
                <BehaviourTab id={id} />
              </Tabs.Panel>
              <Tabs.Panel value="exchange">
                <DeviceExchange id={id} />
              </Tabs.Panel>
              <Tabs.Panel value="documents">
                <DeviceDocuments of={d} />
              </Tabs.Panel>
              <Tabs.Panel value="history">
                <History of={d} />
              </Tabs.Panel>
            </div>
          </Tabs>
        </Page>
      )}
    </Loaded>
  );
}

function Headline({ of: d }: { of: Device }) {
  const { t, word } = useWords();
  const place = fullPlace(d.location);
  return (
    <span className="row">
      {d.class.status === 'unknown' ? t('device.unknownClass') : word('class', d.class.value)}
      <span aria-hidden="true">·</span>
      {place || t('device.nowhere')}
      <span aria-hidden="true">·</span>
      {word('presence', d.state)}
      <span aria-hidden="true">·</span>
      <span>
        {d.rhythm.heard ? (
          <>
            {t('device.heardLast')} <When at={d.rhythm.heard} relative />
          </>
        ) : (
          t('device.neverHeard')
        )}
      </span>
      {list(d.tags).map((tag) => (
        <span key={tag} className="chip">
          {tag}
        </span>
      ))}
    </span>
  );
}

function Identity({ of: d }: { of: Device }) {
  const words = useWords();
  const { t } = words;
  const conflicts = list(d.conflicts);
  return (
    <div className={css['columns']}>
      <div className="stack">
        {conflicts.map((c) => (
          <section key={c.attribute} className={`card ${css['conflict']}`}>
            <div className="cardhead">
              <h2 className="row">
                <GitCompareArrows size={16} aria-hidden="true" />
                {t('device.conflict', { attribute: t(attributeKey(c.attribute)) })}
              </h2>
            </div>
            <p className="dim">{t(c.attribute === 'hostname' ? 'device.conflictName' : valueOf(d, c.attribute)?.value ? 'device.conflictWon' : 'device.conflictText')}</p>
            <div className={css['rivals']}>
              {list(c.values).map((v) => (
                <RivalCard key={v.value} value={c.attribute === 'class' ? words.word('class', v.value) : v.value} evidence={list(v.evidence)} />
              ))}
            </div>
          </section>
        ))}
        <section className="card">
          <h2>{t('device.why')}</h2>
          {attributeNames.map((name) => (
            <Attribute key={name} name={name} of={d} />
          ))}
          <Whereabouts of={d} />
        </section>
      </div>
      <div className="stack">
        <section className="card">
          <h2>{t('col.location')}</h2>
          {fullPlace(d.location) ? (
            <>
              <p className={css['big']}>{fullPlace(d.location)}</p>
              {d.location.unit && !d.location.listed ? (
                <p className="dim">
                  {t('places.notOn')} <Link href="/locations?filter=listed:no">{t('nav.locations')}</Link>
                </p>
              ) : null}
              <p className="row dim">
                <StatusMark of={d.location.status} />
                {d.location.source ? t('device.said', { source: sourceName(words, d.location.source) }) : ''}
                {d.location.seen ? <When at={d.location.seen} relative /> : null}
              </p>
              {d.elsewhere ? <Note>{t('device.elsewhere', { place: spotText(words, list(d.elsewhere.values).at(-1)?.value ?? '') })}</Note> : null}
              {d.location.precision === 'stale' ? <Note kind="warn">{t('device.stale')}</Note> : null}
            </>
          ) : (
            <Note>{t('device.nowhereText')}</Note>
          )}
        </section>
        <SystemLife of={d} />
        <Belonging id={d.id} />
        <DeviceLinks device={d} />
        <section className="card">
          <h2>{t('device.network')}</h2>
          <dl className="facts">
            <Many name={t('col.macs')} of={d.macs} mono />
            <Many name={t('col.addresses')} of={d.addresses} mono />
            <Many name={t('col.hostnames')} of={d.hostnames} mono />
            <Many name={t('col.protocols')} of={list(d.protocols).map((p) => protocolName(words, p))} />
            <Many name={t('col.roles')} of={d.roles} />
            <dt>{t('col.attachment')}</dt>
            <dd>
              <ClaimText of={d.attachment} />
            </dd>
            <dt>{t('col.assetTag')}</dt>
            <dd className="mono">{d.assetTag || <Blank />}</dd>
            {d.behind ? (
              <>
                <dt>{t('device.behind')}</dt>
                <dd>
                  <Link href={`/devices/${encodeURIComponent(d.behind)}`} className="mono">
                    {d.behind}
                  </Link>
                </dd>
              </>
            ) : null}
            <dt>{t('col.firstSeen')}</dt>
            <dd>
              <Seen at={d.firstSeen} reported={newest(d.reports)} />
            </dd>
            <dt>{t('col.lastSeen')}</dt>
            <dd>
              <Seen at={d.lastSeen} reported={newest(d.reports)} />
            </dd>
            {list(d.reports).map((r) => (
              <Fragment key={r.by}>
                <dt>{words.word('reportBy', r.by)}</dt>
                <dd>
                  <When at={r.at} />
                </dd>
              </Fragment>
            ))}
            <dt>{t('device.id')}</dt>
            <dd className="mono">{d.id}</dd>
          </dl>
        </section>
      </div>
    </div>
  );
}

/** valueOf is what is believed of an attribute in spite of a conflict; empty where neither side is. */
function valueOf(d: Device, attribute: string) {
  const name = attributeNames.find((a) => a === attribute);
  const claim = name ? d[name] : undefined;
  return claim && claim.status !== 'conflict' && claim.status !== 'unknown' ? claim : undefined;
}

export function attributeKey(name: string): Key {
  const known = attributeNames.find((a) => a === name);
  return known ? `attribute.${known}` : name === 'hostname' ? 'attribute.hostname' : name === 'location' ? 'col.location' : 'col.attribute';
}

function Many({ name, of, mono = false }: { name: string; of: string[] | null | undefined; mono?: boolean }) {
  const items = list(of);
  return (
    <>
      <dt>{name}</dt>
      <dd className={mono ? 'mono' : ''}>{items.length > 0 ? items.map((x) => <div key={x}>{x}</div>) : <Blank />}</dd>
    </>
  );
}

/** Whereabouts is what says where it stands. */
function Whereabouts({ of: d }: { of: Device }) {
  const { t } = useWords();
  const evidence = list(d.locationEvidence);
  if (evidence.length === 0) return null;
  return (
    <details className={css['attribute']}>
      <summary>
        <span className={css['what']}>{t('col.location')}</span>
        <span className={css['value']}>{fullPlace(d.location)}</span>
        <StatusMark of={d.location.status} />
        <span className="dim">{t('device.evidenceCount', { n: evidence.length })}</span>
      </summary>
      <EvidenceTable of={evidence} />
    </details>
  );
}

function Attribute({ name, of: d }: { name: AttributeName; of: Device }) {
  const { t } = useWords();
  const claim = d[name];
  const evidence = list(claim?.evidence);
  const may = useMay();
  return (
    <details className={css['attribute']}>
      <summary>
        <span className={css['what']}>{t(`attribute.${name}`)}</span>
        <span className={css['value']}>
          <ClaimText of={claim} group={name === 'class' ? 'class' : undefined} />
        </span>
        {claim && claim.status !== 'unknown' ? (
          <>
            {claim.value ? <StatusMark of={claim.status} /> : null}
            <span className="dim">
              {t('device.evidenceCount', { n: evidence.length })} <SureText of={claim.sure} />
            </span>
          </>
        ) : (
          <span className={`dim ${css['rest']}`}>{t('device.noEvidence')}</span>
        )}
      </summary>
      <div className="stack tight">
        {evidence.length > 0 ? <EvidenceTable of={evidence} /> : <p className="dim">{t(may('device:correct') ? 'device.noEvidenceText' : 'device.noEvidence')}</p>}
        <Correcting name={name} of={d} />
      </div>
    </details>
  );
}

function RivalCard({ value, evidence }: { value: string; evidence: Evidence[] }) {
  const words = useWords();
  const { t } = words;
  return (
    <div className={css['rival']}>
      <strong>{value}</strong>
      <ul>
        {evidence.map((e, i) => (
          <li key={i}>
            <span title={e.source}>{sourceName(words, e.source)}</span> <span className={e.named ? 'dim' : 'mono dim'}>{fieldName(words, e)}</span>
            {e.packet ? <span className="dim"> · {t(placeOf(e), { n: e.packet })}</span> : null}
          </li>
        ))}
      </ul>
    </div>
  );
}

/** placeOf says in what evidence lies: a row of a file, an entry of a Bundle, or a packet. */
function placeOf(e: Evidence): 'device.row' | 'device.entry' | 'device.packet' {
  if (e.source === 'cloud.fhir') return 'device.entry';
  return e.source === 'cmms' || e.source.startsWith('lease') || e.source === 'cloud.csv' || /\.(csv|xlsx)$/i.test(e.capture ?? '') ? 'device.row' : 'device.packet';
}

/** strengthOf is the weight of evidence in a word: strong confirms alone, fair makes likely. A share it is not. */
function strengthOf(weight: number): 'strong' | 'fair' | 'weak' {
  return weight >= 0.9 ? 'strong' : weight >= 0.6 ? 'fair' : 'weak';
}

/** EvidenceTable lists each claim with the packet it came from. */
export function EvidenceTable({ of }: { of: Evidence[] }) {
  const words = useWords();
  const { t, number } = words;
  return (
    // eslint-disable-next-line jsx-a11y/no-noninteractive-tabindex -- it scrolls
    <div className="scrollx" tabIndex={0} role="region" aria-label={t('device.evidence')}>
      <table className="plain">
        <thead>
          <tr>
            <th scope="col">{t('col.source')}</th>
            <th scope="col">{t('device.field')}</th>
            <th scope="col">{t('device.says')}</th>
            <th scope="col">{t('device.weight')}</th>
            <th scope="col">{t('device.raw')}</th>
            <th scope="col">{t('device.found')}</th>
            <th scope="col">{t('col.lastSeen')}</th>
          </tr>
        </thead>
        <tbody>
          {of.map((e, i) => (
            <tr key={i}>
              <td title={e.source}>{sourceName(words, e.source)}</td>
              <td className={e.named ? undefined : 'mono'}>{fieldName(words, e)}</td>
              <td>{e.value}</td>
              <td>{t(`strength.${strengthOf(e.weight)}`)}</td>
              <td className="mono dim">{e.raw || e.value}</td>
              <td>
                {e.capture ? <div className="mono">{e.capture}</div> : null}
                {e.packet ? t(placeOf(e), { n: e.packet }) : null}
                {e.packet && e.offset ? ` · ${t(e.frame ? 'device.offsetFrame' : 'device.offset', { n: e.offset })}` : null}
                {e.count && e.count > 1 ? <span className="dim"> × {number(e.count)}</span> : null}
              </td>
              <td>
                <When at={e.lastSeen ?? e.time} relative />
              </td>
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  );
}
