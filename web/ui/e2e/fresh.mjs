// The first hour of a fresh server, by keyboard alone: one-time password, own
// password, second factor, checklist, empty screens. Takes pictures on the way.
//   node e2e/fresh.mjs --url http://... --first KEYS/first-login.txt --out /tmp/fresh
// With --keep FILE the new password, the second factor's secret and a token
// are left there for further work.

import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { go, launch, open, options, totp } from './browser.mjs';

const o = options();
const given = Object.fromEntries(process.argv.slice(2).reduce((all, word, i, list) => (i % 2 ? all : [...all, [word.replace(/^--/, ''), list[i + 1]]]), []));
const out = o.out || '/tmp/fresh';
mkdirSync(out, { recursive: true });
const first = readFileSync(given.first, 'utf8');
o.user = /name: *(\S+)/.exec(first)?.[1] ?? 'admin';
o.password = /password: *(\S+)/.exec(first)?.[1] ?? '';
const chosen = 'a long enough pass phrase';
const browser = await launch();
const picture = (page, name) => page.screenshot({ path: `${out}/${name}.png` });
const wrong = [];
try {
  const { context, page, faults } = await open(browser, {});
  const type = async (text) => page.keyboard.type(text);
  await page.goto(o.url + '/');
  await page.locator('input[name=username]').waitFor();
  await picture(page, '1-login');
  await page.locator('input[name=username]').focus();
  await type(o.user);
  await page.keyboard.press('Tab');
  await type(o.password);
  await page.keyboard.press('Enter');
  await page.locator('input[autocomplete=new-password]').first().waitFor();
  await picture(page, '2-own-password');
  await page.locator('input[autocomplete=current-password]').focus();
  await type(o.password);
  // Each field is followed by its eye.
  for (const text of [chosen, chosen]) {
    await page.keyboard.press('Tab');
    await page.keyboard.press('Tab');
    await type(text);
  }
  await page.keyboard.press('Enter');
  await page.locator('input[autocomplete=one-time-code]').waitFor();
  await page.waitForTimeout(300);
  await picture(page, '3-second-factor');
  const secret = (await page.locator('main code').first().textContent()).replaceAll(' ', '');
  await page.locator('input[autocomplete=one-time-code]').focus();
  await type(totp(secret));
  await page.keyboard.press('Enter');
  await page.locator('#main').waitFor();
  await page.waitForTimeout(600);
  await picture(page, '4-home');
  const pages = ['/', '/setup', '/devices', '/models', '/import', '/findings', '/recalls', '/lifecycle', '/bills', '/feeds', '/audit', '/users', '/tokens', '/system', ...(given.pages ?? '').split(',').filter(Boolean)];
  for (const scheme of ['light', 'dark']) {
    await page.emulateMedia({ colorScheme: scheme });
    for (const path of pages) {
      await go(page, o, path);
      await picture(page, `${scheme}-empty${path.replace(/[^\w-]+/g, '-')}`);
    }
  }
  wrong.push(...faults.splice(0));
  if (given.keep) {
    const made = await page.request.post(`${o.url}/api/v1/tokens`, { data: { name: 'first', expiresAt: new Date(Date.now() + 30 * 864e5).toISOString() }, headers: { 'sec-fetch-site': 'same-origin', origin: o.url } });
    const answer = await made.text();
    writeFileSync(given.keep, JSON.stringify({ user: o.user, password: chosen, totp: secret, made: answer }));
  }
  await context.close();
} finally {
  await browser.close();
}
for (const w of wrong) process.stderr.write(`${w}\n`);
process.exit(wrong.length ? 1 : 0);
