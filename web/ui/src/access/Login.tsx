import { Button, NativeSelect, PasswordInput, TextInput } from '@mantine/core';
import { type FormEvent, useEffect, useRef, useState } from 'react';
import { api } from '../api/calls';
import { Problem } from '../api/client';
import mark from '../look/mark.svg';
import { Failed, Note } from '../look/states';
import { type Locale, locales, useWords } from '../words/words';
import css from './door.module.css';

/** Brand heads the pages before the shell. */
export function Brand() {
  const { t } = useWords();
  return (
    <div className={css['brand']}>
      <img src={mark} alt="" />
      <div>
        <strong>Bedrail</strong>
        <span>{t('brand.line')}</span>
      </div>
    </div>
  );
}

/** Login asks for name and password, then for the second factor. */
export function Login({ done }: { done: () => void }) {
  const { t, locale, choose } = useWords();
  const [username, setUsername] = useState('');
  const [password, setPassword] = useState('');
  const [code, setCode] = useState('');
  const [second, setSecond] = useState(false);
  const [busy, setBusy] = useState(false);
  const [error, setError] = useState<unknown>(null);
  const codeField = useRef<HTMLInputElement>(null);

  useEffect(() => {
    document.title = `${t('login.title')} · Bedrail`;
  }, [t]);
  useEffect(() => {
    if (second) codeField.current?.focus();
  }, [second]);

  const submit = async (e: FormEvent) => {
    e.preventDefault();
    setBusy(true);
    setError(null);
    try {
      await api.signIn(username, password, second ? code.replaceAll(' ', '') : undefined);
      done();
    } catch (problem) {
      if (problem instanceof Problem && problem.code === 'second-factor-required') setSecond(true);
      else setError(problem);
    } finally {
      setBusy(false);
    }
  };
  const refused = error instanceof Problem && error.status === 401;
  return (
    <main className={css['door']}>
      <div className={css['box']}>
        <Brand />
        <h1 className="hidden">{t('login.title')}</h1>
        {refused ? <Note kind="warn">{second ? t('login.wrongCode') : t('login.wrong')}</Note> : null}
        {error && !refused ? <Failed error={error} /> : null}
        <form onSubmit={(e) => void submit(e)} className={css['form']}>
          {second ? (
            <>
              <p>{t('login.codeText')}</p>
              <TextInput
                ref={codeField}
                label={t('login.code')}
                name="code"
                value={code}
                onChange={(e) => setCode(e.currentTarget.value)}
                inputMode="numeric"
                autoComplete="one-time-code"
                required
              />
            </>
          ) : (
            <>
              <TextInput
                label={t('login.name')}
                name="username"
                value={username}
                onChange={(e) => setUsername(e.currentTarget.value)}
                autoComplete="username"
                autoCapitalize="none"
                spellCheck={false}
                required
              />
              <PasswordInput
                label={t('login.password')}
                name="password"
                value={password}
                onChange={(e) => setPassword(e.currentTarget.value)}
                autoComplete="current-password"
                visibilityToggleButtonProps={{ 'aria-label': t('login.show'), tabIndex: 0 }}
                required
              />
            </>
          )}
          <Button type="submit" size="sm" loading={busy}>
            {second ? t('login.confirm') : t('login.enter')}
          </Button>
          {second ? (
            <Button
              variant="subtle"
              onClick={() => {
                setSecond(false);
                setCode('');
                setError(null);
              }}
            >
              {t('act.back')}
            </Button>
          ) : null}
        </form>
      </div>
      <div className={css['foot']}>
        <NativeSelect
          size="xs"
          aria-label={t('shell.language')}
          value={locale}
          onChange={(e) => choose(localeOf(e.currentTarget.value))}
          data={Object.entries(locales).map(([value, label]) => ({ value, label }))}
        />
      </div>
    </main>
  );
}

export function localeOf(text: string): Locale {
  switch (text) {
    case 'de':
    case 'fr':
    case 'es':
      return text;
    default:
      return 'en';
  }
}
