import type { Speaker } from '../words/words';

type Words = Pick<Speaker, 'word'>;

/** sourceName says who or what said something: "dicom.associate" is what DICOM said. The field beside it tells the rest. */
export function sourceName({ word }: Words, source: string): string {
  const own = word('source', source);
  return own === source ? word('protocol', source.split('.')[0] ?? source) : own;
}

/** sourceNames says several, each once. */
export function sourceNames(words: Words, sources: readonly string[]): string {
  return [...new Set(sources.map((s) => sourceName(words, s)))].join(', ');
}

/** protocolName says a protocol as its standard writes it. */
export function protocolName({ word }: Words, protocol: string): string {
  return word('protocol', protocol);
}

/** newest is when any of the records spoke last. */
export function newest(reports: readonly { at: string }[] | null | undefined): string | undefined {
  return (reports ?? []).reduce<string | undefined>((last, r) => (last === undefined || r.at > last ? r.at : last), undefined);
}
