// What the walk and the pictures share: a browser, a login, the list of pages.

import { createHmac } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { chromium } from 'playwright-core';

/** options reads --url, --user, --password, --totp and --out, or their variables. */
export function options() {
  const given = {};
  for (let i = 2; i < process.argv.length; i += 2) given[process.argv[i].replace(/^--/, '')] = process.argv[i + 1];
  return {
    url: given.url ?? process.env.BEDRAIL_URL ?? 'http://127.0.0.1:8090',
    user: given.user ?? process.env.BEDRAIL_USER ?? 'a.keller',
    password: given.password ?? process.env.BEDRAIL_PASSWORD ?? 'demo',
    totp: given.totp ?? process.env.BEDRAIL_TOTP ?? '', // secret of the second factor, base32
    out: given.out ?? process.env.BEDRAIL_SHOTS ?? '',
  };
}

export function launch() {
  return chromium.launch({
    executablePath: process.env.CHROMIUM ?? '/usr/bin/chromium',
    headless: true,
    args: ['--no-sandbox', '--disable-gpu', '--disable-quic', '--no-first-run', '--disable-background-networking', '--disable-component-update', '--disable-sync', '--ignore-certificate-errors'],
  });
}

/** totp computes the six digits of now (RFC 6238). */
export function totp(secret, at = Date.now()) {
  const letters = 'ABCDEFGHIJKLMNOPQRSTUVWXYZ234567';
  let bits = '';
  for (const c of secret.replace(/[\s=]/g, '').toUpperCase()) bits += letters.indexOf(c).toString(2).padStart(5, '0');
  const key = Buffer.from(bits.match(/.{8}/g).map((b) => parseInt(b, 2)));
  const counter = Buffer.alloc(8);
  counter.writeBigUInt64BE(BigInt(Math.floor(at / 30_000)));
  const sum = createHmac('sha1', key).update(counter).digest();
  const n = sum.readUInt32BE(sum[19] & 15) & 0x7fffffff;
  return String(n % 1_000_000).padStart(6, '0');
}

/** A context of its own for each test, that notes what a strict page must not do. */
export async function open(browser, { scheme = 'light', width = 1440, height = 900, density = 'compact', locale = 'en' } = {}) {
  const context = await browser.newContext({ viewport: { width, height }, colorScheme: scheme, ignoreHTTPSErrors: true, locale });
  const faults = [];
  await context.addInitScript(
    ([d, l]) => {
      localStorage.setItem('bedrail.density', d);
      localStorage.setItem('bedrail.locale', l);
      addEventListener('securitypolicyviolation', (e) => console.error(`CSP: ${e.violatedDirective} ${e.blockedURI} ${e.sourceFile}:${e.lineNumber}`));
    },
    [density, locale],
  );
  const page = await context.newPage();
  page.on('console', (m) => {
    // An unanswered session is how the login page is found.
    if (m.type() === 'error' && !/status of 401/.test(m.text())) faults.push(`${m.text()} ${m.location().url ?? ''}`.trim());
  });
  page.on('pageerror', (e) => faults.push(String(e)));
  return { context, page, faults };
}

/** login signs in, with the second factor when one is asked for. */
export async function login(page, o) {
  await page.goto(o.url + '/');
  await page.locator('input[name=username]').fill(o.user);
  await page.locator('input[name=password]').fill(o.password);
  await page.locator('button[type=submit]').click();
  const code = page.locator('input[name=code]');
  await Promise.race([code.waitFor(), page.locator('#main').waitFor()]);
  if (await code.isVisible()) {
    await code.fill(o.totp ? totp(o.totp) : '123456');
    await page.locator('button[type=submit]').click();
  }
  await page.locator('#main').waitFor();
}

/** go opens a page of the signed-in screens and waits until it has settled. */
export async function go(page, o, path) {
  await page.goto(o.url + path);
  await page.locator('main h1, main [role=alert]').first().waitFor();
  for (let i = 0; i < 50; i++) {
    if ((await page.locator('[role=status][aria-label]').count()) === 0) break;
    await page.waitForTimeout(60);
  }
  await page.waitForTimeout(150);
}

/** A filter that the server refuses: the page says so calmly, the browser logs the answer. */
export const refusedPath = '/devices?filter=class:no-such-class';

/** A thing that is not there; the browser logs that answer too. */
export const missingPath = '/sensors/no-such-sensor';

