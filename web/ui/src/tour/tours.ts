// Guided tours: for each role the screens of its day, in about ten minutes.
// Where a person stands is kept by the browser, so that a tour goes on where it
// was left.

import { useSyncExternalStore } from 'react';

export const roles = ['security-analyst', 'clinical-engineer', 'integration-engineer', 'compliance-officer', 'executive'] as const;
export type TourRole = (typeof roles)[number];

/** The screens of each tour; its words are tour.ROLE.N.title and .text. */
export const stops: Record<TourRole, readonly string[]> = {
  'security-analyst': [
    '/',
    '/findings?filter=kev:yes+status:affected',
    '/findings?filter=status:affected&sort=-devices',
    '/devices?filter=exposure:affected+location:bed',
    '/map',
    '/controls',
    '/asof',
  ],
  'clinical-engineer': ['/', '/devices?filter=class:infusion-pump', '/unidentified', '/reconciliation', '/recall-work', '/patches', '/forecast'],
  'integration-engineer': ['/', '/channels', '/messages', '/mappings', '/devices?filter=protocol:hl7v2,hl7', '/map', '/explore?op=list-devices'],
  'compliance-officer': ['/', '/audit', '/users', '/asof', '/purchases', '/contradictions', '/controls'],
  executive: ['/', '/devices?filter=class:ventilator,anaesthesia-machine,infusion-pump+exposure:affected', '/map', '/forecast', '/purchases', '/recalls'],
};

/** Where a person stands. */
export interface Standing {
  role?: TourRole; // of the tour that is open
  at: Partial<Record<TourRole, number>>; // stop of each tour; its length when it was finished
}

const kept = 'bedrail.tour';
const nothing: Standing = { at: {} };
let last: { text: string; value: Standing } = { text: '', value: nothing };

function isRole(v: unknown): v is TourRole {
  return roles.some((r) => r === v);
}

function read(): Standing {
  const text = localStorage.getItem(kept) ?? '';
  if (text === last.text) return last.value;
  const value: Standing = { at: {} };
  try {
    const got: unknown = JSON.parse(text || '{}');
    if (typeof got === 'object' && got !== null) {
      const role: unknown = Reflect.get(got, 'role');
      if (isRole(role)) value.role = role;
      const at: unknown = Reflect.get(got, 'at');
      for (const r of roles) {
        const n: unknown = typeof at === 'object' && at !== null ? Reflect.get(at, r) : undefined;
        if (typeof n === 'number' && n >= 0 && n <= stops[r].length) value.at[r] = n;
      }
    }
  } catch {
    // What another version wrote is begun anew.
  }
  last = { text, value };
  return value;
}

const listeners = new Set<() => void>();

function write(next: Standing) {
  localStorage.setItem(kept, JSON.stringify(next));
  listeners.forEach((tell) => tell());
}

function subscribe(tell: () => void) {
  listeners.add(tell);
  window.addEventListener('storage', tell);
  return () => {
    listeners.delete(tell);
    window.removeEventListener('storage', tell);
  };
}

/** useTour is where the person stands, and how to go on. */
export function useTour() {
  const now = useSyncExternalStore(subscribe, read);
  return {
    now,
    /** go opens a tour at a stop and returns the address of its screen. */
    go: (role: TourRole, stop: number): string => {
      const at = Math.max(0, Math.min(stop, stops[role].length));
      write({ role: at < stops[role].length ? role : undefined, at: { ...now.at, [role]: at } });
      return stops[role][at] ?? '/tours';
    },
    leave: () => write({ at: now.at }),
    again: (role: TourRole) => write({ at: { ...now.at, [role]: 0 } }),
  };
}
