import { Button } from '@mantine/core';
import { useEffect, useState } from 'react';
import { Note } from '../look/states';
import { useWords } from '../words/words';
import { useHere } from './session';

const ahead = 120_000;

/** SessionWarning says so two minutes before the session ends. */
export function SessionWarning() {
  const { t } = useWords();
  const { session, refresh } = useHere();
  const ends = new Date(session.expiresAt).getTime();
  const [left, setLeft] = useState(() => ends - Date.now());
  useEffect(() => {
    const timer = setInterval(() => setLeft(ends - Date.now()), 1000);
    return () => clearInterval(timer);
  }, [ends]);
  useEffect(() => {
    if (left <= 0) void refresh();
  }, [left, refresh]);
  if (!(left < ahead)) return null;
  return (
    <div className="page">
      <Note kind="warn">
        <div className="row">
          <span className="grow">{t('session.ends', { n: Math.max(0, Math.ceil(left / 1000)) })}</span>
          <Button variant="default" onClick={() => void refresh()}>
            {t('session.stay')}
          </Button>
        </div>
      </Note>
    </div>
  );
}
