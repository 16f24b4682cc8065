// First screens by role: the same few blocks, chosen by what that role does in
// the morning. What Bedrail does not know yet is said, not left out.

import { useQuery } from '@tanstack/react-query';
import { type ReactNode, useState } from 'react';
import { api } from '../api/calls';
import { useRangeOfTime } from '../api/scope';
import { type Finding, list, type Summary } from '../api/types';
import { Link } from '../look/Link';
import { SeverityMark, When, Told } from '../look/marks';
import { Loaded, Note } from '../look/states';
import { type Key, useWords } from '../words/words';
import { useMay } from './session';
import css from './home.module.css';

export const homes = ['overview', 'security-analyst', 'clinical-engineer', 'integration-engineer', 'compliance-officer', 'executive'] as const;
export type HomeOf = (typeof homes)[number];

function Card({ title, more, children }: { title: Key; more?: string; children: ReactNode }) {
  const { t } = useWords();
  return (
    <section className="card">
      <div className="cardhead">
        <h2>{t(title)}</h2>
        {more ? <Link href={more}>{t('act.all')}</Link> : null}
      </div>
      {children}
    </section>
  );
}

/** NotYet says what a role would look for here and what Bedrail cannot tell it. */
function NotYet({ what }: { what: Key }) {
  const { t } = useWords();
  return <Note>{t(what)}</Note>;
}

interface Fact {
  name: string;
  value: number | undefined;
  href?: string;
  tone?: string;
}

function Facts({ of }: { of: Fact[] }) {
  const { number, t } = useWords();
  return (
    <dl className="facts">
      {of.map((f) => (
        <div key={f.name} className={css['factrow']}>
          <dt>{f.name}</dt>
          <dd className="num">
            {f.value === undefined ? <span className="dim">{t('word.unknown')}</span> : f.href ? <Link href={f.href}>{number(f.value)}</Link> : number(f.value)}
          </dd>
        </div>
      ))}
    </dl>
  );
}

/** A count of a list, which is its total. */
function useTotal(name: string, fetch: (signal: AbortSignal) => Promise<{ total: number }>, allowed = true) {
  return useQuery({ queryKey: ['total', name], queryFn: ({ signal }) => fetch(signal), enabled: allowed, refetchInterval: 60_000 }).data?.total;
}

interface Counting {
  name: Key;
  needs: string;
  href: string;
  fetch: (q: { filter: string; limit: number }, signal: AbortSignal) => Promise<{ total: number }>;
  filter: string;
}

/** Today is what waits in the lists of a role, each count the list it opens. */
function Today({ title, of }: { title: Key; of: Counting[] }) {
  return (
    <Card title={title}>
      <dl className="facts">
        {of.map((c) => (
          <Counted key={c.href} of={c} />
        ))}
      </dl>
    </Card>
  );
}

function Counted({ of: c }: { of: Counting }) {
  const { t, number } = useWords();
  const allowed = useMay()(c.needs);
  const total = useTotal(c.href, (signal) => c.fetch({ filter: c.filter, limit: 1 }, signal), allowed);
  return (
    <div className={css['factrow']}>
      <dt>{t(c.name)}</dt>
      <dd className="num">
        {!allowed ? <span className="dim">{t('state.needs', { action: c.needs })}</span> : total === undefined ? '…' : <Link href={c.href}>{number(total)}</Link>}
      </dd>
    </div>
  );
}

function useDeviceTotal(filter: string) {
  return useTotal(`devices ${filter}`, (signal) => api.devices({ filter, limit: 1 }, signal));
}

function FindingList({ filter, sort }: { filter: string; sort: string }) {
  const { t } = useWords();
  const may = useMay();
  const asked = useQuery({ queryKey: ['home', 'findings', filter, sort], queryFn: ({ signal }) => api.findings({ filter, sort, limit: 8 }, signal), enabled: may('finding:read') });
  return (
    <Loaded of={asked} rows={4}>
      {(page) =>
        list(page.items).length === 0 ? (
          <p className="dim">{t('homes.none')}</p>
        ) : (
          <ul className={css['queue']}>
            {list(page.items).map((f: Finding) => (
              <li key={f.id}>
                <SeverityMark of={f.severity} />
                <Link href={`/findings/${encodeURIComponent(f.id)}`}>{f.vulnerability}</Link>
                <span className="dim">
                  {f.model.manufacturer} {f.model.model} · {t('homes.onDevices', { n: f.devices })}
                </span>
              </li>
            ))}
          </ul>
        )
      }
    </Loaded>
  );
}

