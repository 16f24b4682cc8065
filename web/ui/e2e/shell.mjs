// What stands around every page, and the table under most of them: the site
// that is kept and narrows every list, the time range, the dot of health, the
// warning before a session ends, several columns to sort by, the pill of what
// is new, the map as files, the manual in the palette, the bell. What cannot be
// waited for (a full disk, a session's end) is put into the answer of the server
// on its way.
//   node e2e/shell.mjs --url http://127.0.0.1:8080 --user demo --password ...

import { readFile } from 'node:fs/promises';
import { attempt, go, launch, login, open, options, until as awaited, violations } from './browser.mjs';

const o = options();
const browser = await launch();
const wrong = [];
const { context, page, faults } = await open(browser, { width: 1440, height: 800 });
const headers = (site) => (site ? { 'bedrail-site': site } : {});
const ask = async (path, site) => (await page.request.get(`${o.url}/api/v1/${path}`, { headers: headers(site) })).json();
const until = (what, test) => awaited(page, what, test);
const journey = (name, steps) =>
  attempt(page, wrong, `shell: ${name}`, async () => {
    await page.evaluate(() => ['site', 'range'].forEach((k) => localStorage.removeItem(`bedrail.${k}`))); // whatever the one before left
    await steps();
  }, o.out && `${o.out}/shell`);

function holds(what, truth) {
  if (!truth) throw new Error(what);
}

/** rows are the texts of the rows that the table shows. */
const rows = () => page.locator('main [role=row]:has([role=gridcell])').evaluateAll((all) => all.map((r) => r.innerText.replace(/\s+/g, ' ')));

/** following waits until the page of a path hears of what changes. */
async function following(path) {
  await Promise.all([page.waitForResponse((r) => r.url().includes('/api/v1/events'), { timeout: 60_000 }), go(page, o, path)]);
}

/** changed puts something else into the answers of an operation. */
async function changed(path, change) {
  await page.route(`**/api/v1${path}`, async (route) => {
    const answer = await route.fetch();
    await route.fulfill({ response: answer, json: change(await answer.json()) });
  });
  return () => page.unroute(`**/api/v1${path}`);
}

/** saved is a file that a press of a menu gives. */
async function saved(menu, item) {
  await page.getByRole('button', { name: menu }).last().click();
  const [file] = await Promise.all([page.waitForEvent('download'), page.getByRole('menuitem', { name: item }).click()]);
  return { name: file.suggestedFilename(), bytes: await readFile(await file.path()) };
}

