import { Modal } from '@mantine/core';
import { useRouter } from '@tanstack/react-router';
import { Fragment, useEffect, useRef } from 'react';
import { type Key, useWords } from '../words/words';
import { places } from './nav';
import css from './shell.module.css';

/** typing tells whether keys go into a field. */
export function typing(target: EventTarget | null): boolean {
  if (target instanceof HTMLInputElement && /^(checkbox|radio|button|file)$/.test(target.type)) return false;
  return target instanceof HTMLElement && (target.isContentEditable || /^(INPUT|TEXTAREA|SELECT)$/.test(target.tagName));
}

/** useShortcuts follows the keys that work on every screen. */
export function useShortcuts(palette: () => void, sheet: () => void): void {
  const router = useRouter();
  const g = useRef(0); // when g was pressed
  const act = useRef({ palette, sheet });
  useEffect(() => {
    act.current = { palette, sheet };
  });
  useEffect(() => {
    const onKey = (e: KeyboardEvent) => {
      if ((e.ctrlKey || e.metaKey) && e.key.toLowerCase() === 'k') {
        e.preventDefault();
        act.current.palette();
        return;
      }
      if (e.ctrlKey || e.metaKey || e.altKey || typing(e.target)) return;
      if (e.key === '?') act.current.sheet();
      else if (e.key === '/') {
        const field = document.querySelector<HTMLInputElement>('[data-filter-input]');
        if (!field) return;
        e.preventDefault();
        field.focus();
      } else if (e.key === 'g') g.current = Date.now();
      else if (Date.now() - g.current < 1500) {
        const place = places.find((p) => p.keys === e.key);
        g.current = 0;
        if (place) router.history.push(place.href);
      }
    };
    window.addEventListener('keydown', onKey);
    return () => window.removeEventListener('keydown', onKey);
  }, [router]);
}

const keys: [string, Key][] = [
  ['Ctrl K', 'shortcuts.palette'],
  ['/', 'shortcuts.filter'],
  ['?', 'shortcuts.sheet'],
  ['j k ↑ ↓', 'shortcuts.rows'],
  ['← →', 'shortcuts.cells'],
  ['Ctrl Home / End', 'shortcuts.ends'],
  ['Enter', 'shortcuts.open'],
  ['Ctrl Enter', 'shortcuts.full'],
  ['x / Shift x', 'shortcuts.pick'],
  ['Ctrl Z', 'shortcuts.undo'],
  ['Esc', 'shortcuts.close'],
];

/** Shortcuts is the sheet of all keys. */
export function Shortcuts({ opened, close }: { opened: boolean; close: () => void }) {
  const { t } = useWords();
  return (
    <Modal opened={opened} onClose={close} title={t('shortcuts.title')} size="md" closeButtonProps={{ 'aria-label': t('act.close') }}>
      <dl className={css['keys']}>
        {keys.map(([k, name]) => (
          <Fragment key={k}>
            <dt>
              <kbd>{k}</kbd>
            </dt>
            <dd>{t(name)}</dd>
          </Fragment>
        ))}
        {places
          .filter((p) => p.keys)
          .map((p) => (
            <Fragment key={p.href}>
              <dt>
                <kbd>g</kbd> <kbd>{p.keys}</kbd>
              </dt>
              <dd>{t(p.name)}</dd>
            </Fragment>
          ))}
      </dl>
    </Modal>
  );
}
