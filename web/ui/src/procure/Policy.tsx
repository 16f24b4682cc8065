import { Button, NativeSelect, Textarea } from '@mantine/core';
import { useQuery } from '@tanstack/react-query';
import { type FormEvent, useEffect, useState } from 'react';
import { api } from '../api/calls';
import { list, type PolicyAnswer, type PolicyTrial, type TextLine } from '../api/types';
import { useAct } from '../look/act';
import { Link } from '../look/Link';
import { Page } from '../look/Page';
import { Failed, Loaded, Note } from '../look/states';
import { useMay } from '../shell/session';
import { useWords } from '../words/words';
import { VerdictChip } from './Verdict';
import css from './procure.module.css';

/** PolicyPage shows, tries and changes what the hospital asks of a device. */
export function PolicyPage() {
  const asked = useQuery({ queryKey: ['policy'], queryFn: ({ signal }) => api.policy(signal) });
  return (
    <Loaded of={asked} rows={14}>
      {(p) => <Editor key={p.current.id} of={p} />}
    </Loaded>
  );
}

function Editor({ of: p }: { of: PolicyAnswer }) {
  const { t, number, date } = useWords();
  const allowed = useMay()('procure:policy');
  const act = useAct(['policy'], ['list', 'purchases']);
  const now = p.current.text;
  const [text, setText] = useState(now);
  const [asked, setAsked] = useState('');
  useEffect(() => {
    const timer = setTimeout(() => setAsked(text === now ? '' : text), 500);
    return () => clearTimeout(timer);
  }, [text, now]);
  const trial = useQuery({ queryKey: ['policy', 'try', asked], queryFn: ({ signal }) => api.tryPolicy(asked, signal), enabled: asked !== '' });
  const changed = text !== now;
  const usable = changed && asked === text && trial.data !== undefined && list(trial.data.problems).length === 0;
  const submit = (e: FormEvent) => {
    e.preventDefault();
    if (usable) void act.run(() => api.setPolicy(text));
  };
  return (
    <Page
      title={t('nav.policy')}
      text={
        <span className="row">
          <span className="chip">
            {p.current.policy.name} · {t('policy.edition', { n: number(p.current.policy.edition) })}
          </span>
          <span className="dim">
            {p.current.by} {p.current.at ? `· ${date(p.current.at)}` : ''}
          </span>
          <span>{t('policy.text')}</span>
        </span>
      }
    >
      {act.error ? <Failed error={act.error} /> : null}
      {allowed ? null : <Note>{t('state.needs', { action: 'procure:policy' })}</Note>}
      <div className={css['editor']}>
        <form className="card stack" onSubmit={submit}>
          <Textarea
            label={t('policy.yaml')}
            classNames={{ input: css['yaml'] }}
            rows={30}
            spellCheck={false}
            readOnly={!allowed}
            value={text}
            onChange={(e) => setText(e.currentTarget.value)}
            aria-describedby="policy-problems"
          />
          <div className="row">
            <Button type="submit" size="sm" disabled={!allowed || !usable} loading={act.busy}>
              {t('policy.inForce')}
            </Button>
            <Button variant="default" size="sm" disabled={!changed} onClick={() => setText(p.current.text)}>
              {t('policy.reset')}
            </Button>
          </div>
        </form>
        <div className="stack" id="policy-problems" aria-live="polite">
          {!changed ? <Note>{t('policy.unchanged')}</Note> : <Loaded of={trial} rows={6}>{(r) => <Trial of={r} />}</Loaded>}
        </div>
      </div>
      <Versions of={p} />
    </Page>
  );
}

