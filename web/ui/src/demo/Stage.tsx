import { Button } from '@mantine/core';
import { useQuery } from '@tanstack/react-query';
import { CircleCheckBig, Drama } from 'lucide-react';
import { api } from '../api/calls';
import { list } from '../api/types';
import { useAct } from '../look/act';
import { Link } from '../look/Link';
import { When } from '../look/marks';
import { Page } from '../look/Page';
import { Progress } from '../look/Progress';
import { Empty, Failed, Loaded } from '../look/states';
import { useHere, useMay } from '../shell/session';
import { useWords, type Values } from '../words/words';
import css from './stage.module.css';

/** Stage is the panel from which a visitor lets things happen. */
export function Stage() {
  const { t } = useWords();
  const { session } = useHere();
  return (
    <Page title={t('nav.demo')} text={t('demo.intro')}>
      {session.demo ? <Play /> : <Empty icon={Drama} title={t('demo.none')} text={t('demo.noneText')} />}
    </Page>
  );
}

function Play() {
  const { t, told, word, number } = useWords();
  const may = useMay();
  const asked = useQuery({ queryKey: ['demo'], queryFn: ({ signal }) => api.demo(signal), refetchInterval: (q) => (q.state.data?.state === 'complete' ? 15_000 : 1500) });
  const act = useAct(['demo'], ['summary'], ['devices'], ['findings']);
  return (
    <Loaded of={asked} rows={8}>
      {(d) => (
        <div className="stack">
          {d.state === 'complete' ? null : (
            <div className="card stack" aria-live="polite">
              <p>{t('demo.filling', { doing: told(d.doing), done: d.done, steps: d.steps })}</p>
              <Progress label={t('demo.progress')} value={d.done / Math.max(1, d.steps)} />
            </div>
          )}
          {act.error ? <Failed error={act.error} /> : null}
          <div className={css['events']}>
            {list(d.events).map((e) => {
              const facts: Values = e.facts;
              return (
                <section key={e.name} className="card stack" aria-label={word('demo', `${e.name}.title`)}>
                  <div className="row">
                    <h2 className="grow">{word('demo', `${e.name}.title`)}</h2>
                    {e.at ? <CircleCheckBig size={18} role="img" aria-label={t('demo.happened')} /> : null}
                  </div>
                  <p>{fill(word('demo', `${e.name}.about`), facts)}</p>
                  {e.at ? (
                    <>
                      <p>
                        <strong>{t('demo.shows')}</strong> {fill(word('demo', `${e.name}.shows`), facts)}
                      </p>
                      <ul className={css['links']}>
                        {list(e.links).map((l) => (
                          <li key={l.href}>
                            <Link href={l.href}>{word('demo', `link.${l.name}`)}</Link>
                          </li>
                        ))}
                      </ul>
                      <span className="dim">
                        <When at={e.at} />
                      </span>
                    </>
                  ) : (
                    <div>
                      <Button
                        size="sm"
                        loading={act.busy}
                        disabled={!e.ready || !may('demo:stage')}
                        title={may('demo:stage') ? undefined : t('state.needs', { action: 'demo:stage' })}
                        onClick={() => void act.run(() => api.stageDemo(e.name))}
                      >
                        {t('demo.let')}
                      </Button>
                    </div>
                  )}
                  <code className="dim">bedrail demo event {e.name}</code>
                </section>
              );
            })}
          </div>
          <section className="card stack">
            <h2>{t('demo.disagreements')}</h2>
            <p className="dim">{t('demo.disagreementsText')}</p>
            <dl className="facts">
              {list(d.disagreements).map((x) => (
                <div key={x.kind} className={css['fact']}>
                  <dt>{word('demo', `wrong.${x.kind}`)}</dt>
                  <dd className="num">{number(x.count)}</dd>
                </div>
              ))}
            </dl>
            <p>
              <Link href="/reconciliation">{t('nav.reconciliation')}</Link>
            </p>
          </section>
        </div>
      )}
    </Loaded>
  );
}

/** fill puts facts into a sentence of the catalogue. */
function fill(text: string, facts: Values): string {
  return text.replace(/\{(\w+)\}/g, (whole, name: string) => String(facts[name] ?? whole));
}
