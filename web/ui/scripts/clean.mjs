// Removes what an earlier build left, and keeps the placeholder beside it.
import { rmSync } from 'node:fs';

for (const old of ['assets', 'index.html']) rmSync(new URL(`../../dist/${old}`, import.meta.url), { recursive: true, force: true });
