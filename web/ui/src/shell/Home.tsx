import { NativeSelect } from '@mantine/core';
import { useQuery } from '@tanstack/react-query';
import { Radar } from 'lucide-react';
import { useState } from 'react';
import { api } from '../api/calls';
import { type Count, type Feed, list, type Summary, type UnitExposure } from '../api/types';
import { Link } from '../look/Link';
import { When } from '../look/marks';
import { Page } from '../look/Page';
import { type Share, Shares, Swatch } from '../look/Progress';
import { Empty, Loaded, Note } from '../look/states';
import { is, write } from '../query/grammar';
import { type Key, useWords } from '../words/words';
import { ClinicalHome, ComplianceHome, ExecutiveHome, type HomeOf, homes, IntegrationHome, SecurityHome } from './homes';
import { useHere, useMay } from './session';
import css from './home.module.css';

const kept = 'bedrail.home';

/** homeOf is the first screen of a person: the one chosen last, else their role's. */
function homeOf(roles: string[]): HomeOf {
  const chosen = localStorage.getItem(kept);
  const own = homes.find((h) => h === chosen) ?? (roles.length === 1 ? homes.find((h) => h === roles[0]) : undefined);
  return own ?? 'overview';
}

/** Home says what is known, how well, and what is exposed where, as the role needs it. */
export function Home() {
  const { t, date, word } = useWords();
  const { session } = useHere();
  const [home, setHome] = useState(() => homeOf(list(session.roles).map((r) => r.role)));
  const choose = (next: HomeOf) => {
    localStorage.setItem(kept, next);
    setHome(next);
  };
  const asked = useQuery({ queryKey: ['summary'], queryFn: ({ signal }) => api.summary(signal), refetchInterval: 30_000 });
  return (
    <Page
      title={t('nav.home')}
      text={asked.data ? t('state.asOf', { at: date(asked.data.asOf) }) : undefined}
      actions={
        <NativeSelect
          data-home-role
          aria-label={t('homes.choose')}
          value={home}
          data={homes.map((h) => ({ value: h, label: h === 'overview' ? t('homes.overview') : h === 'executive' ? t('homes.executive') : word('role', h) }))}
          onChange={(e) => {
            const next = homes.find((h) => h === e.currentTarget.value);
            if (next) choose(next);
          }}
        />
      }
    >
      <Loaded of={asked} rows={10}>
        {(s) =>
          s.devices.total === 0 ? (
            <div className="card">
              <Empty icon={Radar} title={t('home.empty')} text={t('home.emptyText')}>
                <Link href="/import/list?kind=cmms">{t('import.cmms')}</Link>
                <Link href="/import">{t('nav.import')}</Link>
                <Link href="/setup">{t('nav.setup')}</Link>
              </Empty>
            </div>
          ) : home === 'security-analyst' ? (
            <SecurityHome coverage={<Coverage of={s} />} />
          ) : home === 'clinical-engineer' ? (
            <ClinicalHome of={s} />
          ) : home === 'integration-engineer' ? (
            <IntegrationHome coverage={<Coverage of={s} />} />
          ) : home === 'compliance-officer' ? (
            <ComplianceHome />
          ) : home === 'executive' ? (
            <ExecutiveHome of={s} />
          ) : (
            <>
              <Figures of={s} />
              <div className="grid2">
                <Location of={s} />
                <Coverage of={s} />
              </div>
              <Units units={[...list(s.exposure.byUnit)].sort((a, b) => Number(!a.unit) - Number(!b.unit))} />
              <div className="grid2">
                <Classes counts={list(s.devices.byClass)} total={s.devices.total} />
                <FeedAges feeds={list(s.feeds)} />
              </div>
            </>
          )
        }
      </Loaded>
    </Page>
  );
}

