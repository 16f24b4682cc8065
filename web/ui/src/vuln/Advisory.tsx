import { Button, SegmentedControl } from '@mantine/core';
import { useQuery, useQueryClient } from '@tanstack/react-query';
import { useParams } from '@tanstack/react-router';
import { Printer, ShieldOff } from 'lucide-react';
import { useState } from 'react';
import { api } from '../api/calls';
import { Problem } from '../api/client';
import { type Advisory, list } from '../api/types';
import { Link } from '../look/Link';
import { Blank, KevMark, SeverityMark, VerdictMark, When, Told } from '../look/marks';
import { Page } from '../look/Page';
import { Empty, Loaded, Note } from '../look/states';
import { useFollow } from '../shell/live';
import { useWords } from '../words/words';
import { BindControl, ControlTable } from './Controls';
import { DecideButton } from './Decide';
import { Ranked, UrgencyMark } from './Ranking';
import css from './vuln.module.css';

/** AdvisoryPage is all that is known of one weakness, on one page that can be printed. */
export function AdvisoryPage() {
  const { id = '' }: { id?: string } = useParams({ strict: false });
  const { t } = useWords();
  const client = useQueryClient();
  const asked = useQuery({
    queryKey: ['advisory', id],
    queryFn: ({ signal }) => api.advisory(id, signal),
    retry: (n, error) => n < 2 && !(error instanceof Problem && error.status === 404),
  });
  useFollow('finding', () => void client.invalidateQueries({ queryKey: ['advisory', id] }));
  if (asked.error instanceof Problem && asked.error.status === 404) {
    return (
      <Page title={id}>
        <Empty icon={ShieldOff} title={t('advisory.unknown')} text={t('advisory.unknownText')}>
          <Link href="/feeds">{t('nav.feeds')}</Link>
        </Empty>
      </Page>
    );
  }
  return <Loaded of={asked} rows={14}>{(a) => <Whole of={a} />}</Loaded>;
}

function Whole({ of: a }: { of: Advisory }) {
  const { t } = useWords();
  const findings = list(a.findings);
  const worst = findings[0];
  return (
    <Page
      title={a.vulnerability}
      text={
        <span className="row">
          {worst ? <SeverityMark of={worst.severity} score={worst.score} /> : null}
          {a.kev ? <KevMark /> : null}
          {worst ? <UrgencyMark of={a.ranking.urgency} /> : null}
          <span>{a.title}</span>
        </span>
      }
      actions={
        <div className={`row ${css['noprint']}`}>
          {findings.length > 0 ? <DecideButton ids={findings.map((f) => f.id)} /> : null}
          <Button variant="default" leftSection={<Printer size={14} aria-hidden="true" />} onClick={() => window.print()}>
            {t('act.print')}
          </Button>
        </div>
      }
    >
      <Figures of={a} />
      <Brief of={a} />
      <Beds of={a} />
      <Flows of={a} />
      <Holds of={a} />
      <Contains of={a} />
      <Planned of={a} />
      <div className={css['pair']}>
        {worst ? <Ranked of={a.ranking} /> : null}
        <Mends of={a} />
      </div>
      <Models of={a} />
      <Said of={a} />
    </Page>
  );
}

function Figures({ of: a }: { of: Advisory }) {
  const { t, number, date } = useWords();
  const exposed = list(a.exposed);
  const units = new Set(exposed.map((e) => `${e.site} ${e.unit}`)).size;
  const affected = exposed.filter((e) => e.status === 'affected').length;
  const figures = [
    [t('verdict.affected'), number(affected)],
    [t('verdict.undecidable'), number(exposed.filter((e) => e.status === 'undecidable').length)],
    [t('col.units'), number(units)],
    [t('advisory.peers'), number(new Set(list(a.flows).map((f) => f.peer)).size)],
    [t('advisory.proven'), number(list(a.controls).filter((c) => c.state === 'verified').length)],
  ] as const;
  return (
    <section className="card">
      <div className={css['figures']}>
        {figures.map(([name, n]) => (
          <div key={name}>
            <strong>{n}</strong>
            <span className="dim">{name}</span>
          </div>
        ))}
      </div>
      <p className="dim">
        {t('advisory.asOf', { at: date(a.asOf) })}
        {list(a.owners).length > 0 ? ` ${t('advisory.owners', { list: list(a.owners).join(', ') })}` : ''}
      </p>
    </section>
  );
}

