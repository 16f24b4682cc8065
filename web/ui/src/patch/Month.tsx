import { Button } from '@mantine/core';
import { useState } from 'react';
import { list, type PatchOrder } from '../api/types';
import { useWords } from '../words/words';
import css from './month.module.css';

interface Entry {
  key: string;
  at: Date;
  text: string;
  firm: boolean;
}

/** Month shows the windows of a month: a table whose cells are days. */
export function Month({ of }: { of: PatchOrder[] }) {
  const { t, locale } = useWords();
  const entries: Entry[] = of.flatMap((o) =>
    list(o.windows).map((w, i) => ({ key: `${o.id}-${i}`, at: new Date(w.from), text: `${o.unit || '?'}: ${o.model.model} (${list(w.devices).length})`, firm: o.stage !== 'proposed' })),
  );
  const first = entries.map((e) => e.at.getTime()).sort((a, b) => a - b)[0];
  const [now] = useState(() => Date.now());
  const [shift, setShift] = useState(0);
  const start = new Date(first ?? now);
  const month = new Date(start.getFullYear(), start.getMonth() + shift, 1);
  const lead = (month.getDay() + 6) % 7;
  const days = new Date(month.getFullYear(), month.getMonth() + 1, 0).getDate();
  const weeks = Math.ceil((lead + days) / 7);
  const names = Array.from({ length: 7 }, (_, i) => new Intl.DateTimeFormat(locale, { weekday: 'short' }).format(new Date(2024, 0, 1 + i)));
  const time = new Intl.DateTimeFormat(locale, { hour: '2-digit', minute: '2-digit' });
  const title = new Intl.DateTimeFormat(locale, { month: 'long', year: 'numeric' }).format(month);
  return (
    <div className="stack tight">
      <div className="row">
        <Button variant="default" aria-label={t('patch.before')} onClick={() => setShift(shift - 1)}>
          ‹
        </Button>
        <h2 aria-live="polite">{title}</h2>
        <Button variant="default" aria-label={t('patch.after')} onClick={() => setShift(shift + 1)}>
          ›
        </Button>
        <span className={css['key']}>
          <span className={css['firm']} aria-hidden="true" /> {t('patch.firm')}
        </span>
        <span className={css['key']}>
          <span className={css['loose']} aria-hidden="true" /> {t('patch.loose')}
        </span>
      </div>
      {/* eslint-disable-next-line jsx-a11y/no-noninteractive-tabindex -- it scrolls */}
      <div className="scrollx" tabIndex={0} role="region" aria-label={title}>
        <table className={css['month']}>
          <caption className="hidden">{title}</caption>
          <thead>
            <tr>
              {names.map((n) => (
                <th key={n} scope="col">
                  {n}
                </th>
              ))}
            </tr>
          </thead>
          <tbody>
            {Array.from({ length: weeks }, (_, w) => (
              <tr key={w}>
                {Array.from({ length: 7 }, (_, d) => {
                  const n = w * 7 + d - lead + 1;
                  if (n < 1 || n > days) return <td key={d} className={css['outside']} />;
                  const here = entries.filter((e) => e.at.getFullYear() === month.getFullYear() && e.at.getMonth() === month.getMonth() && e.at.getDate() === n).sort((a, b) => a.at.getTime() - b.at.getTime());
                  return (
                    <td key={d}>
                      <span className="dim num">{n}</span>
                      {here.slice(0, 4).map((e) => (
                        <div key={e.key} className={e.firm ? css['firm'] : css['loose']} title={e.text}>
                          <span className="num">{time.format(e.at)}</span> {e.text}
                        </div>
                      ))}
                      {here.length > 4 ? <div className="dim">{t('patch.more', { n: here.length - 4 })}</div> : null}
                    </td>
                  );
                })}
              </tr>
            ))}
          </tbody>
        </table>
      </div>
    </div>
  );
}
