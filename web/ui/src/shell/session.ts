import { createContext, useContext } from 'react';
import { list, type Session } from '../api/types';

/** The session of the person at the screen, and how to change it. */
export interface Here {
  session: Session;
  refresh: () => Promise<unknown>;
  signOut: () => Promise<void>;
}

export const SessionContext = createContext<Here | undefined>(undefined);

/** useHere gives the session; it is only used behind the login. */
export function useHere(): Here {
  const here = useContext(SessionContext);
  if (!here) throw new Error('no session around this screen');
  return here;
}

/** useMay tells whether the person may do an action somewhere. */
export function useMay(): (action: string) => boolean {
  const { session } = useHere();
  const may = new Set(list(session.permissions));
  return (action) => may.has(action);
}