/** Brief answers the five questions of this page in a line each. */
function Brief({ of: a }: { of: Advisory }) {
  const { t } = useWords();
  if (list(a.findings).length === 0) return null;
  return (
    <section className="card">
      <h2>{t('advisory.brief')}</h2>
      <dl className={`facts ${css['brief']}`} data-brief>
        <dt>{t('advisory.askWho')}</dt>
        <dd>
          <WhoIsExposed of={a} />
        </dd>
        <dt>{t('advisory.askKnown')}</dt>
        <dd>
          <HowKnown of={a} />
        </dd>
        <dt>{t('advisory.askHolds')}</dt>
        <dd>
          <WhatHolds of={a} />
        </dd>
        <dt>{t('advisory.askActs')}</dt>
        <dd>
          <WhoActs of={a} />
        </dd>
        <dt>{t('advisory.askWhen')}</dt>
        <dd>
          <HowSoon of={a} />
        </dd>
      </dl>
    </section>
  );
}

function WhoIsExposed({ of: a }: { of: Advisory }) {
  const { t, number } = useWords();
  const exposed = list(a.exposed);
  const units = new Map<string, number>();
  for (const e of exposed) units.set(e.unit || t('word.unknown'), (units.get(e.unit || t('word.unknown')) ?? 0) + 1);
  if (exposed.length === 0) return <>{t('advisory.nobody')}</>;
  const most = [...units].sort((p, q) => q[1] - p[1]);
  return (
    <>
      {t('advisory.exposed', { n: exposed.filter((e) => e.status === 'affected').length, open: exposed.filter((e) => e.status === 'undecidable').length, beds: exposed.filter((e) => e.bed && e.precision !== 'stale').length })}{' '}
      {most
        .slice(0, 8)
        .map(([unit, n]) => `${unit} ${number(n)}`)
        .join(', ')}
      {most.length > 8 ? ', …' : ''}
    </>
  );
}

function HowKnown({ of: a }: { of: Advisory }) {
  const { t, word } = useWords();
  const reasons = new Map(list(a.findings).map((f) => [`${f.by} ${f.reason}`, f]));
  return (
    <>
      {[...reasons.values()].slice(0, 3).map((f) => (
        <div key={f.id}>
          <Told of={f.reason} /> <span className="dim">({t('advisory.matched', { by: word('match', f.by), sources: list(f.sources).join(', ') })})</span>
        </div>
      ))}
    </>
  );
}

function WhatHolds({ of: a }: { of: Advisory }) {
  const { t } = useWords();
  const controls = list(a.controls).filter((c) => c.state !== 'retired');
  const proven = controls.filter((c) => c.state === 'verified').length;
  const peers = new Set(list(a.flows).map((f) => f.peer)).size;
  const { quiet, unseen } = a.containment;
  return (
    <>
      {controls.length === 0 ? t('advisory.nothingHolds') : t('advisory.held', { n: controls.length, proven })} {peers > 0 ? t('advisory.reached', { n: peers }) : t('advisory.unreached', { n: quiet })}
      {unseen > 0 ? ` ${t('advisory.unwatched', { n: unseen })}` : ''}
    </>
  );
}

function WhoActs({ of: a }: { of: Advisory }) {
  const { t, word } = useWords();
  const parties = new Set(list(a.mending.plans).flatMap((p) => list(p.who)));
  const who = [...parties].map((w) => (w === 'it' || w === 'clinical-engineering' || w === 'unit' ? word('patchword', w) : w));
  const owners = list(a.owners);
  const left = list(a.mending.unplanned).length;
  return (
    <>
      {[...who, ...owners.filter((o) => !who.includes(o))].join(', ') || t('advisory.nobodyActs')}
      {left > 0 ? <div>{t('advisory.unplanned', { n: left })}</div> : null}
    </>
  );
}

function HowSoon({ of: a }: { of: Advisory }) {
  const { t, date } = useWords();
  const first = list(a.mending.plans)
    .flatMap((p) => (p.from ? [p.from] : []))
    .sort()[0];
  return (
    <span className="row">
      <UrgencyMark of={a.ranking.urgency} />
      <span>{first ? t('advisory.firstWindow', { at: date(first) }) : t('advisory.noWindow')}</span>
    </span>
  );
}

