// The main tasks by keyboard alone: no pointer is ever used. Each task fails
// when what it needs cannot be reached by Tab, has no visible focus, or does
// not do what it should, which is then looked up over the API.
//   node e2e/keyboard.mjs --url http://127.0.0.1:8080 --user demo --password ...

import { attempt, launch, open, options, until as awaited } from './browser.mjs';

const o = options();
const browser = await launch();
const wrong = [];
const { context, page, faults } = await open(browser, {});
page.on('filechooser', () => undefined); // asked for before it is needed: else the system's own opens
const press = (key) => page.keyboard.press(key);
const type = (text) => page.keyboard.type(text, { delay: 5 });
const ask = async (path) => (await page.request.get(`${o.url}/api/v1/${path}`)).json();
const settle = () => page.waitForTimeout(300);

/** focused tells whether the element with the focus fits, and whether one sees it. */
const focused = (selector) =>
  page.evaluate((s) => {
    const e = document.activeElement;
    if (!e || e === document.body || !e.matches(s)) return false;
    const b = e.getBoundingClientRect();
    const look = getComputedStyle(e);
    const seen = e.matches(':focus-visible') ? look.outlineStyle !== 'none' || look.boxShadow !== 'none' || look.borderColor !== '' : true;
    return b.width > 0 && seen;
  }, selector);

/** tabTo goes on by Tab until selector has the focus. */
async function tabTo(selector, { back = false, most = 90 } = {}) {
  for (let i = 0; i < most; i++) {
    if (await focused(selector)) return;
    await press(back ? 'Shift+Tab' : 'Tab');
  }
  throw new Error(`Tab does not reach ${selector}`);
}

const until = (what, holds) => awaited(page, what, holds);
const task = (name, steps) => attempt(page, wrong, name, steps, o.out && `${o.out}/keyboard`);

/** goTo opens a page by its two keys, or by the palette. */
async function goTo(key, path) {
  await press('Escape');
  await page.evaluate(() => document.activeElement?.blur?.());
  await press('g');
  await press(key);
  await until(`g ${key}`, () => new URL(page.url()).pathname === path);
  await page.locator('main h1').first().waitFor();
  await settle();
}

