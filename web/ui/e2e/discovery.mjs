// Three journeys through discovery, as a clinical engineer goes: the register
// of the department against what the network shows, the queue of the unknown
// by keys, and a correction that wins over all evidence. Each leaves the
// hospital as it was, and fails when the record says otherwise than the page.
//   node e2e/discovery.mjs --url http://127.0.0.1:8080 --user demo --password ...

import { attempt, go, launch, login, open, options, until as awaited, violations } from './browser.mjs';

const o = options();
const browser = await launch();
const wrong = [];
const { context, page, faults } = await open(browser, { width: 1280, height: 800 });
const ask = async (path) => (await page.request.get(`${o.url}/api/v1/${path}`)).json();
const total = async (list) => (await ask(`${list}${list.includes('?') ? '&' : '?'}limit=1`)).total;

function holds(what, truth) {
  if (!truth) throw new Error(what);
}

const until = (what, test) => awaited(page, what, test);
const journey = (name, steps) => attempt(page, wrong, name, steps, o.out && `${o.out}/discovery`);

/** clean fails when axe finds something on the page as it stands. */
async function clean(where) {
  const found = await violations(page);
  holds(`${where}: ${found.join('; ')}`, found.length === 0);
}

/** mistyped is a serial number in which the last two digits that differ changed places. */
function mistyped(serial) {
  for (let i = serial.length - 2; i >= 0; i--) if (serial[i] !== serial[i + 1]) return serial.slice(0, i) + serial[i + 1] + serial[i] + serial.slice(i + 2);
  return `${serial}0`;
}

/** register is a list as a department keeps it: a title above, headings of its own, and not in all agreed with the wire. */
function register(pumps, mark) {
  const head = ['Tag', 'Fabrikat', 'Modell/Typ', 'Serien-Nr.', 'Programmstand', 'MAC', 'Letzter Nutzer'];
  const line = (p, i, change = {}) =>
    Object.values({ tag: `${mark}-${i}`, maker: p.manufacturer.value, model: p.model.value, serial: p.serialNumber.value, software: p.softwareVersion.value, mac: p.macs[0] ?? '', person: 'Zzdemo, Zzona', ...change });
  const rows = pumps.map((p, i) => line(p, i, i === 0 ? { serial: mistyped(p.serialNumber.value) } : {}));
  const stranger = { manufacturer: { value: 'Northfield Devices' }, model: { value: 'Syringe 3' }, serialNumber: { value: `${mark}7` }, softwareVersion: { value: '1.0' }, macs: [] };
  rows.push(line(stranger, 90), line(stranger, 91, { serial: `${mark}8`, mac: 'not-an-address' }));
  return ['Department register', '', head.join(';'), ...rows.map((r) => r.join(';'))].join('\r\n');
}

