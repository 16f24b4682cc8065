// Fails when the first page or a screen of it grew past what a hospital's
// terminal should have to load: 260 kB for the first page, 180 kB for a part
// fetched later, gzipped.

import { readdirSync, readFileSync } from 'node:fs';
import { gzipSync } from 'node:zlib';

const dist = new URL('../../dist/', import.meta.url);
const most = { first: 260_000, later: 180_000 };
let index;
try {
  index = readFileSync(new URL('index.html', dist), 'utf8');
} catch {
  process.stderr.write('web/dist/index.html is not there; run "npm run build" first\n');
  process.exit(1);
}
const size = (name) => gzipSync(readFileSync(new URL(name, dist))).length;
const names = readdirSync(new URL('assets/', dist)).filter((n) => /\.(js|css)$/.test(n));

// The first page is what the index asks for and what that imports at once.
const first = new Set();
const queue = [...index.matchAll(/assets\/([\w.-]+\.(?:js|css))/g)].map((m) => m[1]);
for (let name; (name = queue.pop()); ) {
  if (first.has(name)) continue;
  first.add(name);
  if (!name.endsWith('.js')) continue;
  const text = readFileSync(new URL(`assets/${name}`, dist), 'utf8');
  for (const m of text.matchAll(/(?:from|^import|[;}]import)\s*["']\.\/([\w.-]+\.js)["']/gm)) queue.push(m[1]);
}
const total = [...first].reduce((sum, n) => sum + size(`assets/${n}`), 0);
const wrong = [];
process.stdout.write(`first page: ${(total / 1000).toFixed(1)} kB of ${most.first / 1000} (${first.size} files)\n`);
if (total > most.first) wrong.push(`the first page has ${total} bytes gzipped; at most ${most.first} are allowed`);
let largest = ['', 0];
for (const name of names.filter((n) => !first.has(n))) {
  const bytes = size(`assets/${name}`);
  if (bytes > largest[1]) largest = [name, bytes];
  if (bytes > most.later) wrong.push(`${name} has ${bytes} bytes gzipped; at most ${most.later} are allowed`);
}
process.stdout.write(`largest later part: ${largest[0]} ${(largest[1] / 1000).toFixed(1)} kB of ${most.later / 1000}\n`);
for (const w of wrong) process.stderr.write(`${w}\n`);
process.exit(wrong.length ? 1 : 0);
