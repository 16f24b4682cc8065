import { Button, Checkbox } from '@mantine/core';
import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import { CircleCheck, CircleHelp } from 'lucide-react';
import { useCallback, useEffect, useMemo, useRef, useState } from 'react';
import { api } from '../api/calls';
import { type Answered, type Guess, list, type Unidentified } from '../api/types';
import { Seen } from '../look/marks';
import { Page } from '../look/Page';
import { Empty, Failed, Note } from '../look/states';
import type { Field } from '../query/grammar';
import { useMay } from '../shell/session';
import type { Column } from '../table/column';
import { DataTable } from '../table/DataTable';
import { type Speaker, useWords } from '../words/words';
import css from './device.module.css';
import { allSaid, said } from './said';

const fields: readonly Field[] = [
  { name: 'name', kind: 'text' },
  { name: 'strength', kind: 'word', values: ['strong', 'fair', 'weak', 'none'] },
  { name: 'unit', kind: 'text' },
  { name: 'site', kind: 'text' },
  { name: 'similar', kind: 'number' },
];

function columnsOf(words: Speaker): Column<Unidentified>[] {
  const { t, word, number } = words;
  return [
    { id: 'name', header: t('col.device'), width: 150, sort: 'name', cell: (u) => u.name, text: (u) => u.name },
    { id: 'similar', header: t('queue.likes'), width: 105, weight: 0.4, sort: 'similar', right: true, cell: (u) => number(u.similar), text: (u) => String(u.similar) },
    { id: 'guess', header: t('queue.guess'), width: 220, weight: 1.6, sort: 'guess', cell: (u) => guessText(list(u.guesses)[0], word) || <span className="dim">{t('queue.none')}</span>, text: (u) => u.guess },
    { id: 'strength', header: t('queue.strength'), width: 100, weight: 0.5, sort: 'strength', cell: (u) => (u.strength === 'none' ? '' : <span className="chip">{word('strength', u.strength)}</span>), text: (u) => u.strength },
    { id: 'shows', header: t('queue.shows'), width: 240, weight: 1.8, cell: (u) => <span title={allSaid(words, list(u.shows))}>{allSaid(words, list(u.shows))}</span>, text: (u) => allSaid(words, list(u.shows)) },
    { id: 'unit', header: t('col.unit'), width: 100, sort: 'unit', cell: (u) => u.unit, text: (u) => u.unit },
    { id: 'address', header: t('col.addresses'), width: 120, sort: 'address', cell: (u) => <span className="mono">{u.address}</span>, text: (u) => u.address },
    { id: 'lastSeen', header: t('col.lastSeen'), width: 130, sort: 'lastSeen', cell: (u) => <Seen at={u.lastSeen} reported={u.reported} relative />, text: (u) => u.lastSeen ?? '' },
  ];
}

function guessText(g: Guess | undefined, word: Speaker['word']): string {
  if (!g) return '';
  return [g.manufacturer, g.model, g.class ? word('class', g.class) : ''].filter(Boolean).join(' ');
}

/** Queue asks a person what unknown devices are: three guesses with their reasons, one answer for all that look the same. */
export function Queue() {
  const words = useWords();
  const { t } = words;
  const columns = useMemo(() => columnsOf(words), [words]);
  const [done, setDone] = useState<Answered | null>(null);
  return (
    <Page full title={t('nav.unidentified')} text={t('queue.text')}>
      {done ? <Undo of={done} clear={() => setDone(null)} /> : null}
      <DataTable
        name="unidentified"
        label={t('nav.unidentified')}
        columns={columns}
        fields={fields}
        fetch={api.unidentified}
        id={(u) => u.id}
        title={(u) => u.name}
        href={(u) => `/devices/${encodeURIComponent(u.id)}`}
        side={(_, u) => (u ? <Question key={u.id} of={u} answered={setDone} /> : null)}
        live="device"
        empty={<Empty icon={CircleCheck} title={t('queue.empty')} text={t('queue.emptyText')} />}
      />
    </Page>
  );
}

const mostNamed = 12;

/** named lists the first devices by name, and how many more there are. */
function named(devices: readonly { name: string }[]): string {
  const more = devices.length - mostNamed;
  return devices.slice(0, mostNamed).map((d) => d.name).join(', ') + (more > 0 ? `, +${more}` : '');
}

function corrections(g: Guess): Record<string, string> {
  const said: Record<string, string> = {};
  if (g.class) said['class'] = g.class;
  if (g.manufacturer) said['manufacturer'] = g.manufacturer;
  if (g.model) said['model'] = g.model;
  return said;
}

function Question({ of: u, answered }: { of: Unidentified; answered: (a: Answered) => void }) {
  const words = useWords();
  const { t, word } = words;
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
    onSettled: () => client.invalidateQueries({ queryKey: ['list', 'unidentified'] }),
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
  // Once it is known what would change, the key of confirmation does it.
  const apply = useRef<HTMLButtonElement>(null);
  useEffect(() => {
    if (preview.data && chosen >= 0) apply.current?.focus();
  }, [preview.data, chosen]);
  return (
    <section className="stack">
      <p className="dim">
        {t('col.lastSeen')} <Seen at={u.lastSeen} reported={u.reported} relative />
      </p>
      {list(u.shows).length > 0 ? (
        <ul className="dim">
          {list(u.shows).map((s) => (
            <li key={s.text}>{said(words, s)}</li>
          ))}
        </ul>
      ) : (
        <p className="dim">{t('queue.nothing')}</p>
      )}
      {may ? null : <Note kind="warn">{t('state.needs', { action: 'device:correct' })}</Note>}
      {guesses.length === 0 ? <Note>{t('queue.noGuess')}</Note> : null}
      {u.similar > 0 && guesses.length > 0 ? <Checkbox checked={similar} onChange={(e) => setSimilar(e.currentTarget.checked)} label={t('queue.similar', { n: u.similar })} /> : null}
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
            {/* Right under the choice: on a low screen nobody looks below the reasons. */}
            {chosen === i ? (
              <div className="stack tight" role="status">
                {preview.error ? <Failed error={preview.error} /> : null}
                {answer.error ? <Failed error={answer.error} /> : null}
                <p>
                  {t('queue.changes', { n: others.length })} <span className="dim">{named(others)}</span>
                </p>
                <div className="row">
                  <Button ref={apply} size="sm" data-answer loading={answer.isPending || preview.isFetching} onClick={() => answer.mutate(g)}>
                    {t('queue.apply', { n: others.length })}
                  </Button>
                  <Button size="sm" variant="subtle" onClick={() => setChosen(-1)}>
                    {t('act.cancel')}
                  </Button>
                </div>
              </div>
            ) : null}
            <ul className="dim">
              {list(g.reasons).map((r) => (
                <li key={r.text}>{said(words, r)}</li>
              ))}
            </ul>
          </li>
        ))}
      </ul>
    </section>
  );
}

function Undo({ of: a, clear }: { of: Answered; clear: () => void }) {
  const { t } = useWords();
  const client = useQueryClient();
  const undo = useMutation({
    mutationFn: () => api.undoAnswer(a.id ?? ''),
    onSuccess: clear,
    onSettled: () => client.invalidateQueries({ queryKey: ['list', 'unidentified'] }),
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
