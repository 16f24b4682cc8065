// What an integration engineer does first, from the screen and without code: a
// monitor to the EHR, a scanner to the archive; each message's way and its
// sender's trust; the EHR breaks and nothing is lost; and the proof of one
// message, which the program alone verifies in an empty folder. The monitor is
// a socket, the EHR a FHIR server, scanner and archive are those of dcmtk.
//   node e2e/exchange.mjs --url http://127.0.0.1:8080 --user demo --password ...
// BEDRAIL_PROGRAM names the program that verifies; without it the proof is only taken.

import { execFileSync, spawn } from 'node:child_process';
import { mkdtempSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import { connect, createServer as listenTCP } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { attempt, go, launch, login, open, options, until as awaited, violations } from './browser.mjs';

const o = options();
const browser = await launch();
const wrong = [];
const { context, page, faults } = await open(browser, { width: 1440, height: 1000 });
const ask = async (path) => (await page.request.get(`${o.url}/api/v1/${path}`)).json();
const until = (what, test) => awaited(page, what, test);
const journey = (name, steps) => attempt(page, wrong, name, steps, o.out && `${o.out}/exchange`);
const folder = mkdtempSync(join(tmpdir(), 'exchange-'));
const mark = `e${Date.now() % 1e7}`;
const sent = 25;

function holds(what, truth) {
  if (!truth) throw new Error(what);
}

async function clean(where) {
  const found = await violations(page);
  holds(`${where}: ${found.join('; ')}`, found.length === 0);
}

const freePort = () =>
  new Promise((done) => {
    const l = listenTCP().listen(0, '127.0.0.1', () => {
      const { port } = l.address();
      l.close(() => done(port));
    });
  });

/** An EHR keeps what it is given, and can be taken away and brought back. */
class EHR {
  kept = [];
  server;
  constructor(port) {
    this.port = port;
  }
  begin() {
    this.server = createServer((q, answer) => {
      let body = '';
      q.on('data', (part) => (body += part));
      q.on('end', () => {
        if (q.method !== 'GET') this.kept.push(body);
        answer.writeHead(q.method === 'GET' ? 200 : 201, { 'content-type': 'application/fhir+json' });
        answer.end(q.method === 'GET' ? '{"resourceType":"CapabilityStatement","status":"active","kind":"instance","fhirVersion":"4.0.1","format":["json"]}' : body);
      });
    });
    return new Promise((done) => this.server.listen(this.port, '127.0.0.1', done));
  }
  end() {
    this.server.closeAllConnections();
    return new Promise((done) => this.server.close(done));
  }
}

/** pcd01 is what a monitor says of itself and one pulse (IHE PCD-01). */
function pcd01(device, control, pulse) {
  const eui = device.macs[0].replace(/[^0-9a-f]/gi, '').toUpperCase().replace(/^(.{6})/, '$1FFFE');
  const now = new Date().toISOString().replace(/[-:T]|\..*/g, '') + '+0000';
  return (
    [
      `MSH|^~\\&|MONITOR^${eui}^EUI-64|WARD|ENGINE|HOUSE|${now}||ORU^R01^ORU_R01|${control}|P|2.6|||AL|NE||UNICODE UTF-8|||IHE_PCD_ORU_R01^IHE PCD^1.3.6.1.4.1.19376.1.6.1.1.1^ISO`,
      'PID|||ZZ4711^^^HOUSE^MR||Zzdemo^Zzona^^^^^L',
      `OBR|1|${control}^GW|${control}^GW|182777000^monitoring of patient^SCT|||${now}`,
      `OBX|1||69965^MDC_DEV_MON_PHYSIO_MULTI_PARAM_MDS^MDC|1.0.0.0|||||||X|||||||${eui}^^${eui}^EUI-64`,
      `OBX|2|ST|531972^MDC_ID_PROD_SPEC_SERIAL^MDC|1.0.0.0.1|${device.serialNumber.value}||||||R`,
      'OBX|3||69798^MDC_DEV_ECG_VMD^MDC|1.7.0.0|||||||X',
      'OBX|4||69799^MDC_DEV_ECG_CHAN^MDC|1.7.1.0|||||||X',
      `OBX|5|NM|147842^MDC_ECG_HEART_RATE^MDC|1.7.1.1|${pulse}|264864^MDC_DIM_BEAT_PER_MIN^MDC|||||R|||${now}`,
    ].join('\r') + '\r'
  );
}

/** say sends messages one after the other over one connection, and returns the codes of their acknowledgments: CA, since MSH-15 asks for acceptance. */
function say(port, messages) {
  return new Promise((done, fail) => {
    const codes = [];
    const socket = connect(port, '127.0.0.1', () => socket.write(`\v${messages[0]}\x1c\r`));
    let heard = '';
    socket.setTimeout(20_000, () => socket.destroy(new Error('no acknowledgment')));
    socket.on('error', fail);
    socket.on('data', (part) => {
      heard += part;
      const end = heard.indexOf('\x1c\r');
      if (end < 0) return;
      codes.push(/\rMSA\|(\w+)/.exec(heard)?.[1]);
      heard = heard.slice(end + 2);
      if (codes.length < messages.length) return socket.write(`\v${messages[codes.length]}\x1c\r`);
      socket.end();
      done(codes);
    });
  });
}

/** begins writes a channel of a beginning as a person would: by its fields, top to bottom. */
async function begins(button, name, listen, destinations) {
  await go(page, o, '/channels');
  await page.getByRole('link', { name: 'New channel' }).click();
  await page.getByRole('button', { name: button }).click();
  await page.getByLabel('Name', { exact: true }).first().fill(name);
  await page.getByLabel('listen', { exact: true }).fill(`127.0.0.1:${listen}`);
  for (const [label, field, value] of destinations) await page.locator(`section[aria-label="Destination ${label}"]`).getByLabel(field, { exact: true }).fill(value);
  await page.getByText('Nothing is wrong with it.').waitFor();
}

async function opens() {
  await page.getByRole('button', { name: 'See what changes' }).click();
  await page.getByRole('button', { name: 'Save and open' }).click();
  await page.waitForURL(/\/channels\?/);
}

const messagesOf = async (channel, more = '') => ask(`messages?limit=200&filter=${encodeURIComponent(`channel:${channel} ${more}`.trim())}`);
const began = Date.now();
const ports = { monitor: await freePort(), ehr: await freePort(), warehouse: await freePort(), scanner: await freePort(), archive: await freePort() };
const ehr = new EHR(ports.ehr);
await ehr.begin();
const warehouse = new EHR(ports.warehouse);
await warehouse.begin();
let archive;

try {
  await login(page, o);
  const device = (await ask('devices?limit=20&filter=' + encodeURIComponent('class:patient-monitor status:confirmed'))).items.find((d) => d.macs?.length && d.serialNumber.value);
  const say1 = (from, n) => Array.from({ length: n }, (_, i) => pcd01(device, `${mark}-${from + i}`, 60 + ((from + i) % 40)));
  const monitors = `${mark}-monitors`;

  await journey('a monitor to the EHR, by a form', async () => {
    holds('no monitor is known by address and serial number', device);
    await begins('A monitor to the EHR and a warehouse', monitors, ports.monitor, [['warehouse', 'url', `http://127.0.0.1:${ports.warehouse}/fhir`]]);
    const first = page.locator('section[aria-label="Destination ehr"]');
    await first.getByLabel('Kind').selectOption('fhir');
    await first.getByLabel('url', { exact: true }).fill(`http://127.0.0.1:${ports.ehr}/fhir`);
    await page.getByLabel('A message to try, if you like').fill(pcd01(device, `${mark}-trial`, 72));
    await page.getByText('Nothing is wrong with it.').waitFor();
    await page.getByRole('button', { name: 'Test' }).click();
    await page.getByText('is there').first().waitFor();
    await page.getByRole('heading', { name: 'What ehr would get' }).waitFor();
    holds('a trial left something', ehr.kept.length === 0 && (await messagesOf(monitors)).total === 0);
    await clean('editor');
    if (o.out) await page.screenshot({ path: `${o.out}/editor.png`, fullPage: true });
    await opens();
    await until('the door of the channel', async () => (await ask(`channels/${monitors}`)).source?.listening);
  });

  await journey('its messages, their way, their sender', async () => {
    const codes = await say(ports.monitor, say1(0, 3));
    holds(`acknowledged ${codes}`, codes.every((c) => c === 'CA'));
    const got = await until('three are delivered', async () => {
      const all = await messagesOf(monitors, 'state:delivered');
      return all.total === 3 ? all.items : undefined;
    });
    holds('not bound to the device that sent them', got.every((m) => m.device === device.id));
    holds('the EHR has no pulse of its device', ehr.kept.some((b) => b.includes('"Observation"') && b.includes('147842')));
    await go(page, o, `/messages?filter=${encodeURIComponent(`channel:${monitors}`)}&row=${got[0].id}`);
    await page.getByText('Answered with').waitFor();
    const side = await page.locator('main').innerText();
    holds('the page shows neither receiver', side.includes('ehr') && side.includes('warehouse'));
    holds(`trust ${got[0].trust} is not shown`, new RegExp(got[0].trust, 'i').test(side));
    holds('a name of a patient is on the page', !side.includes('Zzona'));
    await clean('message');
    if (o.out) await page.screenshot({ path: `${o.out}/message.png` });
  });

  await journey('a scanner to the archive, by a form', async () => {
    const kept = mkdtempSync(join(folder, 'archive-'));
    archive = spawn('storescp', ['-od', kept, '-aet', 'ARCHIVE', String(ports.archive)], { stdio: 'ignore' });
    const name = `${mark}-radiology`;
    await begins('A scanner to the archive', name, ports.scanner, [['archive', 'address', `127.0.0.1:${ports.archive}`]]);
    await opens();
    await until('the door of the channel', async () => (await ask(`channels/${name}`)).source?.listening);
    const text = join(folder, 'image.dump');
    const image = join(folder, 'image.dcm');
    const uid = `2.25.${Date.now()}`;
    writeFileSync(
      text,
      ['(0002,0010) UI =LittleEndianExplicit', '(0008,0016) UI =SecondaryCaptureImageStorage', `(0008,0018) UI [${uid}.1]`, '(0008,0060) CS [OT]', '(0010,0010) PN [Zzdemo^Zzona]', '(0010,0020) LO [ZZ4711]', `(0020,000d) UI [${uid}.2]`, `(0020,000e) UI [${uid}.3]`, '(0028,0002) US 1', '(0028,0004) CS [MONOCHROME2]', '(0028,0010) US 2', '(0028,0011) US 2', '(0028,0100) US 8', '(0028,0101) US 8', '(0028,0102) US 7', '(0028,0103) US 0', '(7fe0,0010) OB 00\\01\\02\\03'].join('\n'),
    );
    execFileSync('dump2dcm', [text, image]);
    execFileSync('storescu', ['-aec', 'BEDRAIL', '127.0.0.1', String(ports.scanner), image]);
    await until('the image is in the archive', async () => readdirSync(kept).length === 1);
    await until('the record says so', async () => (await messagesOf(name, 'state:delivered')).total === 1);
  });

  await journey('the EHR breaks, and nothing is lost', async () => {
    const had = { ehr: ehr.kept.length, warehouse: warehouse.kept.length };
    await ehr.end();
    const codes = await say(ports.monitor, say1(3, sent));
    holds(`acknowledged ${codes}`, codes.length === sent && codes.every((c) => c === 'CA'));
    await until('the other receiver has its own', async () => warehouse.kept.length >= had.warehouse + sent);
    holds('the EHR that is away has something', ehr.kept.length === had.ehr);
    await go(page, o, `/channels?row=${monitors}`);
    await page.getByText(/refused|away|not reached|failing/i).first().waitFor();
    holds('what waits is not on the board', (await page.locator('main').innerText()).includes(String(sent)));
    await clean('broken');
    if (o.out) await page.screenshot({ path: `${o.out}/broken.png` });
    await ehr.begin();
    await until('all are delivered', async () => (await messagesOf(monitors, 'state:delivered')).total === sent + 3);
    const kept = new Set(ehr.kept.map((body) => JSON.parse(body).id));
    holds(`the EHR has ${kept.size} of ${sent + 3}`, kept.size === sent + 3);
    const ledger = (await ask('messages/ledger')).sources.find((s) => s.channel === monitors);
    holds(`the ledger says ${JSON.stringify(ledger)}`, ledger?.balanced && ledger.received === sent + 3);
  });

  await journey('a proof that verifies without a server', async () => {
    const one = (await messagesOf(monitors, 'state:delivered')).items[0];
    await go(page, o, `/lineage/${one.id}`);
    await page.locator('svg[role=group]').waitFor();
    await clean('lineage');
    const [file] = await Promise.all([page.waitForEvent('download'), page.getByRole('button', { name: /proof/i }).click()]);
    const proof = join(folder, 'proof.json');
    await file.saveAs(proof);
    holds('the proof names a patient', !readFileSync(proof, 'utf8').includes('Zzona'));
    if (o.out) await page.screenshot({ path: `${o.out}/lineage.png`, fullPage: true });
    if (!process.env.BEDRAIL_PROGRAM) return process.stdout.write('NOT TESTED: BEDRAIL_PROGRAM names no program that verifies\n');
    const bare = { cwd: mkdtempSync(join(folder, 'auditor-')), env: { HOME: folder, PATH: '/nowhere' }, encoding: 'utf8' };
    const { key } = await ask('audit/key'); // as an auditor would have got it before
    holds('the proof does not verify', execFileSync(process.env.BEDRAIL_PROGRAM, ['message', 'verify-proof', proof, '--key', key], bare).includes('valid true'));
    const forged = join(folder, 'forged.json');
    writeFileSync(forged, readFileSync(proof, 'utf8').replace(/"delivered"/, '"delayed"').replace(/message:deliver/, 'message:destroy'));
    let passed = true;
    try {
      execFileSync(process.env.BEDRAIL_PROGRAM, ['message', 'verify-proof', forged], { ...bare, stdio: 'pipe' });
    } catch {
      passed = false;
    }
    holds('a forged proof verifies as well', !passed);
  });
  process.stdout.write(`all of it in ${Math.round((Date.now() - began) / 1000)} s\n`);

  for (const name of [monitors, `${mark}-radiology`]) await page.evaluate((path) => fetch(path, { method: 'DELETE' }), `/api/v1/channels/${name}`);
} finally {
  archive?.kill();
  await ehr.end().catch(() => {});
  await warehouse.end().catch(() => {});
  await context.close();
  await browser.close();
}
wrong.push(...faults);
for (const w of wrong) process.stderr.write(`${w}\n`);
process.exit(wrong.length ? 1 : 0);