try {
  await login(page, o);

  await journey('a register: guessed, corrected, kept, looked at, taken in, taken back', async () => {
    const mark = `ZR${Date.now() % 1e6}`;
    const pumps = (await ask('devices?limit=60&filter=class:infusion-pump+status:confirmed')).items.filter((p) => p.serialNumber.value && p.macs?.length && p.softwareVersion.value).slice(0, 5);
    holds(`only ${pumps.length} pumps to make a list of`, pumps.length >= 3);
    const file = { name: `${mark}.csv`, mimeType: 'text/csv', buffer: Buffer.from(register(pumps, mark), 'utf8') };
    const before = await total('devices');
    await go(page, o, '/import/list?kind=cmms');
    await page.locator('main input[type=file]').setInputFiles(file);
    const holdsOf = (heading) => page.getByLabel(`What the column ${heading} holds`);
    await holdsOf('MAC').waitFor();
    for (const [heading, field] of [['Tag', 'assetTag'], ['Fabrikat', 'manufacturer'], ['Modell/Typ', 'model'], ['Serien-Nr.', 'serialNumber'], ['MAC', 'mac']]) holds(`${heading} was not guessed`, (await holdsOf(heading).inputValue()) === field);
    holds('a column about people was guessed to be of use', (await holdsOf('Letzter Nutzer').inputValue()) === '');
    await page.getByText(/Not guessed, so left out:.*Programmstand/).waitFor();
    await clean('columns');
    await holdsOf('Programmstand').selectOption('softwareVersion');
    await page.getByPlaceholder('Name of this mapping').fill(mark);
    await page.getByRole('button', { name: 'Keep the mapping' }).click();
    await page.getByText(/^Kept\./).waitFor();

    await page.getByRole('button', { name: 'See what it would do' }).click();
    const takeIn = page.getByRole('button', { name: /^Take in \d+ lines$/ });
    await takeIn.waitFor();
    const shown = await page.locator('main').innerText();
    holds('the line in conflict is not counted', /in conflict: 1\b/i.test(shown));
    holds('the two new lines are not counted', /new: 2\b/i.test(shown));
    holds('the others are not exact', new RegExp(`exact: ${pumps.length - 1}\\b`, 'i').test(shown));
    holds('the bad cell has no place', shown.includes(`Line ${pumps.length + 5}, column MAC`));
    holds('what it would do is not in view', await page.getByRole('heading', { name: 'What it would do' }).evaluate((h) => h.getBoundingClientRect().top >= 0 && h.getBoundingClientRect().bottom < innerHeight));
    holds('a look changed something', (await total('devices')) === before);
    await page.locator('main [role=gridcell]', { hasText: 'serial number' }).first().click();
    await page.getByText(/but says serial number/).last().waitFor();
    await clean('look');

    await takeIn.click();
    const undo = page.getByRole('button', { name: 'Undo this import' });
    await undo.waitFor();
    holds('the new ones are not there', (await total('devices')) === before + 2);
    holds('a new one has not its tag', (await total(`devices?filter=asset_tag:${mark}-90`)) === 1);
    const job = (await ask('jobs?limit=20')).items.find((j) => j.title.includes(file.name) && !j.result?.dryRun);
    holds('no job tells of it', job && ['done', 'partly'].includes(job.state));
    await undo.click();
    await page.getByText(/^Taken back\. Devices gone: 2;/).waitFor();
    await clean('taken back');
    await until('that nothing of it stays', async () => (await total('devices')) === before && (await total(`devices?filter=asset_tag:${mark}-90`)) === 0);
    const kept = (await ask('imports')).items.find((i) => i.name === file.name);
    holds('the list of lists does not say who took it back', kept?.undoneBy);

    // The next list of this department needs no answers.
    await page.getByRole('button', { name: 'Another list' }).click();
    await page.locator('main input[type=file]').setInputFiles({ ...file, name: `${mark}-2.csv` });
    await page.getByText(`These are the columns of the mapping “${mark}”; it is used.`).waitFor();
    holds('what was said of a column was not kept', (await holdsOf('Programmstand').inputValue()) === 'softwareVersion');
  });

  await journey('the unknown: a key, Enter, and back', async () => {
    const before = await ask('unidentified?limit=50');
    const one = before.items.find((u) => u.guesses?.length > 0 && u.similar > 0) ?? before.items.find((u) => u.guesses?.length > 0);
    holds('nothing unknown has a guess', one);
    await go(page, o, `/unidentified?row=${one.id}`);
    await page.locator('kbd', { hasText: '1' }).first().waitFor();
    await page.keyboard.press('1');
    const apply = page.locator('[data-answer]:focus');
    await apply.waitFor();
    holds('the number of devices that change is not that of those alike', (await apply.innerText()).includes((one.similar + 1).toLocaleString('en')));
    holds('a look changed something', (await total('unidentified')) === before.total);
    const seen = await apply.evaluate((b) => b.getBoundingClientRect().bottom < innerHeight);
    holds('what a key chose is below the edge of the window', seen);
    await clean('queue');
    await page.keyboard.press('Enter');
    await until('the answer', async () => (await total('unidentified')) === before.total - one.similar - 1);
    const device = await ask(`devices/${one.id}`);
    holds('the word of a person does not stand first', device.class.evidence[0].source === 'person');
    await page.getByRole('button', { name: 'Undo' }).first().click();
    await until('that it is unknown again', async () => (await total('unidentified')) === before.total);
  });

  await journey('a correction wins, is on record, and goes again', async () => {
    const pump = (await ask('devices?limit=1&filter=' + encodeURIComponent('class:infusion-pump status:confirmed'))).items[0];
    const was = (await ask(`devices/${pump.id}`)).softwareVersion;
    const says = `99.${Date.now() % 1000}`;
    await go(page, o, `/devices/${pump.id}`);
    const row = page.locator('main details', { has: page.locator('summary', { hasText: 'Software version' }) });
    await row.locator('summary').click();
    for (const e of was.evidence) await row.getByText(e.field, { exact: true }).first().waitFor();
    const capture = was.evidence[0].capture;
    holds('the evidence does not name capture and packet', (await row.innerText()).includes(capture) && /packet|row/.test(await row.innerText()));
    await row.getByRole('button', { name: 'Correct' }).click();
    await row.getByLabel('The right value').fill(says);
    await row.getByRole('button', { name: 'Save' }).click();
    const now = await until('the correction', async () => {
      const d = await ask(`devices/${pump.id}`);
      return d.softwareVersion.value === says ? d : undefined;
    });
    holds('it does not win over all evidence', now.softwareVersion.evidence[0].source === 'person');
    await row.locator('summary', { hasText: says }).waitFor();
    await clean('corrected');
    const events = (await ask(`devices/${pump.id}/timeline`)).items;
    holds('the timeline does not say who said so', events.some((e) => e.kind === 'corrected' && e.by));
    await row.getByRole('button', { name: 'Take back' }).click();
    await until('what the evidence says', async () => (await ask(`devices/${pump.id}`)).softwareVersion.value === was.value);
  });
} finally {
  await context.close();
  await browser.close();
}
wrong.push(...faults);
for (const w of wrong) process.stderr.write(`${w}\n`);
process.exit(wrong.length ? 1 : 0);
