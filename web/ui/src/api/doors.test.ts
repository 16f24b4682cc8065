import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';

// calls.ts asks only what the description of the API has: its paths are types.
// So a screen that asks elsewhere would do what no program and no command can.
const asks = /\b(fetch\(|new XMLHttpRequest|new EventSource|sendBeacon|new WebSocket)/;
const allowed = [
  'api/calls.ts', 'api/client.ts', 'api/events.ts',
  'explore/Explorer.tsx', // tries any operation
  'shell/Palette.tsx', // searches the manual, which is a folder of pages
];

test('screens ask nothing but operations of the API', () => {
  const found = readdirSync('src', { recursive: true, encoding: 'utf8' })
    .filter((name) => /\.tsx?$/.test(name) && !/\.test\./.test(name))
    .filter((name) => asks.test(readFileSync(join('src', name), 'utf8').replace(/\bfetch\((signal|q|\{)/g, '')))
    .map((name) => name.replaceAll('\\', '/'));
  expect(found.filter((name) => !allowed.includes(name))).toEqual([]);
});
