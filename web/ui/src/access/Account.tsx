import { useState } from 'react';
import { Button, TextInput } from '@mantine/core';
import { list } from '../api/types';
import { Note } from '../look/states';
import { Page } from '../look/Page';
import { useHere } from '../shell/session';
import { useWords } from '../words/words';
import { PasswordForm, SecondFactorForm } from './FirstLogin';

/** Account is what a person may change about their own access. */
export function Account() {
  const { t, word, date } = useWords();
  const { session } = useHere();
  const [changed, setChanged] = useState(false);
  const [enrolling, setEnrolling] = useState(false);
  const [enrolled, setEnrolled] = useState(false);
  const [held, setHeld] = useState('');
  return (
    <Page title={t('account.title')}>
      <div className="grid2">
        <section className="card">
          <h2>{session.user.displayName || session.user.name}</h2>
          <dl className="facts">
            <dt>{t('login.name')}</dt>
            <dd>{session.user.name}</dd>
            <dt>{t('users.roles')}</dt>
            <dd>
              {list(session.roles).map((r, i) => (
                <div key={i}>{[word('role', r.role), r.site, r.unit].filter(Boolean).join(' · ')}</div>
              ))}
            </dd>
            <dt>{t('account.until')}</dt>
            <dd>{date(session.expiresAt)}</dd>
          </dl>
        </section>
        <section className="card">
          <h2>{t('password.change')}</h2>
          {changed ? <Note kind="good">{t('password.done')}</Note> : <PasswordForm done={() => setChanged(true)} />}
        </section>
        <section className="card">
          <h2>{t('factor.title')}</h2>
          {enrolled ? (
            <Note kind="good">{t('factor.done')}</Note>
          ) : enrolling ? (
            <SecondFactorForm held={held} done={() => setEnrolled(true)} />
          ) : (
            <form
              className="stack"
              onSubmit={(e) => {
                e.preventDefault();
                setEnrolling(true);
              }}
            >
              {session.secondFactor ? (
                <TextInput
                  label={t('factor.held')}
                  value={held}
                  onChange={(e) => setHeld(e.currentTarget.value)}
                  inputMode="numeric"
                  autoComplete="one-time-code"
                  required
                />
              ) : null}
              <div>
                <Button type="submit" variant="default">
                  {t('factor.renew')}
                </Button>
              </div>
            </form>
          )}
        </section>
      </div>
    </Page>
  );
}
