// Makes src/api/schema.d.ts from api/openapi.json; with --check only says
// whether it is stale.

import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import openapiTS, { astToString } from 'openapi-typescript';

const source = new URL('../../../api/openapi.json', import.meta.url);
const target = new URL('../src/api/schema.d.ts', import.meta.url);
if (!existsSync(source)) {
  process.stderr.write('api/openapi.json is not there; write it first ("bedrail openapi")\n');
  process.exit(1);
}
const head = '// Generated from api/openapi.json by "npm run types". Do not edit.\n\n';
const made = head + astToString(await openapiTS(source));
if (process.argv.includes('--check')) {
  const held = existsSync(target) ? readFileSync(target, 'utf8') : '';
  if (held !== made) {
    process.stderr.write('src/api/schema.d.ts is stale; run "npm run types" and commit it\n');
    process.exit(1);
  }
  process.stdout.write('the types fit api/openapi.json\n');
} else {
  writeFileSync(target, made);
}