export function SecurityHome({ coverage }: { coverage: ReactNode }) {
  const { t } = useWords();
  const range = useRangeOfTime();
  const fresh = useDeviceTotal(`first_seen<${range}`);
  const conflicts = useDeviceTotal('conflict:yes');
  const unknown = useDeviceTotal('status:unknown');
  const exploited = useDeviceTotal('exposure:affected');
  return (
    <>
      <div className="grid2">
        <Card title="homes.exploited" more="/findings?filter=kev:yes+status:affected">
          <FindingList filter="kev:yes status:affected" sort="-severity" />
        </Card>
        <Card title="homes.critical" more="/findings?filter=severity:critical+status:affected">
          <FindingList filter="severity:critical status:affected" sort="-devices" />
        </Card>
      </div>
      <div className="grid2">
        <Card title="homes.changes">
          <Facts
            of={[
              { name: t('homes.new', { range: t(`scope.${range}`) }), value: fresh, href: `/devices?filter=first_seen<${range}` },
              { name: t('homes.conflicts'), value: conflicts, href: '/devices?filter=conflict:yes' },
              { name: t('homes.unknown'), value: unknown, href: '/devices?filter=status:unknown' },
              { name: t('home.affected'), value: exploited, href: '/devices?filter=exposure:affected' },
            ]}
          />
        </Card>
        {coverage}
      </div>
      <Today
        title="homes.queue"
        of={[
          { name: 'nav.contradictions', needs: 'procure:read', href: '/contradictions?filter=state:open', fetch: api.contradictions, filter: 'state:open' },
          { name: 'homes.patchesOpen', needs: 'patch:read', href: '/patches?filter=stage:proposed', fetch: api.patches, filter: 'stage:proposed' },
          { name: 'homes.mistrusted', needs: 'message:read', href: '/messages?filter=trust:quarantined,vulnerable,mismatched', fetch: api.messages, filter: 'trust:quarantined,vulnerable,mismatched' },
        ]}
      />
      <NotYet what="homes.notSecurity" />
    </>
  );
}

export function ClinicalHome({ of: s }: { of: Summary }) {
  const { t, locale } = useWords();
  const asked = useQuery({ queryKey: ['reconciliation'], queryFn: ({ signal }) => api.reconciliation(signal), staleTime: 60_000 });
  return (
    <>
      <div className="grid2">
        <Card title="homes.action" more="/findings?filter=status:affected+severity>=high">
          <FindingList filter="status:affected severity>=high" sort="-devices" />
        </Card>
        <Card title="homes.against">
          <Loaded of={asked} rows={4}>
            {(r) => (
              <Facts
                of={[
                  { name: t('homes.unlisted'), value: list(r.unlisted).length, href: '/reconciliation' },
                  { name: t('homes.silent'), value: list(r.silent).length, href: '/reconciliation?tab=silent' },
                  { name: t('homes.differs'), value: list(r.differs).length, href: '/reconciliation?tab=differs' },
                ]}
              />
            )}
          </Loaded>
        </Card>
      </div>
      <div className="grid2">
        <Card title="homes.upkeep">
          <Facts
            of={[
              { name: t('home.recalled'), value: s.exposure.recalled, href: '/recalls?filter=affected>0' },
              { name: t('homes.perhapsRecalled'), value: s.exposure.recallUndecidable, href: '/recalls?filter=undecidable>0' },
              { name: t('home.endOfLife'), value: s.exposure.endOfLife, href: '/lifecycle' },
              { name: t('homes.noPlace'), value: s.devices.location.unknown, href: '/devices?filter=location:unknown' },
              { name: t('homes.oldPlace'), value: s.devices.location.stale, href: '/devices?filter=location:stale' },
            ]}
          />
        </Card>
        <Card title="homes.paper">
          <p>
            <a href={`/emergency?lang=${locale}`}>{t('homes.emergency')}</a>
          </p>
          <p className="dim">{t('homes.paperText')}</p>
        </Card>
      </div>
      <Today
        title="homes.week"
        of={[
          { name: 'homes.recallsOpen', needs: 'finding:read', href: '/recall-work?filter=state:open', fetch: api.recallWork, filter: 'state:open' },
          { name: 'homes.patchesOpen', needs: 'patch:read', href: '/patches?filter=stage:proposed', fetch: api.patches, filter: 'stage:proposed' },
          { name: 'homes.patchesBooked', needs: 'patch:read', href: '/patches?filter=stage:booked', fetch: api.patches, filter: 'stage:booked' },
          { name: 'nav.mds2', needs: 'procure:read', href: '/mds2', fetch: api.statements, filter: '' },
        ]}
      />
    </>
  );
}

