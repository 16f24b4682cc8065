import { list, type SensorPicture } from '../api/types';
import { When } from '../look/marks';
import { useWords } from '../words/words';
import css from './sensor.module.css';

const wide = 720; // of the columns, in units of the drawing
const high = 16;
const left = 84;
const most = 40; // VLANs that are drawn

/** levelOf is how strongly a cell is drawn: by tens, since traffic differs by tens. */
export function levelOf(n: number, top: number): number {
  if (n <= 0) return 0;
  const share = Math.log10(n + 1) / Math.log10(top + 1);
  return Math.max(1, Math.min(4, Math.ceil(share * 4)));
}

/** CoveragePicture draws what a sensor saw, VLAN by VLAN, with its gaps. */
export function CoveragePicture({ of: p }: { of: SensorPicture }) {
  const { t, word, number, locale } = useWords();
  const steps = list(p.steps);
  const vlans = list(p.vlans).slice(0, most);
  const gaps = list(p.gaps);
  const from = new Date(p.from).getTime();
  const whole = Math.max(1, steps.length * p.step * 60_000);
  const cell = wide / Math.max(1, steps.length);
  const x = (at: string) => left + Math.max(0, Math.min(1, (new Date(at).getTime() - from) / whole)) * wide;
  const rows = [{ name: t('sensors.all'), packets: steps.map((s) => s.packets) }, ...vlans.map((v) => ({ name: v.vlan === 0 ? t('sensors.untagged') : `VLAN ${v.vlan}`, packets: list(v.packets) }))];
  const bottom = rows.length * (high + 3);
  const seen = steps.length ? steps.reduce((sum, s) => sum + s.covered, 0) / steps.length : 0;
  const time = new Intl.DateTimeFormat(locale, p.step >= 60 ? { day: 'numeric', month: 'short' } : { hour: '2-digit', minute: '2-digit' });
  const dropped = steps.reduce((sum, s) => sum + s.dropped, 0);
  const missing = steps.reduce((sum, s) => sum + s.missing, 0);
  return (
    <div className="stack">
      <p>{t('sensors.summary', { share: `${number(Math.round(seen * 1000) / 10)} %`, dropped: number(dropped), missing: number(missing) })}</p>
      {/* eslint-disable-next-line jsx-a11y/no-noninteractive-tabindex -- it scrolls */}
      <div className="scrollx" tabIndex={0} role="region" aria-label={t('sensors.coverage')}>
        <svg className={css['picture']} viewBox={`0 0 ${left + wide} ${bottom + 18}`} role="img" aria-label={t('sensors.pictureAlt', { rows: rows.length, n: gaps.length })}>
          <defs>
            <pattern id="sensor-gap" width="6" height="6" patternUnits="userSpaceOnUse" patternTransform="rotate(45)">
              <rect className={css['gapGround']} width="6" height="6" />
              <rect className={css['gapLine']} width="2" height="6" />
            </pattern>
          </defs>
          {rows.map((r, n) => {
            const top = Math.max(1, ...r.packets);
            return (
              <g key={r.name} transform={`translate(0 ${n * (high + 3)})`}>
                <text className={css['label']} x={left - 6} y={high - 4} textAnchor="end">
                  {r.name}
                </text>
                <rect className={css['ground']} x={left} width={wide} height={high} />
                {r.packets.map((packets, i) => (packets > 0 ? <rect key={steps[i]?.at ?? i} className={css[`l${levelOf(packets, top)}`]} x={left + i * cell} width={Math.max(0.5, cell - 0.4)} height={high} /> : null))}
              </g>
            );
          })}
          {gaps.map((g) => (
            <rect key={`${g.interface ?? ''}${g.from}${g.reason}`} fill="url(#sensor-gap)" className={css['gap']} x={x(g.from)} width={Math.max(2, x(g.until) - x(g.from))} height={bottom - 3}>
              <title>{word('gapreason', g.reason)}</title>
            </rect>
          ))}
          {[0, 0.25, 0.5, 0.75, 1].map((part) => (
            <text key={part} className={css['label']} x={left + part * wide} y={bottom + 13} textAnchor={part === 0 ? 'start' : part === 1 ? 'end' : 'middle'}>
              {time.format(new Date(from + part * whole))}
            </text>
          ))}
        </svg>
      </div>
      <h3>{t('sensors.gaps')}</h3>
      {gaps.length === 0 ? (
        <p className="dim">{t('sensors.noGaps')}</p>
      ) : (
        <table className="plain">
          <thead>
            <tr>
              <th scope="col">{t('sensors.from')}</th>
              <th scope="col">{t('sensors.until')}</th>
              <th scope="col">{t('sensors.why')}</th>
              <th scope="col">{t('sensors.interface')}</th>
              <th scope="col" className="right">
                {t('sensors.missing')}
              </th>
            </tr>
          </thead>
          <tbody>
            {gaps.map((g) => (
              <tr key={`${g.interface ?? ''}${g.from}${g.reason}`}>
                <td>
                  <When at={g.from} />
                </td>
                <td>
                  <When at={g.until} />
                </td>
                <td>{word('gapreason', g.reason)}</td>
                <td>{g.interface || t('sensors.all')}</td>
                <td className="right num">{g.missing ? number(g.missing) : ''}</td>
              </tr>
            ))}
          </tbody>
        </table>
      )}
    </div>
  );
}
