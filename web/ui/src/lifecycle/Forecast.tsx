import { NativeSelect, TextInput } from '@mantine/core';
import { useQuery } from '@tanstack/react-query';
import { Hourglass } from 'lucide-react';
import { useState } from 'react';
import { api } from '../api/calls';
import { type Forecast, list } from '../api/types';
import { Link } from '../look/Link';
import { Page } from '../look/Page';
import { Empty, Loaded, Note } from '../look/states';
import { useWords } from '../words/words';
import css from './forecast.module.css';

const width = 760;
const height = 260;
const edge = { left: 44, right: 12, top: 12, bottom: 34 };

/** ForecastPage says how many devices are without support on days to come. */
export function ForecastPage() {
  const { t, number } = useWords();
  const [years, setYears] = useState('5');
  const [unit, setUnit] = useState('');
  const [on, setOn] = useState('');
  const asked = useQuery({ queryKey: ['forecast', years], queryFn: ({ signal }) => api.forecast(Number(years), '', signal) });
  return (
    <Page title={t('nav.forecast')} text={t('forecast.text')}>
      <Loaded of={asked} rows={10}>
        {(f) => {
          const units = [...new Set(list(f.points).flatMap((p) => list(p.units).map((u) => u.unit)))].sort();
          const rows = rowsOf(f, unit);
          const total = rows[0]?.devices ?? 0;
          const unknown = rows[0]?.unknown ?? 0;
          if (f.devices === 0) return <Empty icon={Hourglass} title={t('lifecycle.empty')} text={t('lifecycle.emptyText')} />;
          return (
            <>
              <div className="row">
                <NativeSelect label={t('col.unit')} value={unit} onChange={(e) => setUnit(e.currentTarget.value)} data={[{ value: '', label: t('act.all') }, ...units.map((u) => ({ value: u || '\u0000', label: u || t('word.unknown') }))]} />
                <NativeSelect label={t('forecast.years')} value={years} onChange={(e) => setYears(e.currentTarget.value)} data={['2', '5', '10']} />
              </div>
              {unknown > 0 ? <Note kind="warn">{t('forecast.unknown', { n: number(unknown), of: number(total) })}</Note> : null}
              <section className="card">
                <h2>{t('forecast.chart')}</h2>
                <Chart rows={rows} total={total} />
              </section>
              <section className="card">
                <h2>{t('forecast.table')}</h2>
                <Table rows={rows} />
              </section>
              <section className="card stack">
                <h2>{t('forecast.onDay')}</h2>
                <TextInput type="date" label={t('asof.day')} value={on} onChange={(e) => setOn(e.currentTarget.value)} className={css['day']} />
                {/^\d{4}-\d\d-\d\d$/.test(on) ? <Over on={on} /> : null}
              </section>
            </>
          );
        }}
      </Loaded>
    </Page>
  );
}

interface Row {
  on: string;
  unsupported: number;
  unknown: number;
  devices: number;
}

/** rowsOf sums a forecast over the units that are chosen. */
export function rowsOf(f: Forecast, unit: string): Row[] {
  return list(f.points).map((p) => {
    const row = { on: p.on, unsupported: 0, unknown: 0, devices: 0 };
    for (const u of list(p.units)) {
      if (unit && u.unit !== (unit === '\u0000' ? '' : unit)) continue;
      row.unsupported += u.unsupported;
      row.unknown += u.unknown;
      row.devices += u.devices;
    }
    return row;
  });
}

