import { SegmentedControl } from '@mantine/core';
import { useQuery } from '@tanstack/react-query';
import { useNavigate, useSearch } from '@tanstack/react-router';
import { Radar } from 'lucide-react';
import { useMemo } from 'react';
import { api } from '../api/calls';
import { type Coverage, type CoverageReport, list, type ListQuery } from '../api/types';
import { Link } from '../look/Link';
import { Page } from '../look/Page';
import { Empty, Loaded, Note } from '../look/states';
import type { Column } from '../table/column';
import { DataTable } from '../table/DataTable';
import { localPage } from '../table/local';
import { type Speaker, useWords } from '../words/words';
import css from './coverage.module.css';

type Side = 'units' | 'vlans';

function placeOf(c: Coverage, { t }: Speaker): string {
  if (c.vlan) return `VLAN ${c.vlan}`;
  return [c.site, c.unit].filter(Boolean).join(' · ') || t('coverage.nowhere');
}

/** told writes the estimate with its interval, or plainly why there is none. */
function told(c: Coverage, { t, number }: Speaker): string {
  if (c.doubt === 'one-sided') return t('coverage.oneSided');
  if (c.doubt) return t('coverage.few', { n: c.both });
  return t('reconcile.interval', { n: number(Math.round(c.estimate ?? 0)), low: number(Math.floor(c.low ?? 0)), high: number(Math.ceil(c.high ?? 0)) });
}

/** CoverageBoard is how much of the devices is known, measured: who saw what, and how many nobody saw. */
export function CoverageBoard() {
  const { t } = useWords();
  const asked = useQuery({ queryKey: ['coverage'], queryFn: ({ signal }) => api.coverage(signal) });
  return (
    <Page title={t('nav.coverage')} text={t('coverage.text')}>
      <Loaded of={asked} rows={10}>
        {(r) =>
          r.total.known === 0 ? (
            <Empty icon={Radar} title={t('devices.empty')} text={t('devices.emptyText')}>
              <Link href="/import">{t('devices.add')}</Link>
            </Empty>
          ) : (
            <Board of={r} />
          )
        }
      </Loaded>
    </Page>
  );
}

function Board({ of: r }: { of: CoverageReport }) {
  const words = useWords();
  const { t, number } = words;
  const search: Record<string, unknown> = useSearch({ strict: false });
  const navigate = useNavigate();
  const side: Side = search['by'] === 'vlans' ? 'vlans' : 'units';
  const rows = list(r[side]);
  return (
    <div className="stack">
      <div className="grid2">
        <section className="card stack">
          <h2>{t('coverage.total')}</h2>
          {r.total.doubt ? (
            <Note kind="warn">{told(r.total, words)}</Note>
          ) : (
            <>
              <p className={css['big']}>
                {t('coverage.of', { known: number(r.total.known), all: number(Math.round(r.total.estimate ?? 0)) })}
              </p>
              <p>{t('coverage.unseen', { n: number(Math.max(0, Math.round((r.total.estimate ?? 0) - r.total.known))), low: number(Math.max(0, Math.floor((r.total.low ?? 0) - r.total.known))), high: number(Math.ceil((r.total.high ?? 0) - r.total.known)) })}</p>
            </>
          )}
          {r.total.atLeast ? <p className="dim">{t('coverage.atLeast', { n: number(Math.ceil(r.total.atLeast)) })}</p> : null}
          <p className="dim">{t('coverage.assumes')}</p>
        </section>
        <section className="card stack">
          <h2>{t('coverage.sources')}</h2>
          <Sources of={r.total} />
        </section>
      </div>
      <section className="card stack">
        <div className="cardhead">
          <h2>{t(side === 'units' ? 'reconcile.units' : 'reconcile.vlans')}</h2>
          <SegmentedControl
            size="xs"
            aria-label={t('coverage.by')}
            value={side}
            onChange={(v) => void navigate({ to: '.', search: v === 'vlans' ? { by: v } : {}, replace: true })}
            data={[
              { value: 'units', label: t('col.unit') },
              { value: 'vlans', label: 'VLAN' },
            ]}
          />
        </div>
        <p className="dim">{t(side === 'units' ? 'reconcile.unitText' : 'reconcile.vlanText')}</p>
        {rows.length === 0 ? <Note>{t('coverage.noVlans')}</Note> : <Bars rows={rows} />}
      </section>
      <Twin key={side} side={side} rows={rows} />
    </div>
  );
}

/** Sources draws which share of the devices each witness saw. */
function Sources({ of: c }: { of: Coverage }) {
  const { t, word, percent, number } = useWords();
  return (
    <ul className="bare stack tight">
      {list(c.sources).map((s) => (
        <li key={s.source}>
          <div className="row">
            <span className="grow">{word('witness', s.source)}</span>
            <span className="num">{number(s.devices)}</span>
            <span className="num dim">{percent(s.share)}</span>
          </div>
          <svg className={css['bar']} viewBox="0 0 100 6" preserveAspectRatio="none" aria-hidden="true">
            <rect className={css['rail']} x="0" y="0" width="100" height="6" />
            <rect className={css['known']} x="0" y="0" width={s.share * 100} height="6" />
          </svg>
          {s.alone > 0 ? <span className="dim">{t('coverage.alone', { n: s.alone })}</span> : null}
        </li>
      ))}
    </ul>
  );
}

const left = 190;
const wide = 860;
const tall = 30;

