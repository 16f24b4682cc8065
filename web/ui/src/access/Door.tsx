import { useQuery, useQueryClient } from '@tanstack/react-query';
import { useCallback, useEffect, useMemo } from 'react';
import { api } from '../api/calls';
import { onSignedOut, Problem } from '../api/client';
import { Failed } from '../look/states';
import { SessionContext } from '../shell/session';
import { Shell } from '../shell/Shell';
import { useWords } from '../words/words';
import { sessionOf } from './ahead';
import { EnrolSecondFactor, SetPassword } from './FirstLogin';
import { Login } from './Login';
import css from './door.module.css';

/** Door lets a person in: login, then what a first login asks, then the screens. */
export function Door() {
  const { t } = useWords();
  const client = useQueryClient();
  const asked = useQuery(sessionOf);
  const refresh = useCallback(() => client.invalidateQueries({ queryKey: ['session'] }), [client]);

  useEffect(() => onSignedOut(() => void refresh()), [refresh]);
  const here = useMemo(
    () =>
      asked.data && {
        session: asked.data,
        refresh,
        signOut: async () => {
          await api.signOut().catch(() => undefined);
          client.clear();
          await client.resetQueries({ queryKey: ['session'] });
        },
      },
    [asked.data, client, refresh],
  );

  if (asked.error instanceof Problem && asked.error.status === 401) return <Login done={() => void client.resetQueries()} />;
  if (!here) {
    return (
      <main className={css['door']}>
        {asked.error ? (
          <Failed error={asked.error} retry={() => void asked.refetch()} />
        ) : (
          <p role="status" className="dim">
            {t('state.loading')}
          </p>
        )}
      </main>
    );
  }
  return (
    <SessionContext value={here}>
      {here.session.mustChangePassword ? (
        <SetPassword done={() => void refresh()} />
      ) : here.session.mustEnrolSecondFactor ? (
        <EnrolSecondFactor done={() => void refresh()} />
      ) : (
        <Shell />
      )}
    </SessionContext>
  );
}
