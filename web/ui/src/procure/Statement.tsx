import { NativeSelect, TextInput } from '@mantine/core';
import { useQuery } from '@tanstack/react-query';
import { useParams } from '@tanstack/react-router';
import { CircleCheck, CircleHelp, CircleMinus, CircleX, TriangleAlert } from 'lucide-react';
import { useState } from 'react';
import { api } from '../api/calls';
import { list, type StatementDetail } from '../api/types';
import { Link } from '../look/Link';
import { SeverityMark, When, Told } from '../look/marks';
import { Page } from '../look/Page';
import { Loaded, Note } from '../look/states';
import { useMay } from '../shell/session';
import { useWords } from '../words/words';
import css from './procure.module.css';

/** StatementPage is one MDS2: its answers by section, what was odd in it, what
 * changed since the one before, and what stands against it. */
export function StatementPage() {
  const { id = '' }: { id?: string } = useParams({ strict: false });
  const asked = useQuery({ queryKey: ['mds2', id], queryFn: ({ signal }) => api.statement(id, signal) });
  return (
    <Loaded of={asked} rows={14}>
      {(s) => <Shown key={s.id} of={s} />}
    </Loaded>
  );
}

type Which = 'all' | 'answered' | 'blank' | 'note' | 'against';

function Shown({ of: s }: { of: StatementDetail }) {
  const { t, told, number } = useWords();
  const [which, setWhich] = useState<Which>('all');
  const [text, setText] = useState('');
  const may = useMay();
  const against = new Map(list(s.contradictions).map((c) => [c.rule, c.text]));
  const blank = s.asked - s.answered;
  const wanted = text.trim().toLowerCase();
  const shown = list(s.answers).filter(
    (a) =>
      (which === 'all' || (which === 'answered' && a.value !== '') || (which === 'blank' && a.value === '') || (which === 'note' && (a.note ?? '') !== '') || (which === 'against' && against.has(a.id))) &&
      (!wanted || `${a.id} ${told(a.label)} ${a.note ?? ''}`.toLowerCase().includes(wanted)),
  );
  return (
    <Page
      title={`${s.manufacturer} ${s.model} ${s.version ?? ''}`}
      text={
        <span className="row">
          <span className="chip">HN 1-{s.edition}</span>
          <span>{t('mds2.answeredOf', { n: number(s.answered), of: number(s.asked) })}</span>
          {blank > 0 ? <span className="chip">{t('mds2.blank', { n: number(blank) })}</span> : null}
          <span className="dim">
            {s.name} · {s.by} · <When at={s.at} />
          </span>
        </span>
      }
      actions={
        may('procure:write') ? (
          <Link href={`/purchases?maker=${encodeURIComponent(s.manufacturer)}&model=${encodeURIComponent(s.model)}`}>{t('purchase.open')}</Link>
        ) : null
      }
    >
      {s.edition === '2013' ? <Note>{t('mds2.old', { n: number(list(s.other).length) })}</Note> : null}
      <div className="grid2">
        <Against of={s} />
        <Odd of={s} />
      </div>
      <Changes of={s} />
      <section className="card stack">
        <div className="row">
          <h2 className="grow">{t('mds2.answers')}</h2>
          <TextInput aria-label={t('mds2.find')} placeholder={t('mds2.find')} value={text} onChange={(e) => setText(e.currentTarget.value)} />
          <NativeSelect
            aria-label={t('mds2.show')}
            value={which}
            onChange={(e) => setWhich(e.currentTarget.value as Which)}
            data={(['all', 'answered', 'blank', 'note', 'against'] as const).map((w) => ({ value: w, label: t(`answers.show.${w}`) }))}
          />
        </div>
        {shown.length === 0 ? <p className="dim">{t('mds2.none')}</p> : null}
        {list(s.sections).map((section) => {
          const answers = shown.filter((a) => a.section === section.code);
          if (answers.length === 0) return null;
          return (
            <div key={section.code}>
              <h3>
                {section.code}: <Told of={section.label} />{' '}
                <span className="dim num">
                  {number(section.answered)} / {number(section.asked)}
                </span>
              </h3>
              {/* eslint-disable-next-line jsx-a11y/no-noninteractive-tabindex -- it scrolls */}
              <div className="scrollx" tabIndex={0} role="region" aria-label={section.code}>
                <table className={`plain ${css['answers']}`}>
                  <thead>
                    <tr>
                      <th scope="col">{t('mds2.question')}</th>
                      <th scope="col">{t('mds2.label')}</th>
                      <th scope="col">{t('mds2.answer')}</th>
                      <th scope="col">{t('mds2.note')}</th>
                    </tr>
                  </thead>
                  <tbody>
                    {answers.map((a) => (
                      <tr key={a.id}>
                        <th scope="row" className="mono">
                          {a.id}
                          {a.was && a.was !== a.id ? <span className="dim"> ({t('mds2.was', { was: a.was })})</span> : null}
                        </th>
                        <td><Told of={a.label} /></td>
                        <td>
                          <AnswerMark of={a.value} />
                        </td>
                        <td>
                          {a.note}
                          {against.has(a.id) ? (
                            <div className={css['against']}>
                              <TriangleAlert size={13} aria-hidden="true" /> <Told of={against.get(a.id)} />
                            </div>
                          ) : null}
                        </td>
                      </tr>
                    ))}
                  </tbody>
                </table>
              </div>
            </div>
          );
        })}
        {list(s.other).length > 0 && which === 'all' && !wanted ? (
          <details>
            <summary>{t('mds2.other', { n: number(list(s.other).length) })}</summary>
            <ul className="bare stack tight">
              {list(s.other).map((a) => (
                <li key={a.id}>
                  <span className="mono">{a.id}</span> <AnswerMark of={a.value} /> {a.note}
                </li>
              ))}
            </ul>
          </details>
        ) : null}
      </section>
    </Page>
  );
}