/** Bars draws for each place what is known, what is estimated beyond it, and how sure that is. The table below says the same. */
function Bars({ rows }: { rows: Coverage[] }) {
  const words = useWords();
  const { t, number } = words;
  const shown = [...rows].sort((a, b) => b.known - a.known).slice(0, 25);
  const most = Math.max(1, ...shown.map((c) => Math.max(c.known, c.doubt ? 0 : (c.high ?? 0))));
  const cut = Math.max(1, Math.min(most, 3 * Math.max(1, ...shown.map((c) => Math.max(c.known, c.estimate ?? 0)))));
  const x = (n: number) => left + (Math.min(n, cut) / cut) * (wide - left - 70);
  return (
    <figure className={css['figure']}>
      <svg viewBox={`0 0 ${wide} ${shown.length * tall + 24}`} role="img" aria-label={t('coverage.picture')} className={css['bars']}>
        <defs>
          <pattern id="unseen" width="6" height="6" patternUnits="userSpaceOnUse" patternTransform="rotate(45)">
            <rect width="6" height="6" className={css['rail']} />
            <line x1="0" y1="0" x2="0" y2="6" className={css['hatch']} />
          </pattern>
        </defs>
        {shown.map((c, i) => {
          const y = i * tall + 4;
          return (
            <g key={placeOf(c, words)}>
              <title>{`${placeOf(c, words)}: ${told(c, words)}`}</title>
              <text x={left - 10} y={y + 15} textAnchor="end" className={css['label']}>
                {short(placeOf(c, words))}
              </text>
              <rect className={css['known']} x={left} y={y + 3} width={Math.max(1, x(c.known) - left)} height="16" rx="2" />
              {c.doubt ? (
                <text x={x(c.known) + 8} y={y + 15} className={css['dim']}>
                  {number(c.known)} · {t('coverage.cannot')}
                </text>
              ) : (
                <>
                  <rect fill="url(#unseen)" className={css['unseen']} x={x(c.known)} y={y + 3} width={Math.max(0, x(c.estimate ?? 0) - x(c.known))} height="16" />
                  <line className={css['whisker']} x1={x(c.low ?? 0)} x2={x(c.high ?? 0)} y1={y + 11} y2={y + 11} />
                  <line className={css['whisker']} x1={x(c.low ?? 0)} x2={x(c.low ?? 0)} y1={y + 6} y2={y + 16} />
                  <line className={css['whisker']} x1={x(c.high ?? 0)} x2={x(c.high ?? 0)} y1={y + 6} y2={y + 16} />
                  <text x={Math.max(x(c.high ?? 0), x(c.known)) + 8} y={y + 15} className={css['dim']}>
                    {number(c.known)} / {number(Math.round(c.estimate ?? 0))}
                  </text>
                </>
              )}
            </g>
          );
        })}
        <text x={left} y={shown.length * tall + 18} className={css['dim']}>
          {t('coverage.legend')}
        </text>
      </svg>
      {rows.length > shown.length ? <figcaption className="dim">{t('coverage.more', { n: rows.length - shown.length })}</figcaption> : null}
    </figure>
  );
}

function short(text: string): string {
  return text.length > 28 ? `${text.slice(0, 27)}…` : text;
}

function twinColumns(words: Speaker, side: Side): Column<Coverage>[] {
  const { t, number, word, percent } = words;
  const by = (source: string, width: number): Column<Coverage> => {
    const of = (c: Coverage) => list(c.sources).find((s) => s.source === source);
    return {
      id: source,
      header: word('witness', source),
      width,
      sort: source,
      right: true,
      cell: (c) => (
        <>
          {number(of(c)?.devices ?? 0)} <span className="dim">{percent(of(c)?.share ?? 0)}</span>
        </>
      ),
      text: (c) => String(of(c)?.devices ?? 0),
    };
  };
  const count = (id: 'known' | 'wire' | 'list' | 'both', header: string): Column<Coverage> => ({ id, header, width: 100, sort: id, right: true, cell: (c) => number(c[id]), text: (c) => String(c[id]) });
  return [
    { id: 'place', header: side === 'units' ? t('col.unit') : 'VLAN', width: 180, weight: 1.4, sort: 'place', cell: (c) => placeOf(c, words), text: (c) => placeOf(c, words) },
    count('known', t('coverage.known')),
    by('sensor', 110),
    by('dhcp', 110),
    by('arp', 110),
    by('cmms', 150),
    by('cloud', 165),
    count('both', t('reconcile.both')),
    { id: 'estimate', header: t('reconcile.estimate'), width: 149, weight: 1.2, sort: 'estimate', cell: (c) => <span title={told(c, words)}>{told(c, words)}</span>, text: (c) => told(c, words) },
    { id: 'atLeast', header: t('coverage.floor'), width: 90, off: true, right: true, cell: (c) => (c.atLeast ? number(Math.ceil(c.atLeast)) : ''), text: (c) => String(c.atLeast ?? '') },
  ];
}

/** Twin is the picture as a table. */
function Twin({ side, rows }: { side: Side; rows: Coverage[] }) {
  const words = useWords();
  const { t } = words;
  const columns = useMemo(() => twinColumns(words, side), [words, side]);
  return (
    <div className={css['twin']}>
      <DataTable
        name={`coverage-${side}`}
        label={t('coverage.table')}
        columns={columns}
        fields={[]}
        fetch={(q: ListQuery) => localPage(rows, columns, q)}
        id={(c) => placeOf(c, words)}
        title={(c) => placeOf(c, words)}
        empty={<Empty icon={Radar} title={t('coverage.noVlans')} text={t('coverage.noVlansText')} />}
      />
    </div>
  );
}