try {
  await task('sign in', async () => {
    await page.goto(o.url + '/');
    await page.locator('input[name=username]').waitFor();
    await tabTo('input[name=username]');
    await type(o.user);
    await tabTo('input[name=password]');
    await type(o.password);
    await press('Enter');
    await page.locator('#main').waitFor();
    await settle();
  });
  await task('skip to the content', async () => {
    await page.evaluate(() => document.activeElement?.blur?.());
    await press('Tab');
    if (!(await focused('a[href="#main"]'))) throw new Error('the first stop is not the way past the navigation');
    await press('Enter');
  });
  let device;
  await task('palette to a device', async () => {
    const pump = (await ask('devices?limit=1&filter=class:infusion-pump+status:confirmed')).items[0];
    await press('Control+k');
    await page.locator('[role=dialog] input').waitFor();
    await type(pump.name);
    await page.locator('#palette-hits [role=option]', { hasText: pump.name }).first().waitFor();
    await settle();
    await press('Enter');
    await until('the page of the device', () => new URL(page.url()).pathname.startsWith('/devices/'));
    device = decodeURIComponent(new URL(page.url()).pathname.split('/')[2]);
    await page.locator('main h1').waitFor();
  });
  await task('correct an attribute', async () => {
    const serial = `KB${Date.now() % 1e6}`;
    await settle();
    await tabTo('main button[data-act="act.correct"]');
    await press('Enter');
    await page.locator('[role=dialog] select').waitFor();
    await tabTo('[role=dialog] select');
    await type('S'); // the first attribute that begins so: the serial number
    await tabTo('[role=dialog] input:not([type=hidden])');
    await press('Control+a');
    await type(serial);
    await press('Enter');
    await until('the correction', async () => JSON.stringify(await ask(`devices/${device}`)).includes(serial));
  });
  await task('filter and save a view', async () => {
    const name = `Keyboard ${Date.now() % 1e6}`;
    await goTo('d', '/devices');
    await press('/');
    if (!(await focused('[data-filter-input]'))) throw new Error('/ does not lead to the filter');
    await type('class:infusion-pump');
    await press('Enter');
    await until('the filter in the address', () => page.url().includes('infusion-pump'));
    await press('Escape');
    await tabTo('[data-views]');
    await press('Enter');
    await page.locator('[role=menu] [role=menuitem]').first().waitFor();
    for (let i = 0; i < 40 && !(await focused('[data-save-view]')); i++) await press('ArrowDown');
    await press('Enter');
    await page.locator('[role=dialog] input').first().waitFor();
    await settle();
    await type(name);
    await press('Enter');
    await until('the view', async () => (await ask('views?list=devices')).items.some((v) => v.name === name));
    await settle();
  });
  await task('choose all that match, tag them, take it back', async () => {
    const tag = `kb-${Date.now() % 1e6}`;
    const tagged = async () => (await ask(`devices?limit=1&filter=tag:${tag}`)).total;
    await tabTo('[role=gridcell]', { most: 120 });
    await press('x');
    await page.locator('[data-pick-all]').waitFor();
    await tabTo('[data-pick-all]', { back: true, most: 120 });
    await press('Enter');
    await tabTo('[data-bulk-change]');
    await press('Enter');
    await page.locator('[role=dialog] input').first().waitFor();
    await settle();
    await type(tag);
    await page.locator('[role=dialog] button[type=submit]:not([disabled])').waitFor();
    await press('Enter');
    await until('the tags', async () => (await tagged()) > 10);
    await page.locator('[role=status] button', { hasText: 'Undo' }).waitFor();
    await press('Control+z');
    await until('the tags taken back', async () => (await tagged()) === 0);
  });
  await task('triage a finding', async () => {
    await goTo('f', '/findings');
    const first = (await ask('findings?limit=1&filter=status:affected')).items[0];
    await press('/');
    await type('status:affected');
    await press('Enter');
    await press('Escape');
    await settle();
    await tabTo('[role=gridcell]', { most: 120 });
    await press('Control+Enter');
    await until('the page of the finding', () => /^\/findings\/./.test(new URL(page.url()).pathname));
    const id = decodeURIComponent(new URL(page.url()).pathname.split('/')[2]);
    await page.locator('[data-decide]').first().waitFor();
    await tabTo('[data-decide]');
    await press('Enter');
    await page.locator('[role=dialog] select').first().waitFor();
    await tabTo('[role=dialog] select');
    await press('End'); // under investigation
    await tabTo('[role=dialog] textarea');
    await type('looked at by keyboard');
    await tabTo('[role=dialog] button[type=submit]');
    await press('Enter');
    await page.locator('[role=dialog] [data-preview]').waitFor();
    await tabTo('[role=dialog] button[type=submit]');
    await press('Enter');
    await until('the decision', async () => JSON.stringify(await ask(`findings/${encodeURIComponent(id)}`)).includes('looked at by keyboard'));
    if (!first) throw new Error('there was no finding');
  });
  await task('import a file', async () => {
    await goTo('i', '/import');
    const before = (await ask('jobs?limit=1&filter=kind:import:cmms')).total;
    await tabTo('[data-choose-file]');
    const chooser = page.waitForEvent('filechooser');
    await press('Enter');
    await (await chooser).setFiles({ name: 'keyboard.csv', mimeType: 'text/csv', buffer: Buffer.from('Asset Tag,Equipment Type,Manufacturer,Model,Serial Number,Department\nKB-1,infusion pump,Baxter,Sigma Spectrum,KB123456,Ward 4B\n') });
    await until('the import', async () => (await ask('jobs?limit=1&filter=kind:import:cmms')).total > before || (await ask('devices?limit=1&filter=asset_tag:KB-1')).total > 0);
  });
  await task('answer the queue of the unknown', async () => {
    await goTo('q', '/unidentified');
    const before = (await ask('unidentified?limit=1')).total;
    if (before === 0) return;
    let chosen = false;
    await tabTo('[role=gridcell]', { most: 120 });
    for (let i = 0; i < 12 && !chosen; i++) {
      await press('Enter'); // the question opens beside the list
      await settle();
      await press('1');
      await settle();
      chosen = await page.locator('[data-answer]').isVisible();
      if (!chosen) await press('ArrowDown');
    }
    if (!chosen) throw new Error('1 chooses nothing');
    await tabTo('[data-answer]');
    await press('Enter');
    await until('the answer', async () => (await ask('unidentified?limit=1')).total < before);
  });
  await task('verify the audit record', async () => {
    await goTo('a', '/audit');
    await tabTo('[data-verify]');
    await press('Enter');
    await page.locator('[data-verified]').waitFor({ timeout: 60_000 });
  });
  await task('change the theme and the language', async () => {
    await tabTo('[data-scheme]', { back: true, most: 200 });
    await press('Enter');
    await page.locator('[role=menu]').last().waitFor();
    for (let i = 0; i < 6 && !(await focused('[data-scheme-dark]')); i++) await press('ArrowDown');
    await press('Enter');
    await until('the dark theme', () => page.evaluate(() => document.documentElement.dataset.mantineColorScheme === 'dark'));
    await tabTo('[data-person]', { most: 200 });
    await press('Enter');
    await page.locator('[role=menu]').last().waitFor();
    for (let i = 0; i < 12 && !(await focused('[lang=de]')); i++) await press('ArrowDown');
    await press('Enter');
    await until('German', () => page.evaluate(() => document.documentElement.lang === 'de'));
  });
  await task('a tour', async () => {
    await goTo('t', '/tours');
    await tabTo('main section ol button');
    await press('Enter');
    await page.locator('[data-tour-next]').waitFor();
    await tabTo('[data-tour-next]', { most: 200 });
    await press('Enter');
    await until('the second stop', () => page.evaluate(() => /"at":\{"security-analyst":1\}/.test(localStorage.getItem('bedrail.tour') ?? '')));
    await page.reload();
    await page.locator('[data-tour-next]').waitFor(); // it goes on where it was
  });
} finally {
  await context.close();
  await browser.close();
}
wrong.push(...faults);
for (const w of wrong) process.stderr.write(`${w}\n`);
process.exit(wrong.length ? 1 : 0);