try {
  await login(page, o);

  await journey('a site is kept, and every list is of it', async () => {
    const sites = (await ask('devices/facets?fields=site')).fields[0].values.filter((v) => v.value);
    holds('there is one site only', sites.length > 1);
    const site = sites.at(-1);
    const asked = new Map();
    const note = (q) => {
      const path = new URL(q.url()).pathname.replace('/api/v1/', '');
      if (q.url().includes('/api/v1/') && q.method() === 'GET') asked.set(path, q.headers()['bedrail-site'] ?? '');
    };
    await go(page, o, '/devices');
    const all = (await ask('devices?limit=1')).total.toLocaleString('en');
    await until('the list of all sites', async () => (await page.locator('main').innerText()).includes(`${all} `));
    page.on('request', note);
    await page.getByLabel('Site', { exact: true }).selectOption(site.value);
    await until('the list of the site', async () => (await page.locator('main').innerText()).includes(`${site.count.toLocaleString('en')} `) && asked.get('devices') === site.value);
    for (const path of ['findings', 'unidentified', 'coverage', 'locations', 'ledger', 'recall-work', 'quality-alerts', 'map']) {
      await go(page, o, `/${path}`); // a new page: the site was kept
      holds(`/${path} forgets the site`, (await page.getByLabel('Site', { exact: true }).inputValue()) === site.value);
    }
    for (const path of ['findings', 'unidentified', 'coverage', 'locations', 'ledger', 'recalls/worklist', 'quality-alerts', 'map']) holds(`${path} was asked about every site: ${asked.get(path)}`, asked.get(path) === site.value);
    await go(page, o, '/unidentified');
    const of = (await ask('unidentified?limit=1', site.value)).total;
    holds('the queue is as long as that of every site', of < (await ask('unidentified?limit=1')).total);
    await until(`${of} unknown devices`, async () => new RegExp(`\\b${of}\\b`).test(await page.locator('main').innerText()));
    // Another window has it at once, and says so.
    const other = await context.newPage();
    await other.goto(`${o.url}/findings`);
    await other.getByLabel('Site', { exact: true }).waitFor();
    await page.getByLabel('Site', { exact: true }).selectOption('');
    await until('all sites in the other window', async () => (await other.getByLabel('Site', { exact: true }).inputValue()) === '');
    await other.close();
    page.off('request', note);
  });

  await journey('a change of all that match is of the chosen site', async () => {
    const site = (await ask('devices/facets?fields=site')).fields[0].values.filter((v) => v.value).at(-1).value;
    const here = (await ask('devices?limit=1&filter=class:infusion-pump', site)).total;
    holds('the site has as many pumps as all sites', here > 1 && here < (await ask('devices?limit=1&filter=class:infusion-pump')).total);
    await go(page, o, '/devices?filter=class:infusion-pump');
    await page.getByLabel('Site', { exact: true }).selectOption(site);
    await until('the pumps of the site', async () => (await page.locator('main').innerText()).includes(`${here} `));
    await page.locator('main [role=row]:has([role=gridcell]) input[type=checkbox]').first().click();
    await page.locator('[data-pick-all]').click();
    const [bulk] = await Promise.all([page.waitForRequest((q) => q.url().endsWith('/devices/bulk')), act()]);
    holds('it goes to every site', bulk.headers()['bedrail-site'] === site);
    holds('it is no look ahead', bulk.postDataJSON().dryRun === true);
    const report = (await (await bulk.response()).json()).report;
    holds(`it would change ${report.matching} and not ${here}`, report.matching === here);
    await page.keyboard.press('Escape');
    await page.getByLabel('Site', { exact: true }).selectOption('');

    async function act() {
      await page.getByRole('region', { name: 'Chosen rows' }).getByRole('button', { name: /Change/ }).first().click();
      await page.getByRole('dialog').getByLabel('Put these tags on').fill('e2e-shell'); // it looks by itself what would change
    }
  });

  await journey('the time range is kept, and asked for', async () => {
    await go(page, o, '/map');
    const [first] = await Promise.all([page.waitForRequest((q) => q.url().includes('/api/v1/map?') && q.url().includes('since=24h')), page.getByLabel('Time range').selectOption('24h')]);
    holds('the map was not asked anew', first);
    const [again] = await Promise.all([page.waitForRequest((q) => q.url().includes('/api/v1/map?')), page.reload()]);
    holds('it was forgotten', again.url().includes('since=24h') && (await page.getByLabel('Time range').inputValue()) === '24h');
    await page.getByLabel('Time range').selectOption('7d');
  });

  await journey('the dot of health says what is wrong', async () => {
    const dot = page.getByRole('button', { name: /^Health of Bedrail/ });
    const undo = [
      await changed('/system', (s) => ({ ...s, disk: { ...s.disk, state: 'low', free: 5e8 }, capture: [{ source: 'eth1', packets: 99_000, dropped: 1_000 }] })),
      await changed('/feeds', (f) => ({ ...f, items: f.items.map((x, i) => ({ ...x, stale: i < 2 })) })),
    ];
    await go(page, o, '/devices');
    await until('a warning', async () => (await dot.getAttribute('aria-label')).includes('needs a look'));
    await dot.click();
    const said = await page.getByRole('dialog', { name: 'Health of Bedrail' }).innerText();
    for (const [what, found] of [['packets that were missed', /1 ?%/], ['old feeds', /2 .*(old|stale|behind)/i], ['free space', /free/]]) holds(`it does not name ${what}: ${said}`, found.test(said));
    holds('axe', (await violations(page)).length === 0);
    await page.keyboard.press('Escape');
    await undo[0]();
    undo[0] = await changed('/system', (s) => ({ ...s, disk: { ...s.disk, state: 'full' }, store: { ...s.store, readOnly: true, why: 'the disk is full' } }));
    await page.reload();
    await until('that it does not work', async () => (await dot.getAttribute('aria-label')).includes('not working'));
    await dot.click();
    await page.getByText('the disk is full').first().waitFor();
    for (const back of undo) await back();
  });

  await journey('a session warns before it ends, and goes on when asked to', async () => {
    let asked = 0;
    const undo = await changed('/session', (s) => ({ ...s, expiresAt: new Date(Date.now() + (asked++ === 0 ? 90_000 : 3_600_000)).toISOString() }));
    await go(page, o, '/devices');
    const stay = page.getByRole('button', { name: 'Stay signed in' });
    await stay.waitFor();
    const seconds = async () => Number(/(\d+)/.exec(await page.locator('main, body').getByText(/second/).first().innerText())[1]);
    const before = await seconds();
    holds(`${before} seconds are left`, before > 60 && before <= 90);
    await until('that it counts', async () => (await seconds()) < before);
    holds('axe', (await violations(page)).length === 0);
    await stay.click();
    await stay.waitFor({ state: 'detached' });
    await undo();
  });

  await journey('a list is sorted by several columns, and its address says so', async () => {
    await go(page, o, '/devices?cols=name,location,model,lastSeen');
    const head = (name) => page.locator('main [role=columnheader]', { hasText: name }).first();
    await head('Model').click();
    await until('the first column', async () => (await head('Model').getAttribute('aria-sort')) === 'ascending');
    await head('Location').click({ modifiers: ['Shift'] });
    await until('two columns', async () => new URL(page.url()).searchParams.get('sort') === 'model,unit');
    await head('Location').click({ modifiers: ['Shift'] });
    await until('the second turned round', async () => new URL(page.url()).searchParams.get('sort') === 'model,-unit');
    holds('the heads do not say so', (await head('Model').getAttribute('aria-sort')) === 'ascending' && (await head('Location').getAttribute('aria-sort')) === 'descending');
    const want = (await ask('devices?limit=8&sort=model,-unit')).items.map((d) => d.name);
    await until('the rows in that order', async () => {
      const got = await rows();
      return want.every((name, i) => got[i]?.includes(name));
    });
    await head('Device').click();
    await until('one column again', async () => new URL(page.url()).searchParams.get('sort') === 'name');
  });

  await journey('what is new waits in a pill, and no row jumps', async () => {
    await following('/devices?sort=name&filter=class:infusion-pump');
    const grid = page.locator('main [role=grid]');
    await grid.evaluate((g) => (g.scrollTop = 340));
    await page.waitForTimeout(400);
    const names = async () => (await rows()).map((r) => r.replace(/\d+ \w+\. ago|this minute/g, '')).join('\n'); // a minute may pass
    const before = await names();
    const pump = (await ask('devices?limit=1&filter=class:infusion-pump&sort=name')).items[0];
    const full = await ask(`devices/${pump.id}`);
    const tags = full.tags ?? [];
    const change = async (to) => {
      const now = await page.request.get(`${o.url}/api/v1/devices/${pump.id}`);
      return page.request.patch(`${o.url}/api/v1/devices/${pump.id}`, { data: { tags: to }, headers: { 'content-type': 'application/merge-patch+json', 'if-match': now.headers().etag, origin: o.url } });
    };
    const did = await change([...tags, 'e2e-shell']);
    holds(`tagging answered ${did.status()}`, did.ok());
    const pill = page.getByRole('button', { name: /new, show$/ });
    await pill.waitFor();
    const after = await names();
    holds(`rows changed or moved:\n${before}\n${after}`, after === before && (await grid.evaluate((g) => g.scrollTop)) === 340);
    holds('nobody who cannot see is told', (await page.locator('main [aria-live=polite]').innerText()).includes('new, show') || (await page.locator('main [aria-live=polite]').textContent()).includes('new, show'));
    const count = async () => ((await pill.count()) ? Number((await pill.innerText()).replace(/\D/g, '')) : 0); // the hospital goes on meanwhile
    await page.waitForTimeout(1500);
    const waited = await count();
    const [fetched] = await Promise.all([page.waitForRequest((q) => q.url().includes('/api/v1/devices?')), pill.click()]);
    holds('nothing was asked', fetched);
    await until('that none waits, or fewer', async () => (await count()) < waited);
    holds('the list jumped', (await grid.evaluate((g) => g.scrollTop)) === 340);
    await change(tags);
  });

  await journey('the map is a picture, a drawing and a table to take along', async () => {
    await go(page, o, '/map');
    await page.locator('main canvas').waitFor();
    const map = await ask('map?level=zones&since=7d&infrastructure=false');
    const png = await saved('Export', 'PNG');
    holds('no PNG of 2400 by 1600', png.name.endsWith('.png') && png.bytes.subarray(1, 4).toString() === 'PNG' && png.bytes.readUInt32BE(16) === 2400 && png.bytes.readUInt32BE(20) === 1600 && png.bytes.length > 20_000);
    const svg = await saved('Export', 'SVG');
    const text = svg.bytes.toString();
    const drawn = await page.evaluate((t) => {
      const doc = new DOMParser().parseFromString(t, 'image/svg+xml');
      return { broken: doc.querySelector('parsererror') !== null, circles: doc.querySelectorAll('circle').length };
    }, text);
    holds(`the drawing has ${drawn.circles} of ${map.nodes.length} nodes`, !drawn.broken && drawn.circles === map.nodes.length && !/<script|on\w+=/.test(text));
    const csv = await saved('Export', 'CSV');
    const lines = csv.bytes.toString().trim().split(/\r?\n/);
    holds(`the table has ${lines.length - 1} of ${map.edges.length} edges`, lines.length - 1 === map.edges.length && /^.?"?From/i.test(lines[0]));
  });

  await journey('the palette finds the manual', async () => {
    await go(page, o, '/devices');
    await page.keyboard.press('Control+k');
    await page.getByRole('combobox', { name: 'Find' }).fill('restore a backup');
    const hit = page.getByRole('option', { name: /Manual/ }).filter({ hasText: /backup/i }).first();
    await hit.waitFor();
    holds('axe', (await violations(page)).length === 0);
    await hit.click();
    await page.waitForURL('**/docs/**');
    holds('the page is about something else', /backup/i.test(await page.locator('body').innerText()));
  });

  await journey('the bell counts, shows and forgets', async () => {
    const held = await ask('notifications');
    holds('nothing was told to anybody', held.items.length > 0);
    let unread = true;
    const undo = await changed('/notifications', (n) => (unread ? { ...n, unread: 3, items: n.items.slice(0, 3).map((x) => ({ ...x, read: false })) } : { ...n, unread: 0 }));
    await go(page, o, '/devices');
    const bell = page.getByRole('button', { name: /3 .*(unread|not read|new)|notifications/i }).first();
    await bell.click();
    const box = page.getByRole('dialog', { name: 'Notifications' });
    await box.getByText(held.items[0].title).first().waitFor();
    holds('axe', (await violations(page)).length === 0);
    const [read] = await Promise.all([page.waitForRequest((q) => q.url().endsWith('/notifications/read')), box.getByRole('button', { name: 'Mark all as read' }).click().then(() => (unread = false))]);
    holds('not all were meant', JSON.stringify(read.postDataJSON().ids) === '[]');
    await undo();
    await until('nothing unread', async () => (await ask('notifications')).unread === 0);
    await page.keyboard.press('Escape');
  });
} finally {
  await context.close();
  await browser.close();
}
wrong.push(...faults);
for (const w of wrong) process.stderr.write(`${w}\n`);
process.exit(wrong.length ? 1 : 0);
