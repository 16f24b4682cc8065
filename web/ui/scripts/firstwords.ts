// Splits the English catalogue at build: what the first page says comes with
// it, the words of the screens come with the first screen that is opened.

import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { dirname, join, resolve } from 'node:path';
import type { Plugin } from 'vite';

const statically = /^\s*(?:import|export)\s+(?!type\b)(?:[^'"`;]*?\sfrom\s+)?['"](\.{1,2}\/[^'"]+)['"]/gm;

/** reached are the files that a file loads at once, itself among them. */
export function reached(from: string, found = new Set<string>()): Set<string> {
  const file = [from, `${from}.ts`, `${from}.tsx`].find((n) => /\.tsx?$/.test(n) && existsSync(n));
  if (!file || found.has(file)) return found;
  found.add(file);
  for (const [, to] of readFileSync(file, 'utf8').matchAll(statically)) if (to) reached(resolve(dirname(file), to), found);
  return found;
}

/** saidBy tells which keys a text of code says: as they stand, or put together from their group. */
export function saidBy(code: string): (key: string) => boolean {
  const groups = new Set([...code.matchAll(/`([A-Za-z.]+)\.\$\{/g), ...code.matchAll(/\bword\(\s*'([A-Za-z.]+)'/g)].map((m) => m[1]));
  const plain = new Set([...code.matchAll(/['"]([A-Za-z][\w-]*(?:\.[\w-]+)+)['"]/g)].map((m) => m[1]));
  return (key) => plain.has(key) || key.split('.').some((_, n, parts) => n > 0 && groups.has(parts.slice(0, n).join('.')));
}

/** halves are the words of the first page, and those of everything else. */
export function halves(src: string): { first: Record<string, unknown>; rest: Record<string, unknown> } {
  const all = JSON.parse(readFileSync(join(src, 'words/en.json'), 'utf8')) as Record<string, unknown>;
  const says = saidBy([...reached(join(src, 'main.tsx'))].map((n) => readFileSync(n, 'utf8')).join('\n'));
  const part = (at: boolean) => Object.fromEntries(Object.entries(all).filter(([key]) => says(key) === at));
  return { first: part(true), rest: part(false) };
}

/** firstWords answers for virtual:words/first and virtual:words/rest. */
export function firstWords(src: string): Plugin {
  const asked = /^\0?virtual:words\/(first|rest)$/;
  return {
    name: 'first-words',
    resolveId: (id) => (asked.test(id) ? `\0${id}` : undefined),
    load(id) {
      const half = asked.exec(id)?.[1];
      if (!half) return undefined;
      for (const name of readdirSync(src, { recursive: true, encoding: 'utf8' })) if (/\.(tsx?|json)$/.test(name)) this.addWatchFile(join(src, name));
      return `export default ${JSON.stringify(halves(src)[half === 'first' ? 'first' : 'rest'])};`;
    },
  };
}