function Chart({ rows, total }: { rows: Row[]; total: number }) {
  const { t, day, number } = useWords();
  const inner = { w: width - edge.left - edge.right, h: height - edge.top - edge.bottom };
  const x = (i: number) => edge.left + (rows.length < 2 ? 0 : (i / (rows.length - 1)) * inner.w);
  const y = (n: number) => edge.top + inner.h - (n / Math.max(1, total)) * inner.h;
  const area = (top: (r: Row) => number, bottom: (r: Row) => number) =>
    `M${rows.map((r, i) => `${x(i)} ${y(top(r))}`).join('L')}L${rows
      .map((r, i) => `${x(i)} ${y(bottom(r))}`)
      .reverse()
      .join('L')}Z`;
  const marks = [0, 0.5, 1].map((share) => Math.round(share * total));
  const every = Math.max(1, Math.ceil(rows.length / 6));
  const last = rows[rows.length - 1];
  return (
    <figure className={css['figure']}>
      <svg
        viewBox={`0 0 ${width} ${height}`}
        className={css['chart']}
        role="img"
        aria-label={last ? t('forecast.says', { now: number(rows[0]?.unsupported ?? 0), then: number(last.unsupported), day: day(last.on), total: number(total) }) : t('forecast.chart')}
      >
        <defs>
          <pattern id="unknown" width="6" height="6" patternUnits="userSpaceOnUse" patternTransform="rotate(45)">
            <rect width="6" height="6" className={css['hatchback']} />
            <path d="M0 0V6" className={css['hatch']} />
          </pattern>
        </defs>
        {marks.map((n) => (
          <g key={n}>
            <path d={`M${edge.left} ${y(n)}H${width - edge.right}`} className={css['rule']} />
            <text x={edge.left - 6} y={y(n) + 4} className={css['tick']} textAnchor="end">
              {number(n)}
            </text>
          </g>
        ))}
        <path d={area((r) => r.unsupported + r.unknown, (r) => r.unsupported)} fill="url(#unknown)" />
        <path d={area((r) => r.unsupported, () => 0)} className={css['over']} />
        <path d={`M${rows.map((r, i) => `${x(i)} ${y(r.unsupported)}`).join('L')}`} className={css['line']} />
        {rows.map((r, i) =>
          (i % every === 0 && rows.length - 1 - i > every / 2) || i === rows.length - 1 ? (
            <text key={r.on} x={x(i)} y={height - 12} className={css['tick']} textAnchor={i === 0 ? 'start' : i === rows.length - 1 ? 'end' : 'middle'}>
              {r.on.slice(0, 7)}
            </text>
          ) : null,
        )}
      </svg>
      <figcaption className="row">
        <span className={css['key']}>
          <svg width="14" height="14" aria-hidden="true">
            <rect width="14" height="14" className={css['over']} />
          </svg>
          {t('forecast.unsupported')}
        </span>
        <span className={css['key']}>
          <svg width="14" height="14" aria-hidden="true">
            <rect width="14" height="14" fill="url(#unknown)" />
          </svg>
          {t('forecast.notKnown')}
        </span>
      </figcaption>
    </figure>
  );
}

function Table({ rows }: { rows: Row[] }) {
  const { t, day, number } = useWords();
  return (
    // eslint-disable-next-line jsx-a11y/no-noninteractive-tabindex -- it scrolls
    <div className="scrollx" tabIndex={0} role="region" aria-label={t('forecast.table')}>
      <table className="plain">
        <thead>
          <tr>
            <th scope="col">{t('asof.day')}</th>
            <th scope="col" className="right">
              {t('forecast.unsupported')}
            </th>
            <th scope="col" className="right">
              {t('forecast.notKnown')}
            </th>
            <th scope="col" className="right">
              {t('home.devices')}
            </th>
          </tr>
        </thead>
        <tbody>
          {rows.map((r) => (
            <tr key={r.on}>
              <th scope="row">{day(r.on)}</th>
              <td className="right">{number(r.unsupported)}</td>
              <td className="right">{number(r.unknown)}</td>
              <td className="right">{number(r.devices)}</td>
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  );
}

function Over({ on }: { on: string }) {
  const { t, day } = useWords();
  const asked = useQuery({ queryKey: ['forecast', 'on', on], queryFn: ({ signal }) => api.forecast(5, on, signal) });
  return (
    <Loaded of={asked} rows={3}>
      {(f) =>
        list(f.over).length === 0 ? (
          <p>{t('lifecycle.empty')}</p>
        ) : (
          <ul className="bare stack tight">
            {list(f.over)
              .slice(0, 200)
              .map((d) => (
                <li key={d.device} className="row">
                  <Link href={`/devices/${encodeURIComponent(d.device)}`}>{d.name}</Link>
                  <span className="dim">
                    {d.unit || t('word.unknown')} · {d.of} {d.ends && d.ends !== '1970-01-01' ? `· ${day(d.ends)}` : ''}
                  </span>
                </li>
              ))}
          </ul>
        )
      }
    </Loaded>
  );
}
