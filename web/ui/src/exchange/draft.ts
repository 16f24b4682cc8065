// A channel that is being written: plain JSON, changed by path.

export interface Json {
  readonly [key: string]: unknown;
}

export function isObject(v: unknown): v is Json {
  return typeof v === 'object' && v !== null && !Array.isArray(v);
}

/** at returns what stands at a path, or undefined. */
export function at(v: unknown, path: readonly (string | number)[]): unknown {
  return path.reduce<unknown>((o, key) => {
    if (Array.isArray(o) && typeof key === 'number') return o[key];
    return isObject(o) ? o[String(key)] : undefined;
  }, v);
}

export function textAt(v: unknown, path: readonly (string | number)[]): string {
  const found = at(v, path);
  if (typeof found === 'string') return found;
  return found === undefined || found === null ? '' : JSON.stringify(found);
}

/** put returns a copy with value at path; undefined takes it out. */
export function put(o: unknown, path: readonly (string | number)[], value: unknown): unknown {
  const [key, ...rest] = path;
  if (key === undefined) return value;
  if (typeof key === 'number') {
    const list: unknown[] = Array.isArray(o) ? [...o] : [];
    const next = put(list[key], rest, value);
    if (next === undefined) list.splice(key, 1);
    else list[key] = next;
    return list;
  }
  const copy: Record<string, unknown> = isObject(o) ? { ...o } : {};
  const next = put(copy[key], rest, value);
  if (next === undefined) delete copy[key];
  else copy[key] = next;
  return copy;
}

/** rules are the members of a destination that are not its kind. */
const rules = ['name', 'enabled', 'when', 'transform', 'map', 'parallel', 'rate', 'retry', 'schedule', 'timeout', 'purpose', 'fields', 'pseudonymise'];

/** kindOf returns the kind of a source or destination. */
export function kindOf(of: unknown): string {
  return isObject(of) ? (Object.keys(of).find((k) => !rules.includes(k)) ?? '') : '';
}

/** withKind returns a source or destination with another kind and its first settings. */
export function withKind(of: unknown, kind: string, settings: unknown): Json {
  const kept: Record<string, unknown> = isObject(of) ? { ...of } : {};
  delete kept[kindOf(of)];
  return { ...kept, [kind]: settings };
}

/** example reads the settings that a kind begins with. */
export function example(text: string | undefined): Json {
  try {
    const read: unknown = JSON.parse(text ?? '{}');
    return isObject(read) ? read : {};
  } catch {
    return {};
  }
}

export interface Line {
  sign: ' ' | '+' | '-';
  text: string;
}

/** lines says how one text became another, line by line. */
export function lines(was: string, now: string): Line[] {
  const a = was.split('\n');
  const b = now.split('\n');
  const same: number[][] = Array.from({ length: a.length + 1 }, () => new Array<number>(b.length + 1).fill(0));
  const get = (i: number, j: number) => same[i]?.[j] ?? 0;
  for (let i = a.length - 1; i >= 0; i--) {
    const row = same[i];
    for (let j = b.length - 1; j >= 0 && row; j--) row[j] = a[i] === b[j] ? get(i + 1, j + 1) + 1 : Math.max(get(i + 1, j), get(i, j + 1));
  }
  const out: Line[] = [];
  let i = 0;
  let j = 0;
  while (i < a.length || j < b.length) {
    if (i < a.length && j < b.length && a[i] === b[j]) {
      out.push({ sign: ' ', text: a[i] ?? '' });
      i++;
      j++;
    } else if (j >= b.length || (i < a.length && get(i + 1, j) >= get(i, j + 1))) out.push({ sign: '-', text: a[i++] ?? '' });
    else out.push({ sign: '+', text: b[j++] ?? '' });
  }
  return out;
}

/** beginnings are channels that a house connects first. */
export const beginnings: Readonly<Record<'monitor' | 'archive' | 'beds', Json>> = {
  monitor: {
    name: 'monitors',
    purpose: 'treatment',
    source: { mllp: { listen: '127.0.0.1:2575' } },
    validate: { profile: 'ihe-pcd-01', onError: 'tag' },
    destinations: [
      { name: 'ehr', mllp: { address: '127.0.0.1:2600' } },
      { name: 'warehouse', fhir: { url: 'http://127.0.0.1:9000/fhir' } },
    ],
  },
  archive: {
    name: 'radiology',
    purpose: 'treatment',
    source: { dicom: { listen: '127.0.0.1:11112', aeTitle: 'BEDRAIL' } },
    destinations: [{ name: 'archive', dicom: { address: '127.0.0.1:4242', calledAE: 'ARCHIVE' } }],
  },
  beds: {
    name: 'adt',
    source: { mllp: { listen: '127.0.0.1:2576' } },
    destinations: [{ name: 'beds', mllp: { address: '127.0.0.1:2601' }, purpose: 'bed management', fields: ['EVN', 'PID-3.1', 'PV1'] }],
  },
};