function Beds({ of: a }: { of: Advisory }) {
  const { t, word } = useWords();
  const [all, setAll] = useState(false);
  const exposed = list(a.exposed);
  return (
    <section className="card">
      <h2>{t('finding.beds', { n: exposed.length })}</h2>
      {exposed.length === 0 ? (
        <p className="dim">{t('advisory.nobody')}</p>
      ) : (
        // eslint-disable-next-line jsx-a11y/no-noninteractive-tabindex -- it scrolls
        <div className="scrollx" tabIndex={0} role="region" aria-label={t('col.units')}>
          <table className="plain">
            <thead>
              <tr>
                <th scope="col">{t('col.unit')}</th>
                <th scope="col">{t('col.room')}</th>
                <th scope="col">{t('col.bed')}</th>
                <th scope="col">{t('col.device')}</th>
                <th scope="col">{t('advisory.role')}</th>
                <th scope="col">{t('col.status')}</th>
                <th scope="col">{t('input.exposure')}</th>
                <th scope="col">{t('col.reason')}</th>
                <th scope="col">{t('col.lastSeen')}</th>
              </tr>
            </thead>
            <tbody>
              {exposed.map((d, i) => (
                <tr key={d.id + d.status} className={all || i < firstBeds ? undefined : css['later']}>
                  <td>{d.unit || <Blank />}</td>
                  <td>{d.room || <Blank />}</td>
                  <td>
                    {d.bed || <Blank />} {d.precision === 'stale' ? <span className="dim">({t('precision.stale')})</span> : null}
                  </td>
                  <td>
                    <Link href={`/devices/${encodeURIComponent(d.id)}`}>{d.name}</Link>
                  </td>
                  <td>{word('care', d.care.role)}</td>
                  <td>
                    <VerdictMark of={d.status} />
                  </td>
                  <td>
                    {word('level', d.reached.level)} {d.reached.assumed ? <span className="chip">{t('rank.assumed')}</span> : null}
                  </td>
                  <td className="dim"><Told of={d.status === 'undecidable' ? d.reason : d.reached.why} /></td>
                  <td>
                    <When at={d.lastSeen} relative />
                  </td>
                </tr>
              ))}
            </tbody>
          </table>
        </div>
      )}
      {!all && exposed.length > firstBeds ? <More n={exposed.length - firstBeds} show={() => setAll(true)} /> : null}
    </section>
  );
}

/** Lines that are there at once. The others are shown on demand, and are printed. */
const firstBeds = 12;

function More({ n, show }: { n: number; show: () => void }) {
  const { t, number } = useWords();
  return (
    <Button variant="default" size="compact-xs" className={css['noprint']} onClick={show}>
      {t('advisory.more', { n: number(n) })}
    </Button>
  );
}

const shown = 15;

function Flows({ of: a }: { of: Advisory }) {
  const { t, bytes } = useWords();
  const [all, setAll] = useState(false);
  const flows = list(a.flows);
  return (
    <section className="card">
      <h2>{t('advisory.flows', { n: flows.length + a.flowsLeft })}</h2>
      {flows.length === 0 ? (
        <p className="dim">{t('advisory.noFlows')}</p>
      ) : (
        // eslint-disable-next-line jsx-a11y/no-noninteractive-tabindex -- it scrolls
        <div className="scrollx" tabIndex={0} role="region" aria-label={t('advisory.flows', { n: flows.length })}>
          <table className="plain">
            <thead>
              <tr>
                <th scope="col">{t('advisory.from')}</th>
                <th scope="col">{t('device.peer')}</th>
                <th scope="col">{t('col.device')}</th>
                <th scope="col">{t('device.service')}</th>
                <th scope="col" className="right">
                  {t('advisory.volume')}
                </th>
                <th scope="col">{t('col.lastSeen')}</th>
              </tr>
            </thead>
            <tbody>
              {flows.map((f, i) => (
                <tr key={f.peer + f.device + f.transport + f.port} className={all || i < shown ? undefined : css['later']}>
                  <td>
                    {f.zone} {f.outside ? <span className="chip">{t('advisory.outside')}</span> : null}
                  </td>
                  <td>
                    {f.peerDevice ? <Link href={`/devices/${encodeURIComponent(f.peerDevice)}`}>{f.peerName}</Link> : null} <span className="mono dim">{f.peer}</span>
                  </td>
                  <td>
                    {f.deviceName} <span className="mono dim">{f.address}</span>
                  </td>
                  <td>
                    <span className="mono">
                      {f.transport}/{f.port}
                    </span>{' '}
                    {f.protocol}
                  </td>
                  <td className="right">{bytes(f.bytes)}</td>
                  <td>
                    <When at={f.last} relative />
                  </td>
                </tr>
              ))}
            </tbody>
          </table>
        </div>
      )}
      {!all && flows.length > shown ? <More n={flows.length - shown} show={() => setAll(true)} /> : null}
      {a.flowsLeft > 0 ? <p className="dim">{t('advisory.flowsLeft', { n: a.flowsLeft })}</p> : null}
    </section>
  );
}

