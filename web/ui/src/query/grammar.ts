// The one filter grammar that screens, API and command line share:
// class:infusion-pump severity>=high last_seen<7d "free text". It must read
// and write exactly what the Go package format/query does; the table in
// grammar.test.ts is the same as that of its test.

export type Op = ':' | '!=' | '<' | '<=' | '>' | '>=';

/** A Term is one condition. An empty field is free text. */
export interface Term {
  field: string;
  op: Op | '';
  values: string[]; // any may hold
  not: boolean;
}

/** A Misread says why a filter cannot be read, and at which character. */
export class Misread extends Error {
  constructor(
    readonly why: 'open-quote' | 'missing-value' | 'too-many',
    readonly at: number,
  ) {
    super(`${why} at ${at}`);
  }
}

const maxTerms = 64;
const operators: readonly string[] = ['<=', '>=', '!=', '<', '>', ':', '='];

function asOp(text: string): Op {
  switch (text) {
    case '<':
    case '<=':
    case '>':
    case '>=':
    case '!=':
      return text;
    default:
      return ':'; // the equals sign is the colon
  }
}

/** parse reads a filter or throws a Misread. */
export function parse(text: string): Term[] {
  const terms: Term[] = [];
  let pos = 0;
  const blank = /\s/;
  const value = (list: boolean): string => {
    if (text[pos] !== '"') {
      const start = pos;
      while (pos < text.length) {
        const c = text.charAt(pos);
        if (blank.test(c) || c === '"' || (list && c === ',')) break;
        pos++;
      }
      if (pos === start) throw new Misread('missing-value', pos);
      return text.slice(start, pos);
    }
    const start = pos;
    let out = '';
    for (pos++; pos < text.length; pos++) {
      const c = text.charAt(pos);
      if (c === '"') {
        pos++;
        return out;
      }
      if (c === '\\') {
        pos++;
        if (pos >= text.length) break;
      }
      out += text.charAt(pos);
    }
    throw new Misread('open-quote', start);
  };
  for (;;) {
    while (pos < text.length && blank.test(text.charAt(pos))) pos++;
    if (pos >= text.length) return terms;
    if (terms.length === maxTerms) throw new Misread('too-many', pos);
    const term: Term = { field: '', op: '', values: [], not: false };
    if (text[pos] === '-' && pos + 1 < text.length) {
      term.not = true;
      pos++;
    }
    const name = /^[A-Za-z][A-Za-z0-9._]*/.exec(text.slice(pos))?.[0] ?? '';
    const op = name && operators.find((o) => text.startsWith(o, pos + name.length));
    if (op) {
      term.field = name;
      term.op = asOp(op);
      pos += name.length + op.length;
    }
    for (;;) {
      term.values.push(value(term.field !== ''));
      if (term.field === '' || text[pos] !== ',') break;
      pos++;
    }
    terms.push(term);
  }
}

/** tryParse reads what can be read; an unreadable filter is one free text. */
export function tryParse(text: string): Term[] {
  try {
    return parse(text);
  } catch {
    return text.trim() ? [{ field: '', op: '', values: [text.trim()], not: false }] : [];
  }
}

function quote(v: string, free: boolean): string {
  const plain = v !== '' && !/[\s,"\\]/.test(v) && !(free && (/[:<>!=]/.test(v) || v.startsWith('-')));
  return plain ? v : `"${v.replaceAll('\\', '\\\\').replaceAll('"', '\\"')}"`;
}

/** writeTerm writes t so that parse reads it back. */
export function writeTerm(t: Term): string {
  return (t.not ? '-' : '') + t.field + t.op + t.values.map((v) => quote(v, t.field === '')).join(',');
}

/** write writes a filter so that parse reads it back. */
export function write(terms: Term[]): string {
  return terms.map(writeTerm).join(' ');
}

/** is makes the term "field is value". */
export function is(field: string, value: string): Term {
  return { field, op: ':', values: [value], not: false };
}

/** A Field is a name that may stand in a filter, with what it may hold. */
export interface Field {
  name: string;
  kind: 'word' | 'number' | 'time' | 'day' | 'text';
  values?: readonly string[];
}

/** A Suggestion completes the text that is being typed. */
export interface Suggestion {
  text: string; // what the whole draft becomes
  label: string;
  count?: number;
  whole: boolean; // the term is complete with it
}

/** valuePart tells which field's values the draft is asking for, if any. */
export function valuePart(draft: string, fields: readonly Field[]): { field: Field; op: string; typed: string; head: string } | undefined {
  const m = /^(-?)([A-Za-z][A-Za-z0-9._]*)(<=|>=|!=|<|>|:|=)(.*)$/.exec(draft);
  if (!m) return undefined;
  const field = fields.find((f) => f.name === m[2]);
  if (!field) return undefined;
  const rest = m[4] ?? '';
  const comma = rest.lastIndexOf(',');
  const typed = rest.slice(comma + 1).replaceAll('"', '');
  return { field, op: m[3] ?? ':', typed, head: draft.slice(0, draft.length - rest.length + comma + 1) };
}

const ages = ['1h', '24h', '7d', '30d', '90d'];

/** suggest completes a draft: first names of fields, then their values. */
export function suggest(draft: string, fields: readonly Field[], counts: readonly { value: string; count?: number }[]): Suggestion[] {
  const part = valuePart(draft, fields);
  if (part) {
    const known: readonly { value: string; count?: number }[] = counts.length
      ? counts
      : part.field.kind === 'time'
        ? ages.map((value) => ({ value }))
        : (part.field.values ?? []).map((value) => ({ value }));
    const typed = part.typed.toLowerCase();
    return known
      .filter((v) => v.value.toLowerCase().includes(typed))
      .slice(0, 12)
      .map((v) => ({ text: part.head + quote(v.value, false), label: v.value, count: v.count, whole: true }));
  }
  const minus = draft.startsWith('-') ? '-' : '';
  const typed = draft.slice(minus.length).toLowerCase();
  return fields
    .filter((f) => f.name.includes(typed))
    .sort((a, b) => Number(b.name.startsWith(typed)) - Number(a.name.startsWith(typed)))
    .slice(0, 12)
    .map((f) => ({ text: `${minus}${f.name}${f.kind === 'time' || f.kind === 'day' ? '<' : f.kind === 'number' ? '>=' : ':'}`, label: f.name, whole: false }));
}
