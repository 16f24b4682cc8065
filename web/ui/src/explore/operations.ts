// Reads an OpenAPI document as far as the explorer shows it. The document
// comes from the server, but it is read with care all the same.

export interface Parameter {
  name: string;
  in: 'path' | 'query' | 'header';
  about: string;
  required: boolean;
  values: string[];
}

export interface Operation {
  id: string;
  method: string;
  path: string;
  tag: string;
  summary: string;
  about: string;
  parameters: Parameter[];
  bodyType: string; // empty when it takes none
  body: string; // an example
  streams: boolean; // its answer does not end
  commands: string[]; // lines that ask the same; command.ts fills them in
}

function field(of: unknown, name: string): unknown {
  return typeof of === 'object' && of !== null ? Reflect.get(of, name) : undefined;
}

function text(of: unknown, name: string): string {
  const v = field(of, name);
  return typeof v === 'string' ? v : '';
}

function entries(of: unknown): [string, unknown][] {
  return typeof of === 'object' && of !== null ? Object.entries(of) : [];
}

function items(of: unknown): unknown[] {
  return Array.isArray(of) ? of : [];
}

const methods = ['get', 'post', 'put', 'patch', 'delete'];

/** readDocument lists the operations, by tag and path. */
export function readDocument(doc: unknown): Operation[] {
  const out: Operation[] = [];
  for (const [path, held] of entries(field(doc, 'paths'))) {
    for (const [method, op] of entries(held)) {
      if (!methods.includes(method)) continue;
      const content = entries(field(field(op, 'requestBody'), 'content'))[0];
      const answers = entries(field(field(field(op, 'responses'), '200'), 'content')).map(([kind]) => kind);
      out.push({
        id: text(op, 'operationId'),
        method: method.toUpperCase(),
        path,
        tag: String(items(field(op, 'tags'))[0] ?? ''),
        summary: text(op, 'summary'),
        about: text(op, 'description'),
        parameters: items(field(op, 'parameters')).flatMap(readParameter),
        bodyType: content?.[0] ?? '',
        body: content && content[0].includes('json') ? JSON.stringify(example(doc, field(content[1], 'schema'), 0) ?? {}, null, 2) : '',
        streams: answers.includes('text/event-stream'),
        commands: items(field(op, 'x-bedrail-commands')).map(String),
      });
    }
  }
  return out.sort((a, b) => a.tag.localeCompare(b.tag) || a.path.localeCompare(b.path) || a.method.localeCompare(b.method));
}

function readParameter(p: unknown): Parameter[] {
  const where = text(p, 'in');
  if (where !== 'path' && where !== 'query' && where !== 'header') return [];
  const schema = field(p, 'schema');
  return [{ name: text(p, 'name'), in: where, about: text(p, 'description'), required: field(p, 'required') === true, values: items(field(schema, 'enum')).map(String) }];
}

/** example makes a body of the right shape, with nothing in it but what must be. */
function example(doc: unknown, schema: unknown, depth: number): unknown {
  const ref = text(schema, '$ref');
  if (ref) return depth > 4 ? {} : example(doc, ref.slice(2).split('/').reduce(field, doc), depth + 1);
  const kind = field(schema, 'type');
  const first = items(field(schema, 'enum'))[0];
  if (first !== undefined) return first;
  switch (Array.isArray(kind) ? kind[0] : kind) {
    case 'object':
      return Object.fromEntries(
        entries(field(schema, 'properties'))
          .filter(([name]) => !name.startsWith('$'))
          .map(([name, of]) => [name, example(doc, of, depth + 1)]),
      );
    case 'array':
      return [];
    case 'boolean':
      return false;
    case 'integer':
    case 'number':
      return 0;
    default:
      return '';
  }
}

/** fill writes the address of an operation with these values. */
export function fill(op: Operation, values: Readonly<Record<string, string>>): string {
  const path = op.path.replace(/\{(\w+)\}/g, (_, name: string) => encodeURIComponent(values[name] ?? '') || `{${name}}`);
  const q = new URLSearchParams();
  for (const p of op.parameters) {
    const v = values[p.name];
    if (p.in === 'query' && v) q.set(p.name, v);
  }
  const query = q.toString();
  return query ? `${path}?${query}` : path;
}

/** quoted is a word as a shell takes it whole. */
export function quoted(word: string): string {
  return `'${word.replaceAll("'", `'\\''`)}'`;
}

/** asCurl is the same question for a shell. The token is named, never shown. */
export function asCurl(op: Operation, address: string, body: string): string {
  const parts = ['curl', ...(op.method === 'GET' ? [] : ['-X', op.method]), '-H', '"Authorization: Bearer $BEDRAIL_TOKEN"'];
  if (op.bodyType === 'application/octet-stream') parts.push('-T', 'FILE');
  else if (op.bodyType && body) parts.push('-H', quoted(`Content-Type: ${op.bodyType}`), '-d', quoted(body.replace(/\s*\n\s*/g, ' ')));
  return [...parts, quoted(address)].join(' ');
}
