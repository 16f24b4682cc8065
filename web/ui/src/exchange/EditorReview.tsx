import { Button, Textarea } from '@mantine/core';
import { useMutation } from '@tanstack/react-query';
import { useState } from 'react';
import { api } from '../api/calls';
import { list } from '../api/types';
import { Failed, Note } from '../look/states';
import { useWords } from '../words/words';
import { at, type Json, lines } from './draft';
import css from './exchange.module.css';

type Trial = Awaited<ReturnType<typeof api.tryChannel>>;

/** Review tries a channel that is being written, shows what differs, and keeps it. */
export function Review({ name, draft, was, now, ready, saving, save }: { name: string; draft: Json; was: string; now: string; ready: boolean; saving: boolean; save: () => void }) {
  const { t } = useWords();
  const [message, setMessage] = useState('');
  const [shown, setShown] = useState(false);
  const trial = useMutation({
    mutationFn: () => {
      const own = at(draft, ['tests']);
      const tests = [...(Array.isArray(own) ? own : []), ...(message.trim() ? [{ name: t('editor.tryName'), message }] : [])];
      return api.tryChannel(name, { ...draft, tests });
    },
    gcTime: 0, // a message may be a patient's: it is not kept
  });
  return (
    <>
      <section className="card stack">
        <h2>{t('editor.try')}</h2>
        <Textarea label={t('editor.message')} description={t('editor.messageHelp')} classNames={{ input: 'mono' }} autosize minRows={3} maxRows={10} spellCheck={false} value={message} onChange={(e) => setMessage(e.currentTarget.value)} />
        <div>
          <Button variant="default" disabled={!ready} loading={trial.isPending} onClick={() => trial.mutate()}>
            {t('channels.test')}
          </Button>
        </div>
        {trial.error ? <Failed error={trial.error} /> : null}
        {trial.data ? <Tried of={trial.data} /> : null}
      </section>
      <section className="card stack">
        <h2>{t('editor.keep')}</h2>
        {shown ? <Difference was={was} now={now} /> : <p className="dim">{t('editor.keepText')}</p>}
        <div className="row">
          {shown ? (
            <>
              <Button disabled={!ready} loading={saving} onClick={save}>
                {t('editor.open')}
              </Button>
              <Button variant="default" onClick={() => setShown(false)}>
                {t('act.back')}
              </Button>
            </>
          ) : (
            <Button disabled={!ready} onClick={() => setShown(true)}>
              {t('editor.review')}
            </Button>
          )}
        </div>
      </section>
    </>
  );
}

/** Difference shows what a definition was and will be, line by line. */
function Difference({ was, now }: { was: string; now: string }) {
  const { t } = useWords();
  const all = lines(was, now);
  if (all.every((l) => l.sign === ' ')) return <p>{t('editor.same')}</p>;
  return (
    // eslint-disable-next-line jsx-a11y/no-noninteractive-tabindex -- it scrolls
    <pre className={css['diff']} tabIndex={0} aria-label={t('editor.difference')}>
      {all.map((l, i) => (
        <span key={i} className={l.sign === '+' ? css['came'] : l.sign === '-' ? css['went'] : undefined}>
          {`${l.sign} ${l.text}\n`}
        </span>
      ))}
    </pre>
  );
}

function Tried({ of }: { of: Trial }) {
  const { t, word } = useWords();
  return (
    <>
      <ul>
        {list(of.destinations).map((d) => (
          <li key={d.name}>
            <span className="mono">{d.name}</span>: {d.error ? d.error : d.reached ? t('editor.reached') : t('editor.cannotAsk')}
          </li>
        ))}
      </ul>
      {list(of.tests).map((r) => (
        <div key={r.name} className="stack tight">
          <Note kind={r.passed ? 'good' : 'warn'}>
            {r.name}: {word('carried', r.state)} {list(r.wrong).join('; ')}
          </Note>
          {list(r.issues).map((i) => (
            <p key={i} className="dim">
              {i}
            </p>
          ))}
          {Object.entries(r.sent ?? {}).map(([to, text]) => (
            <div key={to}>
              <h3>{t('editor.wouldGet', { name: to })}</h3>
              {list(r.shares?.[to]?.removed).length > 0 ? <p>{t('share.removed', { places: list(r.shares?.[to]?.removed).join(', ') })}</p> : null}
              {list(r.shares?.[to]?.replaced).length > 0 ? <p>{t('share.replaced', { places: list(r.shares?.[to]?.replaced).join(', ') })}</p> : null}
              <code className="block">{text.replaceAll('\r', '\n')}</code>
            </div>
          ))}
        </div>
      ))}
    </>
  );
}
