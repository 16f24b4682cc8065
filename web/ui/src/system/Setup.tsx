import { useQuery } from '@tanstack/react-query';
import { Circle, CircleCheckBig } from 'lucide-react';
import { api } from '../api/calls';
import { list } from '../api/types';
import { Link } from '../look/Link';
import { When } from '../look/marks';
import { Page } from '../look/Page';
import { Empty, Loaded } from '../look/states';
import { Progress } from '../look/Progress';
import { useWords } from '../words/words';
import css from './system.module.css';

const pages: Record<string, string> = {
  administrator: '/account',
  capture: '/import',
  devices: '/devices',
  inventory: '/import?kind=cmms',
  feeds: '/feeds',
  bills: '/import?kind=sbom',
  backup: '/system',
};

/** Setup is the first-run checklist: each line ticks itself from facts. */
export function Setup() {
  const { t, word } = useWords();
  const asked = useQuery({ queryKey: ['setup'], queryFn: ({ signal }) => api.setup(signal), refetchInterval: 10_000 });
  return (
    <Page title={t('nav.setup')} text={t('setup.text')}>
      <div className="card">
        <Loaded of={asked} rows={7}>
          {(s) => {
            const steps = list(s.items);
            const done = steps.filter((x) => x.done).length;
            if (steps.length === 0) return <Empty icon={CircleCheckBig} title={t('setup.empty')} text={t('setup.emptyText')} />;
            return (
              <div className="stack">
                <div className={css['steps']}>
                  <Progress label={t('nav.setup')} value={done / steps.length} />
                  <span className="dim">{t('setup.done', { done, total: steps.length })}</span>
                </div>
                <ol className={css['checklist']}>
                  {steps.map((step) => (
                    <li key={step.id}>
                      {step.done ? (
                        <CircleCheckBig size={20} className={css['ticked']} role="img" aria-label={t('setup.ticked')} />
                      ) : (
                        <Circle size={20} className="dim" role="img" aria-label={t('setup.open')} />
                      )}
                      <div className="grow">
                        <h2>{word('setup', `${step.id}.title`)}</h2>
                        <p className="dim">{word('setup', `${step.id}.text`)}</p>
                      </div>
                      {step.done ? (
                        step.at ? (
                          <span className="dim">
                            <When at={step.at} />
                          </span>
                        ) : null
                      ) : (
                        <Link href={pages[step.id] ?? '/'}>{t('setup.go')}</Link>
                      )}
                    </li>
                  ))}
                </ol>
              </div>
            );
          }}
        </Loaded>
      </div>
    </Page>
  );
}