function Trial({ of: r }: { of: PolicyTrial }) {
  const { t, number, word } = useWords();
  const problems = list(r.problems);
  if (problems.length > 0) {
    return (
      <section className="card">
        <h2>{t('policy.problems', { n: number(problems.length) })}</h2>
        <ul className="bare stack tight">
          {problems.map((p, i) => (
            <li key={i}>
              {p.line > 0 ? <strong className="num">{t('policy.line', { n: number(p.line) })}: </strong> : null}
              {p.text}
            </li>
          ))}
        </ul>
      </section>
    );
  }
  const purchases = list(r.purchases);
  return (
    <>
      <Note kind="good">{t('policy.usable', { name: r.policy })}</Note>
      <section className="card stack">
        <h2>{t('policy.trial')}</h2>
        <p>{t('policy.trialText', { n: number(r.changed), of: number(purchases.length) })}</p>
        {purchases.slice(0, 50).map((p) => (
          <div key={p.id} className="stack tight">
            <div className="row">
              <Link href={`/purchases/${encodeURIComponent(p.id)}`}>{p.title}</Link>
              <span className="chip">{word('stage', p.stage)}</span>
            </div>
            <div className="row">
              <VerdictChip of={p.from} /> <span className="num">{number(p.was)}</span> → <VerdictChip of={p.to} /> <span className="num">{number(p.score)}</span>
            </div>
            <ul>
              {list(p.worse).map((x) => (
                <li key={x}>{t('purchase.worse', { what: x })}</li>
              ))}
              {list(p.better).map((x) => (
                <li key={x}>{t('purchase.better', { what: x })}</li>
              ))}
            </ul>
          </div>
        ))}
      </section>
      <section className="card">
        <h2>{t('policy.diff', { name: r.against })}</h2>
        <Lines of={list(r.lines)} />
      </section>
    </>
  );
}

function Versions({ of: p }: { of: PolicyAnswer }) {
  const { t, number, date } = useWords();
  const all = list(p.all);
  const [to, setTo] = useState(all[0]?.id ?? '');
  const [from, setFrom] = useState(all[1]?.id ?? '');
  const asked = useQuery({ queryKey: ['policy', 'diff', from, to], queryFn: ({ signal }) => api.policyDiff(to, from, signal), enabled: from !== '' && to !== '' && from !== to });
  if (all.length < 2) return null;
  const data = all.map((v) => ({ value: v.id, label: `${v.policy.name} ${number(v.policy.edition)} · ${v.by}${v.at ? ` · ${date(v.at)}` : ''}` }));
  return (
    <section className="card stack">
      <h2>{t('policy.versions', { n: number(all.length) })}</h2>
      <div className="row">
        <NativeSelect label={t('mds2.before')} value={from} onChange={(e) => setFrom(e.currentTarget.value)} data={data} />
        <NativeSelect label={t('mds2.now')} value={to} onChange={(e) => setTo(e.currentTarget.value)} data={data} />
      </div>
      {from === to ? (
        <p className="dim">{t('policy.same')}</p>
      ) : (
        <Loaded of={asked} rows={4}>
          {(d) => <Lines of={list(d.items)} />}
        </Loaded>
      )}
    </section>
  );
}

/** around is how many lines that are the same stand about one that is not. */
const around = 2;

/** Lines shows what changed from one text to another, with the lines about it. */
export function Lines({ of }: { of: TextLine[] }) {
  const { t } = useWords();
  const near = of.map((_, i) => of.slice(Math.max(0, i - around), i + around + 1).some((l) => l.op !== 'same'));
  if (!near.includes(true)) return <p className="dim">{t('policy.same')}</p>;
  return (
    // eslint-disable-next-line jsx-a11y/no-noninteractive-tabindex -- it scrolls
    <div className="scrollx" tabIndex={0} role="region" aria-label={t('policy.lines')}>
      <table className={css['lines']}>
        <tbody>
          {of.map((l, i) =>
            near[i] ? (
              <tr key={i} className={css[l.op]}>
                <td className="num dim">{l.old ?? ''}</td>
                <td className="num dim">{l.new ?? ''}</td>
                <td>
                  <span className="hidden">{l.op === 'same' ? '' : t(l.op === 'gone' ? 'policy.gone' : 'policy.new')}</span>
                  <span aria-hidden="true">{l.op === 'gone' ? '−' : l.op === 'new' ? '+' : ' '}</span> {l.text}
                </td>
              </tr>
            ) : near[i - 1] ? (
              <tr key={i} aria-hidden="true">
                <td className="dim" colSpan={3}>
                  …
                </td>
              </tr>
            ) : null,
          )}
        </tbody>
      </table>
    </div>
  );
}
