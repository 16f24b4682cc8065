// Fails when a language lacks a word that English has, has one too many,
// leaves a value out of a sentence, or when the screens use a key that no
// language has.

import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

const words = fileURLToPath(new URL('../src/words/', import.meta.url));
const read = (l) => JSON.parse(readFileSync(join(words, `${l}.json`), 'utf8'));
const en = read('en');
const wrong = [];
const texts = (entry) => (typeof entry === 'string' ? [entry] : Object.values(entry));
const values = (entry) => [...new Set(texts(entry).flatMap((t) => t.match(/\{\w+\}/g) ?? []))].sort().join(' ');

for (const locale of ['de', 'fr', 'es']) {
  const said = read(locale);
  for (const key of Object.keys(en)) {
    if (said[key] === undefined) wrong.push(`${locale}: ${key} is missing`);
    else if (texts(said[key]).some((t) => !t.trim())) wrong.push(`${locale}: ${key} is empty`);
    else if (values(said[key]) !== values(en[key])) wrong.push(`${locale}: ${key} has the values ${values(said[key])}, English has ${values(en[key])}`);
  }
  for (const key of Object.keys(said)) if (en[key] === undefined) wrong.push(`${locale}: ${key} is not in English`);
}
for (const [key, entry] of Object.entries(en)) if (typeof entry !== 'string' && !entry.other) wrong.push(`en: ${key} lacks "other"`);

const src = fileURLToPath(new URL('../src/', import.meta.url));
const code = readdirSync(src, { recursive: true })
  .filter((n) => /\.tsx?$/.test(n))
  .map((n) => readFileSync(join(src, n), 'utf8'))
  .join('\n');
// Keys that no screen says any more. A screen says a key as it stands, or puts
// it together from its group: `group.${...}`, or word('group', ...).
const groups = new Set([...code.matchAll(/`([A-Za-z.]+)\.\$\{/g), ...code.matchAll(/\bword\(\s*'([A-Za-z.]+)'/g)].map((m) => m[1]));
const grouped = (key) => key.split('.').some((_, n, parts) => n > 0 && groups.has(parts.slice(0, n).join('.')));
for (const key of Object.keys(en)) {
  if (!grouped(key) && !code.includes(`'${key}'`) && !code.includes(`"${key}"`)) wrong.push(`en: ${key} is used by no screen`);
}
for (const w of wrong) process.stderr.write(`${w}\n`);
process.stdout.write(`${Object.keys(en).length} words in 4 languages, ${wrong.length} wrong\n`);
process.exit(wrong.length ? 1 : 0);
