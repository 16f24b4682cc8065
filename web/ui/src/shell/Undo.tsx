import { Button } from '@mantine/core';
import { Undo2 } from 'lucide-react';
import { createContext, type ReactNode, useCallback, useContext, useEffect, useState } from 'react';
import { Failed } from '../look/states';
import { useWords } from '../words/words';
import { typing } from './Shortcuts';
import css from './shell.module.css';

interface Offer {
  text: string;
  undo: () => Promise<unknown>;
}

const UndoContext = createContext<(offer: Offer) => void>(() => undefined);

/** useOfferUndo lets a screen offer for ten seconds to take back what it did. */
export function useOfferUndo(): (offer: Offer) => void {
  return useContext(UndoContext);
}

const lasts = 10_000;

/** Undoing shows the latest offer. Later it is still in the job tray. */
export function Undoing({ children }: { children: ReactNode }) {
  const { t } = useWords();
  const [offer, setOffer] = useState<Offer | undefined>(undefined);
  const [held, setHeld] = useState(false); // somebody is on it: it stays
  const [error, setError] = useState<unknown>(null);
  const make = useCallback((o: Offer) => {
    setError(null);
    setOffer(o);
  }, []);
  useEffect(() => {
    if (!offer || held || error) return undefined;
    const timer = setTimeout(() => setOffer(undefined), lasts);
    return () => clearTimeout(timer);
  }, [offer, held, error]);
  const undo = useCallback(async () => {
    try {
      await offer?.undo();
      setOffer(undefined);
    } catch (e) {
      setError(e);
    }
  }, [offer]);
  useEffect(() => {
    if (!offer) return undefined;
    const onKey = (e: KeyboardEvent) => {
      if (!(e.ctrlKey || e.metaKey) || e.key.toLowerCase() !== 'z' || typing(e.target)) return;
      e.preventDefault();
      void undo();
    };
    window.addEventListener('keydown', onKey);
    return () => window.removeEventListener('keydown', onKey);
  }, [offer, undo]);
  return (
    <UndoContext value={make}>
      {children}
      <div className={css['undo']} role="status" onFocus={() => setHeld(true)} onBlur={() => setHeld(false)} onMouseEnter={() => setHeld(true)} onMouseLeave={() => setHeld(false)}>
        {offer ? (
          <div className={css['undobox']}>
            {error ? <Failed error={error} /> : <span>{offer.text}</span>}
            <Button variant="default" leftSection={<Undo2 size={14} aria-hidden="true" />} onClick={() => void undo()}>
              {t('act.undo')}
            </Button>
            <Button variant="subtle" color="gray" onClick={() => setOffer(undefined)}>
              {t('act.close')}
            </Button>
          </div>
        ) : null}
      </div>
    </UndoContext>
  );
}
