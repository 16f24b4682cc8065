// The first hour of a fresh server: one-time password, own password, second
// factor, checklist and empty screens by keyboard alone; then the maintenance
// list of a German hospital, as its system writes it, taken in step by step,
// and seen as devices. Takes pictures on the way.
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

/** germanList is 40 lines of a maintenance system: semicolons, abbreviated headings, umlauts in Windows-1252. */
function germanList() {
  const units = ['Chirurgische Intensivstation', 'Kardiologie Süd', 'Notaufnahme', 'OP-Säle'];
  const things = [['Infusionspumpe', 'B. Braun', 'Infusomat Space'], ['Beatmungsgerät', 'Dräger', 'Evita V500'], ['Ultraschallgerät', 'GE Healthcare', 'Vivid E95'], ['Wärmebett', 'Dräger', 'Babyleo TN500']];
  const lines = Array.from({ length: 40 }, (_, i) => [4711 + i, ...things[i % 4], `SN${77000 + 13 * i}`, units[(i * 3) % 4], `${(i % 9) + 1}.0${i % 7}`, i % 5 ? 'V03.02' : 'k.A.', `0${(i % 9) + 1}.03.2027`].join(';'));
  return Buffer.from(['Inventar-Nr.;Geräteart;Hersteller;Typenbezeichnung;Ser.-Nr.;Station;Raum;SW-Stand;nächste STK', ...lines].join('\r\n'), 'latin1');
}

/** ownList goes where the quick start says: the list, step by step, then Devices. */
async function ownList(page) {
  const fails = (what) => wrong.push(`own list: ${what}`);
  await go(page, o, '/');
  await page.locator('main').getByRole('link', { name: 'Equipment list (CMMS)' }).click();
  await page.locator('main input[type=file]').setInputFiles({ name: 'geraete.csv', mimeType: 'text/csv', buffer: germanList() });
  const rows = page.locator('main table tbody tr');
  await rows.first().waitFor();
  await picture(page, '5-columns');
  const taken = await rows.evaluateAll((all) => all.map((r) => [r.querySelector('th').textContent, r.querySelector('select').value]));
  const want = { 'Inventar-Nr.': 'assetTag', Geräteart: 'class', Hersteller: 'manufacturer', Typenbezeichnung: 'model', 'Ser.-Nr.': 'serialNumber', Station: 'unit', Raum: 'room', 'SW-Stand': 'softwareVersion', 'nächste STK': '' };
  for (const [heading, field] of taken) if (want[heading] !== field) fails(`${heading} is taken for ${field || 'nothing'}`);
  await page.getByRole('button', { name: 'See what it would do' }).click();
  const apply = page.getByRole('button', { name: 'Take in 40 lines' });
  await apply.waitFor();
  await picture(page, '6-preview');
  await apply.click();
  await page.getByRole('button', { name: 'Undo this import' }).waitFor();
  await picture(page, '7-taken');
  await go(page, o, `/devices?filter=${encodeURIComponent('unit:"Kardiologie Süd"')}`);
  const body = await page.locator('main').innerText();
  if (!body.includes('Kardiologie Süd') || !/\b10\b/.test(body)) fails('the list does not show the ten devices of Kardiologie Süd');
  await go(page, o, '/devices');
  await picture(page, '8-devices');
  const total = (await (await page.request.get(`${o.url}/api/v1/devices?limit=1`)).json()).total;
  if (total !== 40) fails(`${total} devices stand in the list, not 40`);
}

/** digest has an administrator choose one letter a day instead of one for each notice. */
async function digest(page) {
  await go(page, o, '/notifications');
  await page.getByRole('button', { name: 'Add a target' }).first().click();
  const form = page.getByRole('dialog');
  await form.getByLabel('Name', { exact: false }).first().fill('Biomed, once a day');
  await form.getByLabel('Way').selectOption('email');
  await form.getByLabel('Address').fill('mail.hospital.example:587');
  await form.getByLabel('Sender').fill('bedrail@hospital.example');
  await form.getByLabel('Receivers').fill('biomed@hospital.example');
  await form.getByLabel('When').selectOption('daily');
  await form.getByLabel(/^Hour/).fill('6');
  await form.getByRole('checkbox', { name: 'Send notices to it' }).uncheck();
  await form.getByRole('button', { name: 'Add a target' }).click();
  await form.waitFor({ state: 'detached' });
  const made = (await (await page.request.get(`${o.url}/api/v1/targets`)).json()).items[0];
  if (made?.digest !== 'daily' || made.hour !== 6 || made.on) wrong.push(`digest: it was kept as ${JSON.stringify(made)}`);
  if (!(await page.locator('main').innerText()).includes('Biomed, once a day')) wrong.push('digest: the list does not show it');
  await picture(page, '9-digest');
}

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
  await page.emulateMedia({ colorScheme: 'light' });
  await ownList(page);
  await digest(page);
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