function Holds({ of: a }: { of: Advisory }) {
  const { t } = useWords();
  const worst = list(a.findings)[0];
  return (
    <section className="card">
      <div className="cardhead">
        <h2>{t('advisory.holds')}</h2>
        {worst ? <BindControl of={{ vulnerability: a.vulnerability, model: { manufacturer: worst.model.manufacturer, model: worst.model.model, version: '' } }} /> : null}
      </div>
      {list(a.controls).length === 0 ? <p className="dim">{t('advisory.nothingHolds')}</p> : <ControlTable of={list(a.controls)} />}
    </section>
  );
}

function Contains({ of: a }: { of: Advisory }) {
  const { t, number } = useWords();
  const [kind, setKind] = useState<'ios' | 'nftables'>('ios');
  const c = a.containment;
  const conduits = list(c.conduits);
  return (
    <section className="card">
      <h2>{t('advisory.contain')}</h2>
      <div className="stack">
        <p className="dim">{t('advisory.containText')}</p>
        {c.unseen > 0 ? <Note kind="warn">{t('advisory.unseen', { n: c.unseen })}</Note> : null}
        {c.quiet > 0 ? <p>{t('advisory.quiet', { n: c.quiet })}</p> : null}
        {conduits.length > 0 ? (
          <>
            {/* eslint-disable-next-line jsx-a11y/no-noninteractive-tabindex -- it scrolls */}
            <div className="scrollx" tabIndex={0} role="region" aria-label={t('advisory.contain')}>
              <table className="plain">
                <thead>
                  <tr>
                    <th scope="col">{t('advisory.from')}</th>
                    <th scope="col">{t('advisory.to')}</th>
                    <th scope="col">{t('device.service')}</th>
                    <th scope="col" className="right">
                      {t('home.devices')}
                    </th>
                    <th scope="col" className="right">
                      {t('advisory.breaks')}
                    </th>
                    <th scope="col">{t('advisory.harm')}</th>
                  </tr>
                </thead>
                <tbody>
                  {conduits.map((d) => (
                    <tr key={d.from + d.to + d.transport + d.port}>
                      <td>{d.from}</td>
                      <td>{d.to}</td>
                      <td>
                        <span className="mono">
                          {d.transport}/{d.port}
                        </span>{' '}
                        {d.protocol}
                      </td>
                      <td className="right">{number(list(d.devices).length)}</td>
                      <td className="right">{number(list(d.breaks).length)}</td>
                      <td>{d.care ? <span className={`${css['state']} ${css['pending']}`}>{t('advisory.care')}</span> : <span className="dim">{t('advisory.noCare')}</span>}</td>
                    </tr>
                  ))}
                </tbody>
              </table>
            </div>
            <div className="row">
              <SegmentedControl size="xs" value={kind} onChange={(v) => setKind(v === 'nftables' ? 'nftables' : 'ios')} data={[{ value: 'ios', label: 'Cisco IOS' }, { value: 'nftables', label: 'nftables' }]} />
              <Button variant="default" size="compact-xs" className={css['noprint']} onClick={() => void navigator.clipboard.writeText(c.rules[kind])}>
                {t('act.copy')}
              </Button>
            </div>
            {/* eslint-disable-next-line jsx-a11y/no-noninteractive-tabindex -- it scrolls */}
            <code className={`block ${css['rules']}`} tabIndex={0} role="region" aria-label={kind}>
              {c.rules[kind]}
            </code>
          </>
        ) : null}
      </div>
    </section>
  );
}

function Mends({ of: a }: { of: Advisory }) {
  const { t, word } = useWords();
  const remedies = list(a.statements).flatMap((s) => list(s.remedies));
  return (
    <section className="card">
      <h2>{t('advisory.mend')}</h2>
      <dl className="facts">
        <dt>{t('finding.fixed')}</dt>
        <dd>{list(a.fixed).length > 0 ? list(a.fixed).join(', ') : t('finding.noFix')}</dd>
      </dl>
      {remedies.slice(0, 8).map((r, i) => (
        <div key={i} className={css['sub']}>
          <h3>{word('remedy', r.category)}</h3>
          <p>{r.details}</p>
        </div>
      ))}
    </section>
  );
}