function Figures({ of: s }: { of: Summary }) {
  const { t, number } = useWords();
  const figures: { name: Key; text: Key; value: number; href: string; tone: string; perhaps?: number }[] = [
    { name: 'home.devices', text: 'home.devicesText', value: s.devices.total, href: '/devices', tone: '' },
    { name: 'home.affected', text: 'home.affectedText', value: s.exposure.affected, href: '/devices?filter=exposure:affected', tone: 'high' },
    { name: 'home.undecidable', text: 'home.undecidableText', value: s.exposure.undecidable, href: '/devices?filter=exposure:undecidable', tone: 'medium' },
    { name: 'home.endOfLife', text: 'home.endOfLifeText', value: s.exposure.endOfLife, href: '/lifecycle', tone: '' },
    { name: 'home.recalled', text: 'home.recalledText', value: s.exposure.recalled, href: '/recalls', tone: '', perhaps: s.exposure.recallUndecidable },
  ];
  return (
    <div className={css['figures']}>
      {figures.map((f) => (
        <Link key={f.name} href={f.href} className={`card ${css['figure']}`}>
          <span className={css['name']}>{t(f.name)}</span>
          <span className={`num ${css['value']} ${css[f.tone] ?? ''}`}>{number(f.value)}</span>
          <span className="dim">{f.perhaps ? t('home.perhaps', { text: t(f.text), n: f.perhaps }) : t(f.text)}</span>
        </Link>
      ))}
    </div>
  );
}

function Location({ of: s }: { of: Summary }) {
  const { t, number, percent } = useWords();
  const l = s.devices.location;
  const parts: (Share & { value: number; filter: string })[] = [
    { name: t('precision.bed'), value: l.bed, look: 'solid', filter: 'bed' },
    { name: t('precision.unit'), value: l.unit, look: 'half', filter: 'unit' },
    { name: t('precision.stale'), value: l.stale, look: 'hatch', filter: 'stale' },
    { name: t('precision.unknown'), value: l.unknown, look: 'open', filter: 'unknown' },
  ];
  const total = parts.reduce((sum, p) => sum + p.value, 0);
  return (
    <section className="card">
      <h2>{t('home.location')}</h2>
      <Shares label={t('home.location')} parts={parts} />
      <ul className={css['legend']}>
        {parts.map((p) => (
          <li key={p.filter}>
            <Swatch look={p.look} />
            <Link href={`/devices?filter=location:${p.filter}`} className="grow">
              {p.name}
            </Link>
            <strong className="num">{number(p.value)}</strong>
            <span className="num dim">{percent(total ? p.value / total : 0)}</span>
          </li>
        ))}
      </ul>
    </section>
  );
}

function Coverage({ of: s }: { of: Summary }) {
  const { t, number, percent } = useWords();
  const may = useMay();
  // Sensors report every few minutes; one that has just begun is listening all the same.
  const system = useQuery({ queryKey: ['system'], queryFn: ({ signal }) => api.system(signal), enabled: may('system:read'), refetchInterval: 30_000 });
  const live = list(system.data?.capture);
  const c = {
    sensors: Math.max(s.coverage.sensors, live.length),
    packets: s.coverage.packets || live.reduce((sum, x) => sum + x.packets, 0),
    dropped: s.coverage.packets ? s.coverage.dropped : live.reduce((sum, x) => sum + x.dropped, 0),
  };
  const seen = c.packets + c.dropped;
  const statuses = list(s.devices.byStatus);
  return (
    <section className="card">
      <h2>{t('home.coverage')}</h2>
      {c.sensors === 0 && c.packets === 0 ? <Note>{t('home.noSensor')}</Note> : null}
      <dl className="facts">
        <dt>{t('home.sensors')}</dt>
        <dd className="num">{number(c.sensors)}</dd>
        <dt>{t('home.packets')}</dt>
        <dd className="num">{number(c.packets)}</dd>
        <dt>{t('home.dropped')}</dt>
        <dd className="num">
          {number(c.dropped)} {seen > 0 ? <span className="dim">({percent(c.dropped / seen)})</span> : null}
        </dd>
        {statuses.map((x) => (
          <Fact key={x.value} of={x} />
        ))}
      </dl>
      {c.dropped > 0 ? <Note kind="warn">{t('home.droppedText')}</Note> : null}
    </section>
  );
}

function Fact({ of }: { of: Count }) {
  const { t, word, number } = useWords();
  return (
    <>
      <dt>{t('home.identity', { status: word('status', of.value) })}</dt>
      <dd className="num">
        <Link href={`/devices?filter=status:${of.value}`}>{number(of.count)}</Link>
      </dd>
    </>
  );
}

