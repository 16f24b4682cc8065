import { Button } from '@mantine/core';
import { useRouter } from '@tanstack/react-router';
import { CircleCheckBig, Play, RotateCcw } from 'lucide-react';
import { Link } from '../look/Link';
import { Page } from '../look/Page';
import { Progress } from '../look/Progress';
import { useHere } from '../shell/session';
import { useWords } from '../words/words';
import { roles, stops, useTour } from './tours';
import css from './tour.module.css';

/** Tours offers a tour for each role. */
export function Tours() {
  const { t, word } = useWords();
  const router = useRouter();
  const { session } = useHere();
  const { now, go, again } = useTour();
  return (
    <Page title={t('nav.tours')} text={t('tour.intro')} actions={session.demo ? <Link href="/demo">{t('nav.demo')}</Link> : undefined}>
      <div className={css['tours']}>
        {roles.map((role) => {
          const total = stops[role].length;
          const at = now.at[role] ?? 0;
          const finished = at >= total;
          return (
            <section key={role} className="card stack" aria-label={role === 'executive' ? t('homes.executive') : word('role', role)}>
              <div className="row">
                <h2 className="grow">{role === 'executive' ? t('homes.executive') : word('role', role)}</h2>
                {finished ? <CircleCheckBig size={18} role="img" aria-label={t('tour.finished')} /> : null}
              </div>
              <Progress label={t('tour.title')} value={at / total} />
              <ol className={css['stops']}>
                {stops[role].map((_, i) => (
                  <li key={i} aria-current={now.role === role && at === i ? 'step' : undefined}>
                    <button type="button" onClick={() => router.history.push(go(role, i))}>
                      {word('tour', `${role}.${i + 1}.title`)}
                    </button>
                  </li>
                ))}
              </ol>
              <div className="row">
                <Button size="sm" leftSection={<Play size={14} aria-hidden="true" />} onClick={() => router.history.push(go(role, finished ? 0 : at))}>
                  {t(finished ? 'tour.again' : at > 0 ? 'tour.resume' : 'tour.start')}
                </Button>
                {at > 0 && !finished ? (
                  <Button size="sm" variant="subtle" leftSection={<RotateCcw size={14} aria-hidden="true" />} onClick={() => again(role)}>
                    {t('tour.reset')}
                  </Button>
                ) : null}
              </div>
            </section>
          );
        })}
      </div>
    </Page>
  );
}