export function IntegrationHome({ coverage }: { coverage: ReactNode }) {
  const { t } = useWords();
  const may = useMay();
  const engines = useDeviceTotal('class:integration-engine,gateway');
  const hl7 = useDeviceTotal('protocol:hl7v2,hl7');
  const dicom = useDeviceTotal('protocol:dicom');
  const failed = useTotal('jobs failed', (signal) => api.jobsBy({ filter: 'state:failed', limit: 1 }, signal), may('job:read'));
  return (
    <>
      <div className="grid2">
        <Card title="homes.interfaces">
          <Facts
            of={[
              { name: t('homes.engines'), value: engines, href: '/devices?filter=class:integration-engine,gateway' },
              { name: t('homes.hl7'), value: hl7, href: '/devices?filter=protocol:hl7v2,hl7' },
              { name: t('homes.dicom'), value: dicom, href: '/devices?filter=protocol:dicom' },
              { name: t('homes.failed'), value: failed, href: '/import' },
            ]}
          />
          <p>
            <Link href="/map">{t('nav.map')}</Link>
          </p>
        </Card>
        {coverage}
      </div>
      <Today
        title="homes.carried"
        of={[
          { name: 'homes.running', needs: 'channel:read', href: '/channels?filter=state:running', fetch: api.channels, filter: 'state:running' },
          { name: 'homes.paused', needs: 'channel:read', href: '/channels?filter=state:paused,draining', fetch: api.channels, filter: 'state:paused,draining' },
          { name: 'homes.heldBack', needs: 'message:read', href: '/messages?filter=delivery:held', fetch: api.messages, filter: 'delivery:held' },
          { name: 'homes.undelivered', needs: 'message:read', href: '/messages?filter=delivery:dead', fetch: api.messages, filter: 'delivery:dead' },
          { name: 'homes.feedsBad', needs: 'quality:read', href: '/quality?filter=state:bad+shadow:false', fetch: api.feedsQuality, filter: 'state:bad shadow:false' },
          { name: 'homes.alertsOpen', needs: 'quality:read', href: '/quality-alerts?filter=state:open', fetch: api.feedAlerts, filter: 'state:open' },
        ]}
      />
    </>
  );
}

