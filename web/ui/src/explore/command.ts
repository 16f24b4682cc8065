// Writes an operation with what was filled in as a command line. Which command
// asks it, the description says itself (api/commands.txt explains the lines);
// what no line can say, "bedrail api" asks by its address.

import { fill, type Operation, quoted } from './operations';

type Values = Readonly<Record<string, string>>;

/** A Given is what was filled in: parameters, and fields of the body. */
interface Given {
  at: (name: string) => unknown;
  leaves: string[]; // what a command has to say to say all of it
  query: (name: string) => boolean;
}

function empty(v: unknown): boolean {
  return v === undefined || v === null || v === '' || v === 0 || v === false || (Array.isArray(v) && v.length === 0);
}

function isObject(v: unknown): v is Record<string, unknown> {
  return typeof v === 'object' && v !== null && !Array.isArray(v);
}

function leavesOf(name: string, v: unknown): string[] {
  if (isObject(v)) return Object.entries(v).flatMap(([k, of]) => leavesOf(`${name}.${k}`, of));
  return empty(v) ? [] : [name];
}

/** given reads what was filled in; nothing when the body is no JSON object. */
function given(op: Operation, values: Values, body: string): Given | undefined {
  let fields: unknown = {};
  if (op.bodyType.includes('json') && body.trim()) {
    try {
      fields = JSON.parse(body);
    } catch {
      return undefined;
    }
  }
  if (!isObject(fields)) return undefined;
  const held = fields;
  const parameters = new Map(op.parameters.map((p) => [p.name, p.in]));
  const at = (name: string): unknown => {
    if (parameters.has(name) && values[name]) return values[name];
    return name.split('.').reduce<unknown>((of, part) => (isObject(of) ? of[part] : undefined), held);
  };
  return {
    at,
    leaves: [...Object.keys(values).filter((name) => parameters.has(name) && values[name]), ...Object.entries(held).flatMap(([k, v]) => leavesOf(k, v))],
    query: (name) => parameters.get(name) === 'query',
  };
}

/** A Hole is one {...} of a line. */
interface Hole {
  names: string[];
  how: '' | '...' | '!' | '=' | '>' | ':';
  more: string;
}

function readHole(text: string): Hole {
  if (text.endsWith('...')) return { names: [text.slice(0, -3)], how: '...', more: '' };
  if (text.endsWith('!')) return { names: [text.slice(0, -1)], how: '!', more: '' };
  for (const sign of ['=', '>', ':'] as const) {
    const i = text.indexOf(sign);
    if (i > 0) return { names: text.slice(0, i).split(','), how: sign, more: text.slice(i + 1) };
  }
  return { names: [text], how: '', more: '' };
}

const hole = /\{([^}]*)\}/g;

function holesIn(words: readonly string[]): Hole[] {
  return words.flatMap((w) => [...w.matchAll(hole)].map((m) => readHole(m[1] ?? '')));
}

/** word quotes only what a shell would take for more than a word. */
function word(text: string): string {
  return /^[\w@%+=:,./-]+$/.test(text) ? text : quoted(text);
}

function capitals(name: string): string {
  return (name.split('.').at(-1) ?? name).toUpperCase();
}

/** A Writer writes one line, or finds that the line cannot say what was given. */
class Writer {
  private readonly said = new Set<string>();
  private fits = true;

  constructor(private readonly g: Given) {}

  write(line: string): string | undefined {
    const out: string[] = [];
    let group: string[] | undefined;
    for (const token of line.match(/\[|\]|[^\s[\]]+/g) ?? []) {
      if (token === '[') group = [];
      else if (token === ']') {
        out.push(...this.optional(group ?? []));
        group = undefined;
      } else if (group) group.push(token);
      else out.push(...this.words(token));
    }
    const all = this.g.leaves.every((leaf) => [...this.said].some((s) => leaf === s || leaf.startsWith(`${s}.`)));
    return this.fits && all ? out.join(' ') : undefined;
  }

  private optional(group: readonly string[]): string[] {
    const filled = holesIn(group).every((h) => h.names.every((n) => (isObject(this.g.at(n)) ? leavesOf(n, this.g.at(n)).length > 0 : !empty(this.g.at(n)))));
    if (!filled) return [];
    const [flag, ...rest] = group;
    const values = rest.flatMap((w) => this.words(w));
    const repeats = flag !== undefined && holesIn(rest).some((h) => h.how === '...');
    if (repeats) return values.flatMap((v) => [flag, v]);
    return [...(flag === undefined ? [] : this.words(flag)), ...values];
  }

  private words(token: string): string[] {
    const [first] = holesIn([token]);
    if (!first) return [token];
    const name = first.names[0] ?? '';
    const value = this.g.at(name);
    switch (first.how) {
      case '=':
        if (value !== undefined && value !== '' && String(value) !== first.more) this.fits = false;
        this.said.add(name);
        return [];
      case '!':
        this.said.add(name);
        return [];
      case '...':
        return this.several(name, value);
      default:
        return [this.filled(token)];
    }
  }

  private several(name: string, value: unknown): string[] {
    this.said.add(name);
    const items = isObject(value) ? Object.entries(value).map(([k, v]) => `${k}=${String(v)}`) : Array.isArray(value) ? value.map(String) : typeof value === 'string' && value ? value.split(',') : [];
    if (items.length === 0 && this.g.leaves.length === 0) return [`${capitals(name)}...`];
    return items.map(word);
  }

  /** filled writes a word with its holes filled, quoted where it must be. */
  private filled(token: string): string {
    const text = token.replace(hole, (_, inner: string) => this.one(readHole(inner)));
    return word(text);
  }

  private one(h: Hole): string {
    const name = h.names[0] ?? '';
    if (h.how === '>') {
      for (const n of h.names) if (this.g.query(n)) this.said.add(n);
      return h.more;
    }
    this.said.add(name);
    const value = this.g.at(name);
    if (empty(value)) return capitals(name);
    const text = String(value);
    if (h.how !== ':') return text;
    if (h.more !== 'day') return text + h.more;
    if (!/^\d{4}-\d\d-\d\d(T00:00:00(\.0+)?Z)?$/.test(text)) this.fits = false;
    return text.slice(0, 10);
  }
}

/** byAddress asks an operation as it is. */
export function byAddress(op: Operation, values: Values, body: string): string {
  const parts = ['bedrail', 'api', op.method, word(fill(op, values))];
  for (const p of op.parameters) if (p.in === 'header' && values[p.name]) parts.push('--field', word(`${p.name}=${values[p.name] ?? ''}`));
  if (op.bodyType === 'application/octet-stream') parts.push('--data', '@FILE');
  else if (op.bodyType && body.trim()) parts.push('--data', quoted(body.replace(/\s*\n\s*/g, ' ')));
  return parts.join(' ');
}

/** asCommand is the command line that asks the same: the operation's own
 * where that can say all that was filled in, else by its address. */
export function asCommand(op: Operation, values: Values, body: string): string {
  const g = given(op, values, body);
  if (g) {
    for (const line of op.commands) {
      const text = new Writer(g).write(line);
      if (text !== undefined) return `bedrail ${text}`;
    }
  }
  return byAddress(op, values, body);
}
