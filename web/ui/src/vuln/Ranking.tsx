import type { FindingDetail } from '../api/types';
import { list } from '../api/types';
import { useWords } from '../words/words';
import css from './vuln.module.css';
import { Told } from '../look/marks';

export type RankingOf = NonNullable<FindingDetail['ranking']>;

/** UrgencyMark says how soon to act: by word, and by how full its bar is. */
export function UrgencyMark({ of }: { of: string }) {
  const { word } = useWords();
  return (
    <span className={`${css['urgency']} ${css[of] ?? ''}`}>
      <svg width="20" height="10" viewBox="0 0 20 10" aria-hidden="true">
        {['defer', 'scheduled', 'out-of-cycle', 'immediate'].map((u, i, all) => (
          <rect key={u} x={i * 5} y={8 - i * 2} width="4" height={2 + i * 2} fill="currentColor" opacity={all.indexOf(of) >= i ? 1 : 0.2} />
        ))}
      </svg>
      {word('urgency', of)}
    </span>
  );
}

/** Ranked shows each input of a rank, and which would change the urgency. */
export function Ranked({ of: r }: { of: RankingOf }) {
  const { t, word } = useWords();
  const changes = list(r.changes);
  return (
    <section className="card">
      <div className="cardhead">
        <h2>{t('rank.title')}</h2>
        <span className="row">
          <UrgencyMark of={r.urgency} />
          <span className="num dim">{t('rank.of', { n: r.rank })}</span>
        </span>
      </div>
      <table className={`plain ${css['ranked']}`}>
        <thead>
          <tr>
            <th scope="col">{t('rank.input')}</th>
            <th scope="col">{t('rank.level')}</th>
            <th scope="col">{t('finding.why')}</th>
          </tr>
        </thead>
        <tbody>
          {list(r.inputs).map((i) => (
            <tr key={i.name}>
              <td>{word('input', i.name)}</td>
              <td>
                {word('level', i.level)} {i.assumed ? <span className="chip">{t('rank.assumed')}</span> : null}
              </td>
              <td className="dim"><Told of={i.why} /></td>
            </tr>
          ))}
        </tbody>
      </table>
      {changes.length > 0 ? (
        <>
          <h3 className={css['sub']}>{t('rank.changes')}</h3>
          <ul className="bare stack tight">
            {changes.map((c) => (
              <li key={c.input + c.to} className="row">
                <span>{t('rank.change', { input: word('input', c.input), from: word('level', c.from), to: word('level', c.to) })}</span>
                <UrgencyMark of={c.urgency} />
              </li>
            ))}
          </ul>
        </>
      ) : null}
    </section>
  );
}
