import { Button, CopyButton, PasswordInput, TextInput } from '@mantine/core';
import { useQuery } from '@tanstack/react-query';
import { type FormEvent, useState } from 'react';
import { api } from '../api/calls';
import { Failed, Loaded, Note } from '../look/states';
import { useHere } from '../shell/session';
import { useWords } from '../words/words';
import css from './door.module.css';
import { Brand } from './Login';

const shortest = 12;

/** PasswordForm asks for the old and the new password. */
export function PasswordForm({ done }: { done: () => void }) {
  const { t } = useWords();
  const { session } = useHere();
  const [current, setCurrent] = useState('');
  const [next, setNext] = useState('');
  const [again, setAgain] = useState('');
  const [busy, setBusy] = useState(false);
  const [error, setError] = useState<unknown>(null);
  const short = next !== '' && next.length < shortest;
  const differs = again !== '' && again !== next;
  const submit = async (e: FormEvent) => {
    e.preventDefault();
    if (next.length < shortest || again !== next) return;
    setBusy(true);
    setError(null);
    try {
      await api.changePassword(current, next);
      setCurrent('');
      setNext('');
      setAgain('');
      done();
    } catch (problem) {
      setError(problem);
    } finally {
      setBusy(false);
    }
  };
  const eye = { 'aria-label': t('login.show'), tabIndex: 0 };
  return (
    <form onSubmit={(e) => void submit(e)} className={css['form']}>
      {error ? <Failed error={error} /> : null}
      <input type="hidden" name="username" autoComplete="username" value={session.user.name} readOnly />
      <PasswordInput
        label={t('password.current')}
        value={current}
        onChange={(e) => setCurrent(e.currentTarget.value)}
        autoComplete="current-password"
        visibilityToggleButtonProps={eye}
        required
      />
      <PasswordInput
        label={t('password.new')}
        description={t('password.rule', { n: shortest })}
        value={next}
        error={short ? t('password.short', { n: shortest }) : undefined}
        onChange={(e) => setNext(e.currentTarget.value)}
        autoComplete="new-password"
        visibilityToggleButtonProps={eye}
        required
      />
      <PasswordInput
        label={t('password.again')}
        value={again}
        error={differs ? t('password.differs') : undefined}
        onChange={(e) => setAgain(e.currentTarget.value)}
        autoComplete="new-password"
        visibilityToggleButtonProps={eye}
        required
      />
      <Button type="submit" size="sm" loading={busy}>
        {t('password.change')}
      </Button>
    </form>
  );
}

/** SetPassword replaces the one-time password of a first login. */
export function SetPassword({ done }: { done: () => void }) {
  const { t } = useWords();
  return (
    <main className={css['door']}>
      <div className={css['box']}>
        <Brand />
        <h1>{t('password.title')}</h1>
        <p className="dim">{t('password.why')}</p>
        <PasswordForm done={done} />
      </div>
    </main>
  );
}

/** SecondFactorForm shows the secret once and asks for the first code. */
export function SecondFactorForm({ done, held }: { done: () => void; held?: string }) {
  const { t } = useWords();
  // The secret is made anew each time the form opens, and only then.
  const asked = useQuery({
    queryKey: ['second-factor'],
    queryFn: () => api.beginSecondFactor(held),
    staleTime: Infinity,
    gcTime: 0,
    retry: false,
  });
  const [code, setCode] = useState('');
  const [error, setError] = useState<unknown>(null);
  const [busy, setBusy] = useState(false);
  const submit = async (e: FormEvent) => {
    e.preventDefault();
    setBusy(true);
    setError(null);
    try {
      await api.confirmSecondFactor(code.replaceAll(' ', ''));
      done();
    } catch (problem) {
      setError(problem);
    } finally {
      setBusy(false);
    }
  };
  return (
    <Loaded of={asked} rows={3}>
      {(made) => (
        <form onSubmit={(e) => void submit(e)} className={css['form']}>
          <p>{t('factor.text')}</p>
          <svg className={css['qr']} viewBox={`0 0 ${made.qr.size} ${made.qr.size}`} role="img" aria-label={t('factor.qr')} shapeRendering="crispEdges">
            <path d={made.qr.path} />
          </svg>
          <code className={`block ${css['secret']}`}>{made.secret.replace(/(.{4})(?=.)/g, '$1 ')}</code>
          <div className="row">
            <CopyButton value={made.secret}>
              {({ copied, copy }) => (
                <Button variant="default" onClick={copy}>
                  {copied ? t('act.copied') : t('factor.copy')}
                </Button>
              )}
            </CopyButton>
            <a href={made.uri}>{t('factor.open')}</a>
          </div>
          {error ? <Failed error={error} /> : null}
          <TextInput
            label={t('login.code')}
            value={code}
            onChange={(e) => setCode(e.currentTarget.value)}
            inputMode="numeric"
            autoComplete="one-time-code"
            required
          />
          <Button type="submit" size="sm" loading={busy}>
            {t('factor.confirm')}
          </Button>
        </form>
      )}
    </Loaded>
  );
}

/** EnrolSecondFactor is asked of administrators at their first login. */
export function EnrolSecondFactor({ done }: { done: () => void }) {
  const { t } = useWords();
  return (
    <main className={css['door']}>
      <div className={css['box']}>
        <Brand />
        <h1>{t('factor.title')}</h1>
        <Note>{t('factor.why')}</Note>
        <SecondFactorForm done={done} />
      </div>
    </main>
  );
}
