// Sentences of the server, said in the language of their reader. The server
// says and keeps them in English, which scripts read and records of earlier
// versions hold; here each is found in the phrasebook by its shape, as gettext
// does by the whole text, and said anew with what stands in it. A sentence that
// is in no phrasebook stays as it came.

import type { Speaker } from './words';

export type Phrases = Readonly<Record<string, string>>;

interface Phrase {
  code: string;
  shape: RegExp;
  holes: string[];
  anchor: string; // its longest run of letters: what lacks it is not this phrase
  weight: number; // letters outside of the holes
}

// A phrase of fewer letters than this is taken only when what stands in it is known too.
const telling = 6;
const longest = 1500;
const kept = 2000;

const figure = /^n\d?$/;
const hole = /\{(\w+)\}/;
const literal = (text: string) => text.replace(/[.*+?^${}()|[\]\\]/g, '\\$&');

// A figure is written in digits, a word has no blank, and what is one thing has no comma; anything may be in the others.
function blank(name: string): string {
  if (figure.test(name)) return '([\\d.,]+)';
  if (/^word\d?$/.test(name)) return '(\\S+?)';
  return /^(one|number|serial|party|code|address\d?)$/.test(name) ? '([^,;]+?)' : '([\\s\\S]+?)';
}

function phrase(code: string, text: string): Phrase {
  const parts = text.split(hole);
  const between = parts.filter((_, i) => i % 2 === 0);
  const holes = parts.filter((_, i) => i % 2 === 1);
  const shape = parts.map((p, i) => (i % 2 === 0 ? literal(p) : blank(p))).join('');
  return { code, shape: new RegExp(`^${shape}$`), holes, anchor: between.reduce((a, b) => (b.length > a.length ? b : a), ''), weight: between.join('').length };
}

/** teller gives who says sentences of the server by two phrasebooks: the English one, and that of the reader. */
export function teller(words: Speaker, english: Phrases, own: Phrases): (text: string) => string {
  const entries = Object.entries(english);
  const fixed = new Map(entries.filter(([, text]) => !hole.test(text)).map(([code, text]) => [text, own[code]]));
  const phrases = entries
    .filter(([, text]) => hole.test(text))
    .map(([code, text]) => phrase(code, text))
    .sort((a, b) => b.weight - a.weight);
  const said = new Map<string, string>();

  const known = (text: string): string | undefined => {
    const whole = fixed.get(text);
    if (whole !== undefined) return whole;
    for (const p of phrases) {
      if (!text.includes(p.anchor)) continue;
      const found = p.shape.exec(text);
      const to = own[p.code];
      if (!found || to === undefined) continue;
      let sure = p.weight >= telling || p.holes.every((name) => figure.test(name));
      const values = new Map<string, string>();
      p.holes.forEach((name, i) => {
        const value = found[i + 1] ?? '';
        const inner = /^said\d?$/.test(name) ? read(value) : name === 'question' ? asked(value) : undefined;
        if (inner !== undefined) sure = true;
        values.set(name, inner ?? part(words, name, value));
      });
      if (sure) return to.replace(/\{(\w+)\}/g, (_, name: string) => values.get(name) ?? '');
    }
    return undefined;
  };

  // A question of a statement: its number, and our label of it.
  const asked = (text: string): string => text.replace(/^(\S+) (.+)$/, (_, id: string, label: string) => `${id} ${read(label) ?? label}`);

  // What is no phrase as a whole may be several in a row.
  const read = (text: string): string | undefined => {
    if (text.length > longest) return undefined;
    const whole = known(text);
    if (whole !== undefined || !text.includes('; ')) return whole;
    const pieces = text.split('; ').map((piece) => ({ piece, in: known(piece) }));
    return pieces.some((p) => p.in !== undefined) ? pieces.map((p) => p.in ?? p.piece).join('; ') : undefined;
  };

  return (text) => {
    let answer = said.get(text);
    if (answer === undefined) {
      answer = read(text) ?? text;
      if (said.size >= kept) said.clear();
      said.set(text, answer);
    }
    return answer;
  };
}

// What a maker answers to a question of an MDS2.
const answers = { Yes: 'mds2.yes', No: 'mds2.no', 'N/A': 'mds2.na', 'See Note': 'mds2.seeNote' } as const;

/** part says what stands in a sentence: some of it is itself a word. */
function part({ t, word, day, span }: Speaker, name: string, value: string): string {
  switch (name.replace(/\d$/, '')) {
    case 'status':
    case 'class':
    case 'attribute':
    case 'lifecycle':
    case 'verdict':
      return word(name.replace(/\d$/, ''), value);
    case 'answer':
      return value
        .split(' or ')
        .map((one) => (one in answers ? t(answers[one as keyof typeof answers]) : one))
        .join(' / ');
    case 'party':
      return word('patchword', value);
    case 'day':
      return /^\d{4}-\d{2}-\d{2}$/.test(value) ? day(value) : value;
    case 'span':
      return seconds(value) === undefined ? value : span(seconds(value) ?? 0);
    default:
      return value;
  }
}

/** seconds reads "1h2m3.5s", as the server writes a time. */
function seconds(text: string): number | undefined {
  const m = /^(?:(\d+)h)?(?:(\d+)m)?(?:([\d.]+)(ms|s))?$/.exec(text);
  if (!m || !text) return undefined;
  return Number(m[1] ?? 0) * 3600 + Number(m[2] ?? 0) * 60 + Number(m[3] ?? 0) / (m[4] === 'ms' ? 1000 : 1);
}
