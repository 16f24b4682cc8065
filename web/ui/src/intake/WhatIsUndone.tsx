import type { Answer } from '../api/types';
import { Note } from '../look/states';
import { useWords } from '../words/words';

export type Undone = Answer<'/imports/{id}/undo', 'post'>;

/** WhatIsUndone says what became of an import that was taken back, and what is kept of it and why. */
export function WhatIsUndone({ of: u }: { of: Undone }) {
  const { t, number } = useWords();
  return (
    <div className="stack tight">
      <p role="status">
        {t('import.undoneWhat', { gone: number(u.gone), stay: number(u.stay) })}
        {u.links > 0 ? ` ${t('import.undoneLinks', { n: number(u.links) })}` : null}
      </p>
      {u.held > 0 ? <Note kind="warn">{t('import.undoneHeld', { n: number(u.held), devices: number(u.heldDevices?.length ?? 0) })}</Note> : null}
    </div>
  );
}