/** routes lists every page; those of a thing are found through their list. */
export async function routes(page, o) {
  const fixed = [
    '/',
    '/setup',
    '/tours',
    '/demo',
    '/devices',
    '/models',
    '/import',
    '/import/list?kind=cmms',
    '/import/list?kind=locations',
    '/findings',
    '/recalls',
    '/lifecycle',
    '/bills',
    '/feeds',
    '/unidentified',
    '/reconciliation',
    '/reconciliation?tab=silent',
    '/reconciliation?tab=differs',
    '/reconciliation?tab=corrections',
    '/coverage',
    '/coverage?by=vlans',
    '/locations',
    '/controls',
    '/ledger',
    '/forecast',
    '/recall-work',
    '/purchases',
    '/contradictions',
    '/patches',
    '/asof',
    '/mappings',
    '/mappings/pcd-01',
    '/channels',
    '/messages',
    '/quality',
    '/quality-alerts',
    '/stewardship',
    '/data-recalls',
    '/releases',
    '/map',
    '/map?whole=yes',
    '/map?table=yes',
    '/explore',
    '/explore?op=list-devices',
    '/explore?op=change-device',
    '/audit',
    '/users',
    '/tokens',
    '/notifications',
    '/letters',
    '/backups',
    '/system',
    '/account',
    '/no-such-page',
    '/mds2',
    '/procurement-policy',
    '/components',
    '/channel-editor',
    '/replays',
    '/disclosures',
    '/channel-imports',
    '/shadow-channels',
    '/sensors',
  ];
  const first = async (list, by = (item) => item.id) => {
    const answer = await page.request.get(`${o.url}/api/v1/${list}?limit=1`);
    const item = answer.ok() ? (await answer.json()).items?.[0] : undefined;
    return item && by(item);
  };
  const device = await first('devices');
  const finding = await first('findings');
  if (device) {
    const d = `/devices/${device}`;
    fixed.push(d, `${d}?tab=timeline`, `${d}?tab=exposures`, `${d}?tab=conversations`, `${d}?tab=posture`, `${d}?tab=behaviour`, `${d}?tab=exchange`, `${d}?tab=documents`, `${d}?tab=history`, `/devices?row=${device}`, '/devices?filter=class:infusion-pump+bed:no-such-bed', refusedPath);
  }
  if (finding) fixed.push(`/findings/${finding}`, `/findings?row=${finding}`);
  const rest = {
    '/advisories/': await first('findings', (f) => f.vulnerability),
    '/purchases/': await first('purchases'),
    '/mds2/': await first('mds2'),
    '/sensors/': await first('sensors', (s) => s.name),
    '/lineage/': await first('messages'),
    '/messages?row=': await first('messages'),
    '/channels?row=': await first('channels', (c) => c.name),
    '/bills?row=': await first('bills'),
    '/recalls?row=': await first('recalls'),
  };
  for (const [path, id] of Object.entries(rest)) if (id) fixed.push(path + encodeURIComponent(id));
  fixed.push(missingPath);
  return fixed;
}

const axeSource = readFileSync(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8');
const tags = ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa'];

/** violations is what axe finds wrong on the page as it stands (WCAG 2.2 AA). */
export async function violations(page) {
  await page.evaluate(axeSource); // by the debugger, which the policy does not bind
  const found = await page.evaluate((t) => globalThis.axe.run(document, { runOnly: { type: 'tag', values: t }, resultTypes: ['violations'] }), tags);
  return found.violations.flatMap((v) => v.nodes.map((n) => `axe ${v.id}: ${n.target.join(' ')}: ${n.any[0]?.message ?? n.failureSummary ?? v.help}`));
}

/** until waits for something over the API or the page, and returns it. */
export async function until(page, what, holds) {
  for (let i = 0; i < 150; i++) {
    const found = await holds();
    if (found) return found;
    await page.waitForTimeout(200);
  }
  throw new Error(`${what}: it did not happen`);
}

/** attempt says how one piece of work went, and how long it took. A picture of a failure goes to `picture`, where one is named. */
export async function attempt(page, wrong, name, steps, picture) {
  const began = Date.now();
  try {
    await steps();
    process.stdout.write(`ok  ${name} (${Date.now() - began} ms)\n`);
  } catch (e) {
    const why = `${name}: ${e.message.split('\n')[0]}`;
    wrong.push(why);
    process.stdout.write(`BAD ${why}\n`);
    if (picture) await page.screenshot({ path: `${picture}-${name.replace(/\W+/g, '-')}.png`, fullPage: true });
    for (let i = 0; i < 3; i++) await page.keyboard.press('Escape');
  }
}