function Units({ units }: { units: UnitExposure[] }) {
  const { t, number } = useWords();
  const filtered = (u: UnitExposure, more: string) =>
    `/devices?filter=${encodeURIComponent([write([is('unit', u.unit), ...(u.site ? [is('site', u.site)] : [])]), more].join(' ').trim())}`;
  const most = Math.max(1, ...units.map((u) => u.affected + u.undecidable));
  return (
    <section className="card">
      <h2>{t('home.byUnit')}</h2>
      {units.length === 0 ? (
        <p className="dim">{t('home.noUnits')}</p>
      ) : (
        // eslint-disable-next-line jsx-a11y/no-noninteractive-tabindex -- it scrolls
        <div className="scrollx" tabIndex={0} role="region" aria-label={t('home.byUnit')}>
          <table className="plain">
            <thead>
              <tr>
                <th scope="col">{t('col.unit')}</th>
                <th scope="col" className={css['barcell']}>
                  <span className="hidden">{t('home.share')}</span>
                </th>
                <th scope="col" className="right">
                  {t('home.devices')}
                </th>
                <th scope="col" className="right">
                  {t('home.affected')}
                </th>
                <th scope="col" className="right">
                  {t('home.undecidable')}
                </th>
                <th scope="col" className="right">
                  {t('home.endOfLife')}
                </th>
                <th scope="col" className="right">
                  {t('home.recalled')}
                </th>
              </tr>
            </thead>
            <tbody>
              {units.map((u) => (
                <tr key={`${u.site ?? ''}/${u.unit}`}>
                  <td>
                    <Link href={filtered(u, '')}>{u.unit || t('word.unknown')}</Link>
                    {u.site ? <span className="dim"> · {u.site}</span> : null}
                  </td>
                  <td className={css['barcell']}>
                    <div className={css['bars']} aria-hidden="true">
                      <div className={css['affected']} style={{ width: `${(100 * u.affected) / most}%` }} />
                      <div className={css['undecided']} style={{ width: `${(100 * u.undecidable) / most}%` }} />
                    </div>
                  </td>
                  <td className="right">{number(u.devices)}</td>
                  <td className="right">
                    <Link href={filtered(u, 'exposure:affected')}>{number(u.affected)}</Link>
                  </td>
                  <td className="right">
                    <Link href={filtered(u, 'exposure:undecidable')}>{number(u.undecidable)}</Link>
                  </td>
                  <td className="right">{number(u.endOfLife)}</td>
                  <td className="right">
                    {number(u.recalled)}
                    {u.recallUndecidable ? <span className="dim"> {t('home.perhapsShort', { n: u.recallUndecidable })}</span> : null}
                  </td>
                </tr>
              ))}
            </tbody>
          </table>
        </div>
      )}
    </section>
  );
}

function Classes({ counts, total }: { counts: Count[]; total: number }) {
  const { t, word, number } = useWords();
  const top = [...counts].sort((a, b) => b.count - a.count).slice(0, 10);
  return (
    <section className="card">
      <h2>{t('home.byClass')}</h2>
      <ul className={css['classes']}>
        {top.map((c) => (
          <li key={c.value}>
            <Link href={`/devices?filter=${encodeURIComponent(write([is('class', c.value)]))}`}>{word('class', c.value)}</Link>
            <div className={css['bars']} aria-hidden="true">
              <div className={css['plainbar']} style={{ width: `${(100 * c.count) / Math.max(1, top[0]?.count ?? total)}%` }} />
            </div>
            <span className="num">{number(c.count)}</span>
          </li>
        ))}
      </ul>
    </section>
  );
}

function FeedAges({ feeds }: { feeds: Feed[] }) {
  const { t, number } = useWords();
  return (
    <section className="card">
      <div className="cardhead">
        <h2>{t('nav.feeds')}</h2>
        <Link href="/feeds">{t('act.all')}</Link>
      </div>
      {feeds.length === 0 ? (
        <Note kind="warn">{t('feeds.none')}</Note>
      ) : (
        <table className="plain">
          <thead>
            <tr>
              <th scope="col">{t('col.name')}</th>
              <th scope="col" className="right">
                {t('col.records')}
              </th>
              <th scope="col">{t('col.newest')}</th>
            </tr>
          </thead>
          <tbody>
            {feeds.slice(0, 8).map((f) => (
              <tr key={f.name}>
                <td>{f.name}</td>
                <td className="right">{number(f.records)}</td>
                <td>
                  <When at={f.newest} relative /> {f.stale ? <span className={css['stale']}>{t('feeds.stale')}</span> : null}
                </td>
              </tr>
            ))}
          </tbody>
        </table>
      )}
    </section>
  );
}