/** Planned says when it is mended, and who has to act. */
function Planned({ of: a }: { of: Advisory }) {
  const { t, number, word, day } = useWords();
  const plans = list(a.mending.plans);
  const left = list(a.mending.unplanned).length;
  if (plans.length === 0 && left === 0) return null;
  return (
    <section className="card">
      <div className="cardhead">
        <h2>{t('advisory.when')}</h2>
        <Link href="/patches">{t('nav.patches')}</Link>
      </div>
      <div className="stack">
        {left > 0 ? <Note kind="warn">{t('advisory.unplanned', { n: left })}</Note> : null}
        {plans.length > 0 ? (
          // eslint-disable-next-line jsx-a11y/no-noninteractive-tabindex -- it scrolls
          <div className="scrollx" tabIndex={0} role="region" aria-label={t('advisory.when')}>
            <table className="plain">
              <thead>
                <tr>
                  <th scope="col">{t('col.unit')}</th>
                  <th scope="col">{t('attribute.model')}</th>
                  <th scope="col">{t('purchase.stage')}</th>
                  <th scope="col">{t('patch.windows')}</th>
                  <th scope="col">{t('patch.means')}</th>
                  <th scope="col">{t('advisory.who')}</th>
                  <th scope="col">{t('advisory.next')}</th>
                </tr>
              </thead>
              <tbody>
                {plans.map((p) => (
                  <tr key={p.order}>
                    <td>{p.unit || <Blank />}</td>
                    <td>
                      {[p.model.manufacturer, p.model.model, p.model.version].filter(Boolean).join(' ')}
                      {p.target ? ` → ${p.target}` : ''}
                    </td>
                    <td>
                      <span className="chip">{word('patchword', p.stage)}</span>{' '}
                      <span className="num dim">
                        {number(p.verified)} / {number(p.devices)}
                      </span>
                      {p.overdueSince ? <div>{t('patch.overdue', { day: day(p.overdueSince) })}</div> : null}
                    </td>
                    <td>{p.from ? <When at={p.from} /> : t('patch.noWindow')}</td>
                    <td>{word('patchword', p.means)}</td>
                    <td>{list(p.who).map((w) => (w === 'it' || w === 'clinical-engineering' || w === 'unit' ? word('patchword', w) : w)).join(', ')}</td>
                    <td>
                      <Told of={p.next} />
                      {p.why ? <div className="dim"><Told of={p.why} /></div> : null}
                    </td>
                  </tr>
                ))}
              </tbody>
            </table>
          </div>
        ) : null}
      </div>
    </section>
  );
}

function Models({ of: a }: { of: Advisory }) {
  const { t, number, word } = useWords();
  const findings = list(a.findings);
  if (findings.length === 0) return null;
  return (
    <section className="card">
      <h2>{t('advisory.models')}</h2>
      {/* eslint-disable-next-line jsx-a11y/no-noninteractive-tabindex -- it scrolls */}
      <div className="scrollx" tabIndex={0} role="region" aria-label={t('advisory.models')}>
        <table className="plain">
          <thead>
            <tr>
              <th scope="col">{t('attribute.model')}</th>
              <th scope="col">{t('rank.title')}</th>
              <th scope="col">{t('col.status')}</th>
              <th scope="col" className="right">
                {t('home.devices')}
              </th>
              <th scope="col">{t('finding.why')}</th>
              <th scope="col">{t('decide.state')}</th>
            </tr>
          </thead>
          <tbody>
            {findings.map((f) => (
              <tr key={f.id}>
                <td>
                  <Link href={`/findings/${encodeURIComponent(f.id)}`}>{[f.model.manufacturer, f.model.model, f.model.version].filter(Boolean).join(' ')}</Link>
                </td>
                <td>
                  <UrgencyMark of={f.urgency} />
                </td>
                <td>
                  <VerdictMark of={f.status} />
                </td>
                <td className="right">{number(f.devices)}</td>
                <td className="dim"><Told of={f.reason} /></td>
                <td>{word('decision', f.state)}</td>
              </tr>
            ))}
          </tbody>
        </table>
      </div>
    </section>
  );
}

function Said({ of: a }: { of: Advisory }) {
  const { t, day } = useWords();
  const references = [...new Set(list(a.statements).flatMap((s) => list(s.references)))].filter((r) => /^https?:\/\//.test(r));
  return (
    <section className="card">
      <h2>{t('finding.advisory')}</h2>
      <dl className="facts">
        <dt>{t('finding.aliases')}</dt>
        <dd className="mono">{list(a.aliases).join(', ') || '–'}</dd>
        {list(a.statements).map((s) => (
          <Statement key={s.source} name={s.source} title={s.title} at={day(s.published)} />
        ))}
        <dt>{t('finding.references')}</dt>
        <dd>
          {references.slice(0, 8).map((r) => (
            <div key={r}>
              <a href={r} rel="noreferrer noopener" target="_blank">
                {r}
              </a>
            </div>
          ))}
        </dd>
      </dl>
    </section>
  );
}

function Statement({ name, title, at }: { name: string; title: string; at: string }) {
  return (
    <>
      <dt className="mono">{name}</dt>
      <dd>
        {title} <span className="dim">{at}</span>
      </dd>
    </>
  );
}
