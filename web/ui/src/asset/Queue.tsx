import { Button, Checkbox } from '@mantine/core';
import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import { CircleCheck, CircleHelp } from 'lucide-react';
import { useCallback, useEffect, useState } from 'react';
import { api } from '../api/calls';
import { type Answered, type Guess, list, type Unidentified } from '../api/types';
import { Link } from '../look/Link';
import { When } from '../look/marks';
import { Page } from '../look/Page';
import { Empty, Failed, Loaded, Note } from '../look/states';
import { useMay } from '../shell/session';
import { useWords } from '../words/words';
import css from './device.module.css';

/** Queue asks a person what unknown devices are: three guesses with their reasons, one answer for all that look the same. */
export function Queue() {
  const { t } = useWords();
  const asked = useQuery({ queryKey: ['unidentified'], queryFn: ({ signal }) => api.unidentified(signal) });
  const [at, setAt] = useState('');
  const [done, setDone] = useState<Answered | null>(null);
  return (
    <Page title={t('nav.unidentified')} text={t('queue.text')}>
      {done ? <Undo of={done} clear={() => setDone(null)} /> : null}
      <Loaded of={asked} rows={6}>
        {(a) => {
          const items = list(a.items);
          const one = items.find((u) => u.id === at) ?? items[0];
          if (!one) return <Empty icon={CircleCheck} title={t('queue.empty')} text={t('queue.emptyText')} />;
          return (
            <div className={css['columns']}>
              <Question key={one.id} of={one} answered={setDone} />
              <section className="card">
                <h2>{t('queue.waiting', { n: items.length })}</h2>
                <ul className="bare stack tight">
                  {items.slice(0, 100).map((u) => (
                    <li key={u.id}>
                      <Button variant={u.id === one.id ? 'light' : 'subtle'} size="compact-sm" aria-pressed={u.id === one.id} onClick={() => setAt(u.id)}>
                        {u.name}
                      </Button>{' '}
                      {u.similar > 0 ? <span className="dim">{t('queue.alike', { n: u.similar })}</span> : null}
                    </li>
                  ))}
                </ul>
              </section>
            </div>
          );
        }}
      </Loaded>
    </Page>
  );
}

function corrections(g: Guess): Record<string, string> {
  const said: Record<string, string> = {};
  if (g.class) said['class'] = g.class;
  if (g.manufacturer) said['manufacturer'] = g.manufacturer;
  if (g.model) said['model'] = g.model;
  return said;
}

function Question({ of: u, answered }: { of: Unidentified; answered: (a: Answered) => void }) {
  const { t, word } = useWords();
  const may = useMay()('device:correct');
  const client = useQueryClient();
  const guesses = list(u.guesses);
  const [similar, setSimilar] = useState(u.similar > 0);
  const [chosen, setChosen] = useState(-1);
  const guess = guesses[chosen];
  const preview = useQuery({
    queryKey: ['identify', u.id, chosen, similar],
    enabled: may && guess !== undefined,
    queryFn: () => api.identify(u.id, { corrections: guess ? corrections(guess) : {}, similar, preview: true }),
  });
  const answer = useMutation({
    mutationFn: (g: Guess) => api.identify(u.id, { corrections: corrections(g), similar }),
    onSuccess: (a) => {
      answered(a);
      setChosen(-1);
    },
    onSettled: () => client.invalidateQueries({ queryKey: ['unidentified'] }),
  });
  const pick = useCallback((n: number) => setChosen((now) => (n < guesses.length && may ? n : now)), [guesses.length, may]);
  useEffect(() => {
    const press = (e: KeyboardEvent) => {
      if (e.ctrlKey || e.metaKey || e.altKey || (e.target instanceof HTMLElement && e.target.closest('input[type="text"], textarea, select, [contenteditable]'))) return;
      const n = ['1', '2', '3'].indexOf(e.key);
      if (n >= 0) pick(n);
    };
    addEventListener('keydown', press);
    return () => removeEventListener('keydown', press);
  }, [pick]);
  const others = list(preview.data?.devices);
  return (
    <section className="card stack">
      <div className="cardhead">
        <h2>
          <Link href={`/devices/${encodeURIComponent(u.id)}`}>{u.name}</Link>
        </h2>
        <span className="dim">
          {t('col.lastSeen')} <When at={u.lastSeen} relative />
        </span>
      </div>
      {list(u.shows).length > 0 ? (
        <ul className="dim">
          {list(u.shows).map((s) => (
            <li key={s}>{s}</li>
          ))}
        </ul>
      ) : (
        <p className="dim">{t('queue.nothing')}</p>
      )}
      {guesses.length === 0 ? <Note>{t('queue.noGuess')}</Note> : null}
      <ul className="bare stack">
        {guesses.map((g, i) => (
          <li key={i} className={css['rival']}>
            <div className="row">
              <kbd>{i + 1}</kbd>
              <strong className="grow">
                {[g.manufacturer, g.model].filter(Boolean).join(' ')}
                {g.class ? <span className="dim"> · {word('class', g.class)}</span> : null}
              </strong>
              <span className="chip">{word('strength', g.strength)}</span>
              <Button variant={chosen === i ? 'filled' : 'default'} size="compact-sm" disabled={!may} onClick={() => pick(i)}>
                {t('queue.itIs')}
              </Button>
            </div>
            <ul className="dim">
              {list(g.reasons).map((r) => (
                <li key={r}>{r}</li>
              ))}
            </ul>
          </li>
        ))}
      </ul>
      {may ? null : <Note kind="warn">{t('state.needs', { action: 'device:correct' })}</Note>}
      {u.similar > 0 ? <Checkbox checked={similar} onChange={(e) => setSimilar(e.currentTarget.checked)} label={t('queue.similar', { n: u.similar })} /> : null}
      {guess ? (
        <div className="stack tight">
          {preview.error ? <Failed error={preview.error} /> : null}
          {answer.error ? <Failed error={answer.error} /> : null}
          <p>{t('queue.changes', { n: others.length })}</p>
          <p className="dim">{others.slice(0, 12).map((d) => d.name).join(', ')}</p>
          <div className="row">
            <Button size="sm" data-answer loading={answer.isPending} onClick={() => answer.mutate(guess)}>
              {t('queue.apply', { n: others.length })}
            </Button>
            <Button size="sm" variant="subtle" onClick={() => setChosen(-1)}>
              {t('act.cancel')}
            </Button>
          </div>
        </div>
      ) : null}
    </section>
  );
}

function Undo({ of: a, clear }: { of: Answered; clear: () => void }) {
  const { t } = useWords();
  const client = useQueryClient();
  const undo = useMutation({
    mutationFn: () => api.undoAnswer(a.id ?? ''),
    onSuccess: clear,
    onSettled: () => client.invalidateQueries({ queryKey: ['unidentified'] }),
  });
  return (
    <Note>
      <span className="row">
        <CircleHelp size={16} aria-hidden="true" />
        <span className="grow">{t('queue.done', { n: list(a.devices).length })}</span>
        <Button variant="default" size="compact-xs" loading={undo.isPending} onClick={() => undo.mutate()}>
          {t('act.undo')}
        </Button>
      </span>
      {undo.error ? <Failed error={undo.error} /> : null}
    </Note>
  );
}