export function ComplianceHome() {
  const { t } = useWords();
  const may = useMay();
  const checkpoint = useQuery({ queryKey: ['checkpoint'], queryFn: ({ signal }) => api.checkpoint(signal), enabled: may('audit:read'), retry: false });
  const users = useQuery({ queryKey: ['home', 'users'], queryFn: ({ signal }) => api.users({ limit: 500 }, signal), enabled: may('user:read') });
  const people = list(users.data?.items);
  // More than one page of people cannot be counted from this one.
  const all = users.data && people.length >= users.data.total;
  const [now] = useState(Date.now);
  const quiet = now - 90 * 86_400_000;
  return (
    <>
      <div className="grid2">
        <Card title="homes.chain" more="/audit">
          <Loaded of={checkpoint} rows={3}>
            {(c) => (
              <div className="stack tight">
                <p>{t('audit.checkpoint', { n: c.size ?? 0 })}</p>
                {c.at ? <When at={c.at} /> : null}
                <code className="block">{c.note}</code>
                <Link href="/audit">{t('audit.verify')}</Link>
              </div>
            )}
          </Loaded>
        </Card>
        <Card title="homes.access" more="/users">
          <Facts
            of={[
              { name: t('homes.people'), value: users.data?.total },
              { name: t('homes.noFactor'), value: all ? people.filter((u) => !u.secondFactor && !u.disabled).length : undefined },
              { name: t('homes.quiet'), value: all ? people.filter((u) => !u.disabled && (!u.lastLogin || new Date(u.lastLogin).getTime() < quiet)).length : undefined },
            ]}
          />
        </Card>
      </div>
      <Today
        title="homes.duty"
        of={[
          { name: 'homes.accepted', needs: 'finding:read', href: '/findings?filter=state:accepted', fetch: api.findings, filter: 'state:accepted' },
          { name: 'homes.hospitals', needs: 'model:read', href: '/ledger?filter=responsibility:hospital,open,lapsed', fetch: api.ledger, filter: 'responsibility:hospital,open,lapsed' },
          { name: 'nav.contradictions', needs: 'procure:read', href: '/contradictions?filter=state:open', fetch: api.contradictions, filter: 'state:open' },
          { name: 'nav.purchases', needs: 'procure:read', href: '/purchases', fetch: api.purchases, filter: '' },
        ]}
      />
      <NotYet what="homes.notCompliance" />
    </>
  );
}

/** Classes whose failure may cost a life within minutes. */
const sustaining = 'class:ventilator,anaesthesia-machine,infusion-pump,defibrillator,dialysis-machine,incubator,patient-monitor';

export function ExecutiveHome({ of: s }: { of: Summary }) {
  const { t, number, percent, locale } = useWords();
  const lives = useDeviceTotal(sustaining);
  const atRisk = useDeviceTotal(`${sustaining} exposure:affected`);
  const open = useDeviceTotal(`${sustaining} exposure:undecidable`);
  const known = list(s.devices.byStatus)
    .filter((x) => x.value === 'confirmed' || x.value === 'likely')
    .reduce((sum, x) => sum + x.count, 0);
  const placed = s.devices.location.bed + s.devices.location.unit;
  const total = Math.max(1, s.devices.total);
  const figures: { name: Key; value: string; text: string; more?: { href: string; name: Key } }[] = [
    { name: 'homes.coverage', value: percent(known / total), text: t('homes.coverageText', { n: known, total: s.devices.total }) },
    { name: 'homes.placed', value: percent(placed / total), text: t('homes.placedText', { n: placed, total: s.devices.total }) },
    { name: 'homes.lives', value: atRisk === undefined ? '…' : number(atRisk), text: atRisk === undefined || open === undefined || lives === undefined ? '…' : t('homes.livesText', { n: atRisk, open, total: lives }), more: { href: `/devices?filter=${sustaining} exposure:affected,undecidable`, name: 'act.all' } },
    { name: 'homes.remedy', value: '–', text: t('homes.remedyMissing'), more: { href: '/patches', name: 'homes.toPatches' } },
    { name: 'homes.readiness', value: '–', text: t('homes.readinessMissing'), more: { href: '/emergency', name: 'homes.emergency' } },
  ];
  return (
    <>
      <div className={css['figures']}>
        {figures.map((f) => (
          <div key={f.name} className={`card ${css['figure']}`}>
            <span className={css['name']}>{t(f.name)}</span>
            <span className={`num ${css['value']}`}>{f.value}</span>
            <span className="dim"><Told of={f.text} /></span>
            {f.more ? f.more.href.startsWith('/emergency') ? <a href={`${f.more.href}?lang=${locale}`}>{t(f.more.name)}</a> : <Link href={f.more.href}>{t(f.more.name)}</Link> : null}
          </div>
        ))}
      </div>
      <NotYet what="homes.notExecutive" />
    </>
  );
}
