// Empty, loading and failed: the three states that every screen has besides
// the one with data in it.

import { Button } from '@mantine/core';
import { CircleCheck, Info, type LucideIcon, TriangleAlert } from 'lucide-react';
import type { ReactNode } from 'react';
import { Problem } from '../api/client';
import { isKey, useWords } from '../words/words';
import css from './states.module.css';

/** Empty says what would stand here, why nothing does, and what to do. */
export function Empty({ icon: Icon, title, text, children }: { icon: LucideIcon; title: string; text: string; children?: ReactNode }) {
  const { told } = useWords();
  return (
    <div className={css['empty']}>
      <Icon size={30} strokeWidth={1.5} aria-hidden="true" />
      <h2>{title}</h2>
      <p>{told(text)}</p>
      {children ? <div className={css['actions']}>{children}</div> : null}
    </div>
  );
}

/** Bones are skeleton rows of the height of the real ones. */
export function Bones({ rows = 8 }: { rows?: number }) {
  const { t } = useWords();
  return (
    <div className={css['bones']} role="status" aria-label={t('state.loading')}>
      {Array.from({ length: rows }, (_, i) => (
        <div key={i} className={css['bone']} aria-hidden="true">
          <span />
          <span />
          <span />
          <span />
        </div>
      ))}
    </div>
  );
}

/** Failed says what went wrong, what to do, and the id to quote. */
export function Failed({ error, retry }: { error: unknown; retry?: () => void }) {
  const { t, locale, told } = useWords();
  const p = error instanceof Problem ? error : undefined;
  const said = 'said.refused.' + (p?.reason ?? ''); // put together so that the words stay with the screens
  const denied = p?.status === 403;
  const kind = `problem.${p?.code ?? ''}`;
  const title = denied ? t('state.denied') : p ? (isKey(kind) ? t(kind) : p.title) : t('state.unreachable');
  const detail = p ? (locale !== 'en' && isKey(said) ? t(said, p.values) : p.detail) : t('state.unreachableText');
  return (
    <div className={css['failed']} role="alert">
      <h2>{title}</h2>
      {detail ? <p>{told(detail)}</p> : null}
      {denied ? <p>{t('state.deniedText')}</p> : null}
      {p && p.places.length > 0 ? (
        <ul>
          {p.places.map((place, i) => (
            <li key={i}>
              <span className="mono">{place.pointer}</span> {told(place.detail)}
            </li>
          ))}
        </ul>
      ) : null}
      {p?.traceId ? (
        <p className="dim">
          {t('state.trace')} <code className="mono">{p.traceId}</code>
        </p>
      ) : null}
      {retry && !denied ? (
        <div>
          <Button variant="default" onClick={retry}>
            {t('act.retry')}
          </Button>
        </div>
      ) : null}
    </div>
  );
}

/** Note is a calm remark in the page. */
export function Note({ kind = 'info', children }: { kind?: 'info' | 'warn' | 'good'; children: ReactNode }) {
  const Icon = kind === 'warn' ? TriangleAlert : kind === 'good' ? CircleCheck : Info;
  return (
    <div className={`${css['note']} ${kind === 'info' ? '' : css[kind]}`} role={kind === 'warn' ? 'alert' : 'status'}>
      <Icon size={16} aria-hidden="true" />
      <div className="grow">{children}</div>
    </div>
  );
}

interface Asked<T> {
  data: T | undefined;
  error: unknown;
  isPending: boolean;
  refetch: () => unknown;
  dataUpdatedAt: number;
}

/** Loaded shows the state of a question, and its answer by children. */
export function Loaded<T>({ of, rows, children }: { of: Asked<T>; rows?: number; children: (data: T) => ReactNode }) {
  const { t, date, told } = useWords();
  if (of.data === undefined) {
    if (of.error) return <Failed error={of.error} retry={() => void of.refetch()} />;
    return <Bones rows={rows} />;
  }
  return (
    <>
      {of.error ? (
        <Note kind="warn">
          {t('state.oldData', { at: date(new Date(of.dataUpdatedAt).toISOString()) })}{' '}
          {of.error instanceof Error ? told(of.error.message) : ''}
        </Note>
      ) : null}
      {children(of.data)}
    </>
  );
}
