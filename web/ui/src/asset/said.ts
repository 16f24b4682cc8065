import { isKey, type Speaker } from '../words/words';
import { sourceName } from './names';

/** A Saying is a sentence of the server: a code, what stands in it, and both in English. */
export interface Saying {
  code?: string;
  args?: Readonly<Record<string, string>>;
  text: string;
}

/** said says a sentence of the server in the language of its reader; one that has no words here stays English. */
export function said(words: Speaker, s: Saying): string {
  if (!s.code || words.locale === 'en') return s.text;
  return sentence(words, s.code, s.args ?? {}) ?? s.text;
}

/** fieldName is where evidence stands: a phrase in words, a name of a standard as it writes it. */
export function fieldName(words: Speaker, e: { field: string; named?: Saying }): string {
  return e.named ? said(words, e.named) : e.field;
}

/** allSaid says several as one. */
export function allSaid(words: Speaker, list: readonly Saying[], between = '; '): string {
  return list.map((s) => said(words, s)).join(between);
}

function sentence(words: Speaker, code: string, args: Readonly<Record<string, string>>): string | undefined {
  const key = `said.${code}`;
  if (!isKey(key)) return undefined;
  return words.t(key, Object.fromEntries(Object.entries(args).map(([name, value]) => [name, part(words, name, value, args)])));
}

/** part says what stands in a sentence: some of it is itself a word. */
function part(words: Speaker, name: string, value: string, args: Readonly<Record<string, string>>): string {
  const { t, word } = words;
  if (name === 'trait') return sentence(words, `trait.${value}`, { value: args['value'] ?? '' }) ?? value;
  if (value === '') return t('word.unknown');
  switch (name) {
    case 'attribute':
      return word('attribute', value);
    case 'roles':
      return value.split(', ').map((role) => word('role', role)).join(', ');
    case 'posture':
      return word('posture', value);
    case 'key':
      return word('mergekey', value);
    case 'side':
      return word('side', value);
    case 'source':
      return sourceName(words, value);
    case 'service':
      return word('protocol', value);
    case 'peer':
      return word(['local', 'internet', 'broadcast'].includes(value) ? 'peer' : 'class', value);
    case 'place':
    case 'placeBefore':
      return spotText(words, value);
    case 'span':
      return words.span(Number(value));
    case 'value':
    case 'confirmed':
      return args['attribute'] === 'class' ? word('class', value) : value;
    default:
      return value;
  }
}

/** spotText says "unit ICU, bed 3" in the words of the language. */
export function spotText({ word }: Speaker, text: string): string {
  return text
    .split(', ')
    .map((piece) => {
      const [level, ...name] = piece.split(' ');
      return level && name.length > 0 ? `${word('spot', level)} ${name.join(' ')}` : piece;
    })
    .join(', ');
}
