// The catalogue of every word a person reads. Keys are typed by the English
// file. The build splits it: the words of the first page come with that page,
// those of the screens with the first screen. The other languages are fetched
// when they are chosen.

import { createContext, useContext } from 'react';
import type en from './en.json';
import first from 'virtual:words/first';
import { type Phrases, teller } from './told';

export type Locale = 'en' | 'de' | 'fr' | 'es';
export const locales: Record<Locale, string> = {
  en: 'English',
  de: 'Deutsch',
  fr: 'Français',
  es: 'Español',
};

export type Key = keyof typeof en;
type Entry = string | Partial<Record<Intl.LDMLPluralRule, string>>;
export type Catalogue = Readonly<Record<string, Entry>>;
export type Values = Readonly<Record<string, string | number>>;

/** A Speaker says keys in one language. */
export interface Speaker {
  locale: Locale;
  t: (key: Key, values?: Values) => string;
  /** word says a word of the trade that may be missing, like a device class. */
  word: (group: string, value: string) => string;
  number: (n: number) => string;
  percent: (n: number) => string;
  bytes: (n: number) => string;
  date: (at: string | undefined) => string;
  day: (at: string | undefined) => string;
  age: (at: string | undefined, now?: number) => string;
  span: (seconds: number) => string;
  /** told says a sentence of the server, which came in English. */
  told: (text: string | undefined) => string;
}

// Grows once, by what the screens say.
const words: Record<string, Entry> = { ...first };
export const english: Catalogue = words;

/** whole makes a loader of a screen wait for the English words of the screens too. */
export function whole<T>(screen: () => Promise<T>): () => Promise<T> {
  return async () => {
    const [opened, rest] = await Promise.all([screen(), import('virtual:words/rest')]);
    Object.assign(words, rest.default);
    return opened;
  };
}

/** isKey knows the keys of the catalogue among the codes that a server of another version may say. */
export function isKey(text: string): text is Key {
  return text in english;
}

/** load fetches the catalogue of a language. */
export async function load(locale: Locale): Promise<Catalogue> {
  switch (locale) {
    case 'en':
      return await whole(() => Promise.resolve(english))();
    case 'de':
      return (await import('./de.json')).default;
    case 'fr':
      return (await import('./fr.json')).default;
    case 'es':
      return (await import('./es.json')).default;
  }
}

/** loadPhrases fetches the phrasebooks of what the server says; English needs none. */
export async function loadPhrases(locale: Locale): Promise<{ english: Phrases; own: Phrases } | undefined> {
  if (locale === 'en') return undefined;
  const from = async () => (await import('./told/en.json')).default;
  switch (locale) {
    case 'de':
      return { english: await from(), own: (await import('./told/de.json')).default };
    case 'fr':
      return { english: await from(), own: (await import('./told/fr.json')).default };
    case 'es':
      return { english: await from(), own: (await import('./told/es.json')).default };
  }
}

function isLocale(text: string): text is Locale {
  return text in locales;
}

const kept = 'bedrail.locale';

/** preferred is the language chosen before, or the browser's. */
export function preferred(): Locale {
  for (const wish of [localStorage.getItem(kept) ?? '', ...navigator.languages]) {
    const short = wish.slice(0, 2);
    if (isLocale(short)) return short;
  }
  return 'en';
}

export function keep(locale: Locale): void {
  localStorage.setItem(kept, locale);
}

const steps: [Intl.RelativeTimeFormatUnit, number][] = [
  ['year', 31_536_000],
  ['month', 2_592_000],
  ['day', 86_400],
  ['hour', 3600],
  ['minute', 60],
];

/** speaker makes the Speaker of a language from its catalogue and its phrasebook. */
export function speaker(locale: Locale, catalogue: Catalogue, phrases?: { english: Phrases; own: Phrases }): Speaker {
  const plural = new Intl.PluralRules(locale);
  const numbers = new Intl.NumberFormat(locale);
  const percents = new Intl.NumberFormat(locale, { style: 'percent', maximumFractionDigits: 0 });
  const dates = new Intl.DateTimeFormat(locale, { dateStyle: 'medium', timeStyle: 'short' });
  const days = new Intl.DateTimeFormat(locale, { dateStyle: 'medium' });
  const ages = new Intl.RelativeTimeFormat(locale, { numeric: 'auto', style: 'short' });

  const say = (entry: Entry, values: Values): string => {
    let text: string;
    if (typeof entry === 'string') text = entry;
    else {
      const n = values['n'];
      text = entry[plural.select(typeof n === 'number' ? n : 0)] ?? entry.other ?? '';
    }
    return text.replace(/\{(\w+)\}/g, (_, name: string) => {
      const v = values[name];
      return typeof v === 'number' ? numbers.format(v) : (v ?? `{${name}}`);
    });
  };
  const t = (key: Key, values: Values = {}) => say(catalogue[key] ?? english[key] ?? key, values);
  const unknown = () => t('word.unknown');
  const at = (text: string | undefined): Date | undefined => {
    const d = text ? new Date(text) : undefined;
    return d && !Number.isNaN(d.getTime()) && d.getUTCFullYear() > 1 ? d : undefined;
  };
  const speaking: Speaker = {
    locale,
    t,
    told: (text) => text ?? '',
    word: (group, value) => {
      if (!value) return unknown();
      const entry = catalogue[`${group}.${value}`];
      return entry === undefined ? value : say(entry, {});
    },
    number: (n) => numbers.format(n),
    percent: (n) => percents.format(n),
    bytes: (n) => {
      const units = ['B', 'kB', 'MB', 'GB', 'TB'];
      let i = 0;
      for (; n >= 1000 && i < units.length - 1; i++) n /= 1000;
      return `${numbers.format(n >= 100 || i === 0 ? Math.round(n) : Math.round(n * 10) / 10)} ${units[i] ?? ''}`;
    },
    date: (text) => {
      const d = at(text);
      return d ? dates.format(d) : unknown();
    },
    day: (text) => {
      const d = at(text);
      return d ? days.format(d) : unknown();
    },
    age: (text, now = Date.now()) => {
      const d = at(text);
      if (!d) return unknown();
      const seconds = (d.getTime() - now) / 1000;
      for (const [unit, size] of steps) {
        if (Math.abs(seconds) >= size) return ages.format(Math.round(seconds / size), unit);
      }
      return ages.format(0, 'minute');
    },
    span: (seconds) => {
      if (seconds < 60) return `${numbers.format(Math.max(1, Math.round(seconds)))} s`;
      if (seconds < 3600) return `${numbers.format(Math.round(seconds / 60))} min`;
      return `${numbers.format(Math.round(seconds / 360) / 10)} h`;
    },
  };
  if (phrases) {
    const tell = teller(speaking, phrases.english, phrases.own);
    speaking.told = (text) => tell(text ?? '');
  }
  return speaking;
}

export interface Words extends Speaker {
  choose: (locale: Locale) => void;
}

export const WordsContext = createContext<Words>({
  ...speaker('en', english),
  choose: () => undefined,
});

/** useWords gives the words of the language that the person chose. */
export function useWords(): Words {
  return useContext(WordsContext);
}
