import { useQueryClient } from '@tanstack/react-query';
import { useState } from 'react';

/** An Acting is one act after the other, with what went wrong. */
export interface Acting {
  busy: boolean;
  error: unknown;
  run: (act: () => Promise<unknown>) => Promise<boolean>;
}

/** useAct runs acts and renews what they may have changed. */
export function useAct(...keys: string[][]): Acting {
  const client = useQueryClient();
  const [busy, setBusy] = useState(false);
  const [error, setError] = useState<unknown>(null);
  const run = async (act: () => Promise<unknown>) => {
    setBusy(true);
    setError(null);
    try {
      await act();
      return true;
    } catch (problem) {
      setError(problem);
      return false;
    } finally {
      setBusy(false);
      for (const queryKey of keys) await client.invalidateQueries({ queryKey });
    }
  };
  return { busy, error, run };
}
