// Walks every page in light and dark, compact and comfortable, and fails on
// any axe violation (WCAG 2.2 AA), content security policy report or console
// error. Against a real server:
//   npm run e2e -- --url https://127.0.0.1:8080 --user admin --password ... --totp SECRET
// Without --url a mock server is started.

import { spawn } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { go, launch, login, missingPath, open, options, refusedPath, routes, violations } from './browser.mjs';

const o = options();
let mock;
if (!process.argv.includes('--url') && !process.env.BEDRAIL_URL) {
  o.url = 'http://127.0.0.1:8091';
  mock = spawn(process.execPath, [fileURLToPath(new URL('../dev/mock/server.mjs', import.meta.url)), '8091'], { stdio: ['ignore', 'pipe', 'inherit'] });
  await new Promise((ready) => mock.stdout.once('data', ready));
}
const browser = await launch();
let pages = 0;
const wrong = [];
try {
  for (const [scheme, density] of [['light', 'compact'], ['light', 'comfortable'], ['dark', 'compact'], ['dark', 'comfortable']]) {
    const { context, page, faults } = await open(browser, { scheme, density });
    const check = async (name) => {
      pages++;
      const expected = name === refusedPath ? /status of 400/ : name === missingPath ? /status of 404/ : /(?!)/;
      const found = [...(await violations(page)), ...faults.splice(0).filter((f) => !expected.test(f))];
      wrong.push(...found.map((f) => `${scheme} ${density} ${name}: ${f}`));
      process.stdout.write(`${found.length ? 'BAD' : 'ok '} ${scheme} ${density} ${name}\n${found.map((f) => `    ${f}\n`).join('')}`);
    };
    await page.goto(o.url + '/');
    await page.locator('input[name=username]').waitFor();
    await check('login');
    await login(page, o);
    for (const path of await routes(page, o)) {
      await go(page, o, path);
      await check(path);
    }
    await go(page, o, '/devices');
    await page.keyboard.press('Control+k');
    await page.locator('[role=dialog]').waitFor();
    await page.waitForTimeout(250);
    await check('palette');
    await page.keyboard.press('Escape');
    await page.waitForTimeout(250);
    await page.keyboard.press('?');
    await page.locator('[role=dialog]').waitFor();
    await page.waitForTimeout(250);
    await check('shortcuts');
    await page.keyboard.press('Escape');
    await page.waitForTimeout(250);
    await page.locator('[data-filter-input]').fill('class:');
    await page.locator('[role=option]').first().waitFor();
    await check('completion');
    await context.close();
  }
  // At 320 px nothing may scroll sideways but the tables themselves.
  const { context, page } = await open(browser, { width: 320, height: 800 });
  await login(page, o);
  for (const path of ['/', '/devices', '/import', '/findings']) {
    await go(page, o, path);
    const over = await page.evaluate(() => document.querySelector('main').scrollWidth - document.querySelector('main').clientWidth);
    if (over > 1) wrong.push(`320 px ${path}: ${over} px too wide`);
    // A list is of the chosen site and time, so whoever looks at it must see which.
    for (const select of await page.locator('header select').all()) {
      const box = await select.boundingBox();
      if (!box || box.x < 0 || box.x + box.width > 320) wrong.push(`320 px ${path}: ${await select.getAttribute('aria-label')} is out of sight`);
    }
    pages++;
  }
  await context.close();
} finally {
  await browser.close();
  mock?.kill();
}
for (const w of [...new Set(wrong)]) process.stderr.write(`${w}\n`);
process.stdout.write(`${pages} pages walked, ${wrong.length} violations\n`);
process.exit(wrong.length ? 1 : 0);