/** AnswerMark is an answer: a shape and a word. */
export function AnswerMark({ of }: { of: string }) {
  const { t } = useWords();
  const Icon = of === 'Yes' ? CircleCheck : of === 'No' ? CircleX : of === 'See Note' ? CircleHelp : CircleMinus;
  return (
    <span className={`${css['answer']} ${of === '' ? 'dim' : ''}`}>
      <Icon size={13} aria-hidden="true" /> {of === '' ? t('mds2.nothing') : of === 'Yes' ? t('mds2.yes') : of === 'No' ? t('mds2.no') : of === 'N/A' ? t('mds2.na') : t('mds2.seeNote')}
    </span>
  );
}

function Against({ of: s }: { of: StatementDetail }) {
  const { t } = useWords();
  const found = list(s.contradictions);
  return (
    <section className="card">
      <h2>{t('nav.contradictions')}</h2>
      {found.length === 0 ? <p className="dim">{t('mds2.nothingAgainst')}</p> : null}
      <ul className="bare stack tight">
        {found.map((c) => (
          <li key={c.id}>
            <span className="row">
              <SeverityMark of={c.severity} />
              <Link href={`/findings/${encodeURIComponent(c.id)}`} className="mono">
                {c.rule}
              </Link>
              <span className="dim"><Told of={c.against} /></span>
            </span>
            <div><Told of={c.text} /></div>
          </li>
        ))}
      </ul>
    </section>
  );
}

function Odd({ of: s }: { of: StatementDetail }) {
  const { t, number } = useWords();
  const problems = list(s.problems);
  return (
    <section className="card">
      <h2>{t('mds2.problems')}</h2>
      {problems.length === 0 ? <p className="dim">{t('mds2.noProblems')}</p> : null}
      <ul className="bare stack tight">
        {problems.map((p, i) => (
          <li key={i}>
            {p.line > 0 ? <span className="dim">{t('policy.line', { n: number(p.line) })} </span> : null}
            <Told of={p.text} />
          </li>
        ))}
      </ul>
      {s.dropped ? <p className="dim">{t('mds2.more', { n: number(s.dropped) })}</p> : null}
    </section>
  );
}

function Changes({ of: s }: { of: StatementDetail }) {
  const { t, date, number } = useWords();
  const others = list(s.earlier);
  const [from, setFrom] = useState(others[0]?.id ?? '');
  const asked = useQuery({ queryKey: ['mds2', s.id, 'diff', from], queryFn: ({ signal }) => api.statementDiff(s.id, from, signal), enabled: from !== '' });
  if (others.length === 0) return null;
  return (
    <section className="card stack">
      <div className="row">
        <h2 className="grow">{t('mds2.changes')}</h2>
        <NativeSelect aria-label={t('mds2.compare')} value={from} onChange={(e) => setFrom(e.currentTarget.value)} data={others.map((o) => ({ value: o.id, label: `${o.name} · ${date(o.at)}` }))} />
      </div>
      <Loaded of={asked} rows={3}>
        {(d) =>
          list(d.items).length === 0 ? (
            <p className="dim">{t('mds2.noChanges')}</p>
          ) : (
            <>
              <p className="dim">{t('mds2.changed', { n: number(list(d.items).length) })}</p>
              {/* eslint-disable-next-line jsx-a11y/no-noninteractive-tabindex -- it scrolls */}
              <div className="scrollx" tabIndex={0} role="region" aria-label={t('mds2.changes')}>
                <table className="plain">
                  <thead>
                    <tr>
                      <th scope="col">{t('mds2.question')}</th>
                      <th scope="col">{t('mds2.label')}</th>
                      <th scope="col">{t('mds2.before')}</th>
                      <th scope="col">{t('mds2.now')}</th>
                    </tr>
                  </thead>
                  <tbody>
                    {list(d.items).map((c) => (
                      <tr key={c.id}>
                        <th scope="row" className="mono">
                          {c.id}
                        </th>
                        <td><Told of={c.label} /></td>
                        <td>
                          <AnswerMark of={c.was.value} /> {c.was.note}
                        </td>
                        <td>
                          <AnswerMark of={c.is.value} /> {c.is.note}
                        </td>
                      </tr>
                    ))}
                  </tbody>
                </table>
              </div>
            </>
          )
        }
      </Loaded>
    </section>
  );
}
