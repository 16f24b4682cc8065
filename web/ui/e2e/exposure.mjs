// Three journeys through exposure, each as its person goes: an analyst with a
// weakness on the clipboard, a buyer with a form and a bill, an auditor with a
// day. Each fails when a step leads nowhere, or when the record says otherwise
// than the page.
//   node e2e/exposure.mjs --url http://127.0.0.1:8080 --user demo --password ...

import { attempt, launch, login, open, options, until as awaited } from './browser.mjs';

const o = options();
const browser = await launch();
const wrong = [];
const { context, page, faults } = await open(browser, {});
const ask = async (path) => (await page.request.get(`${o.url}/api/v1/${path}`)).json();

function holds(what, truth) {
  if (!truth) throw new Error(what);
}

const until = (what, test) => awaited(page, what, test);
const journey = (name, steps) => attempt(page, wrong, name, steps, o.out && `${o.out}/exposure`);

/** bring sends one file through the page of imports, for the model that is named. */
async function bring(kind, model, file) {
  await page.goto(`${o.url}/import?kind=${kind}`);
  const fields = page.locator('main input:not([type=file])');
  await page.locator('[data-choose-file]').waitFor();
  for (const [i, text] of model.entries()) await fields.nth(i).fill(text);
  await page.locator('main input[type=file]').setInputFiles(file);
  const job = await until(`the import of ${file.name}`, async () => (await ask('jobs?limit=20')).items.find((j) => j.title.includes(file.name) && ['done', 'failed'].includes(j.state)));
  holds(`${file.name} was not taken: ${job.message ?? ''}`, job.state === 'done');
}

const bytes = (text) => Buffer.from(text, 'utf8');

try {
  await login(page, o);

  await journey('analyst: from a pasted CVE to who, how, what, whom and when', async () => {
    const cve = (await ask('findings?limit=1&filter=kev:yes+status:affected')).items[0].vulnerability;
    await page.keyboard.press('Control+k');
    await page.locator('[role=dialog] input').waitFor();
    // As it is pasted from a mail: with words around it.
    await page.locator('[role=dialog] input').fill(`FW: urgent - ${cve} (jQuery)`);
    await page.locator('#palette-hits [role=option]', { hasText: cve }).first().waitFor();
    const began = Date.now();
    await page.keyboard.press('Enter');
    await page.locator('[data-brief]').waitFor();
    process.stdout.write(`    the page stood ${Date.now() - began} ms after Enter\n`);
    holds('the address is not that of the weakness', new URL(page.url()).pathname === `/advisories/${cve}`);
    const answers = await page.locator('[data-brief] dd').allInnerTexts();
    holds(`five questions have ${answers.length} answers`, answers.length === 5 && answers.every((a) => a.trim().length > 3));
    const known = await ask(`advisories/${cve}`);
    const affected = known.exposed.filter((e) => e.status === 'affected');
    holds('who: the number of devices is not that of the record', answers[0].includes(affected.length.toLocaleString('en')) && answers[0].includes(affected[0].unit));
    holds('how: the reason of the finding is missing', answers[1].includes(known.findings[0].reason));
    holds('what: neither peers nor what was watched', /reach|recorded/.test(answers[2]));
    holds('whom: nobody is named', /[A-Za-z]{4}/.test(answers[3]));
    holds('when: no urgency', /immediate|out of cycle|scheduled|defer/.test(answers[4]));
    holds('a bed is missing that the record has', (await page.getByRole('link', { name: affected[0].name }).count()) > 0);
    for (const section of ['What would contain it', 'What holds it now', 'When it is mended, and who has to act']) await page.getByRole('heading', { name: section }).waitFor();
  });

  const model = ['Northfield Devices', `Clarity ${Date.now() % 1e5}`, '2.1'];

  await journey('buyer: from an MDS2 and a bill to a signed decision', async () => {
    const began = Date.now();
    const form = [
      'Manufacturer Disclosure Statement for Medical Device Security,,,,',
      `DOC-1,Manufacturer Name,${model[0]},,`,
      `DOC-3,Device Model,${model[1]},,`,
      'MPII-1,q,Yes,,', 'AUTH-1,q,Yes,,', 'AUTH-2,q,No,,', 'CSUP-1,q,Yes,,', 'CSUP-2,q,Yes,,', 'CSUP-11,q,No,planned,', 'CONN-4,q,No,,', 'SHAD-15,q,Yes,,', 'SBOM-1,q,Yes,,', 'TXCF-2,q,Only in the clinic version,,',
    ].join('\n');
    await bring('mds2', [], { name: `mds2-${model[1].split(' ')[1]}.csv`, mimeType: 'text/csv', buffer: bytes(form) });
    const bill = { bomFormat: 'CycloneDX', specVersion: '1.6', components: [{ type: 'library', name: 'jquery', version: '3.1.1', purl: 'pkg:npm/jquery@3.1.1' }] };
    await bring('sbom', model, { name: `bill-${model[1].split(' ')[1]}.cdx.json`, mimeType: 'application/json', buffer: bytes(JSON.stringify(bill)) });
    await page.goto(`${o.url}/purchases`);
    await page.getByRole('button', { name: 'Assess a purchase' }).click();
    await page.getByLabel('Manufacturer').fill(model[0]);
    await page.getByLabel(/^Model/).fill(model[1]);
    await page.getByLabel('Software version').fill(model[2]);
    await page.locator('form button[type=submit]').click();
    await until('the page of the purchase', () => /^\/purchases\/./.test(new URL(page.url()).pathname));
    await page.getByRole('heading', { name: 'Decision' }).waitFor();
    const id = decodeURIComponent(new URL(page.url()).pathname.split('/')[2]);
    const p = await ask(`purchases/${id}`);
    holds('an exploited weakness does not stand against it', p.assessment.verdict === 'not-acceptable' && p.assessment.reasons.some((r) => !r.met && /CVE-2020-11023/.test(r.text)));
    const text = await page.locator('main').innerText();
    holds('the page does not name the weakness', text.includes('CVE-2020-11023'));
    holds('no clause for the contract is named', p.assessment.clauses.length > 0 && text.includes(p.assessment.clauses[0].text.slice(0, 40)));
    await page.locator('main textarea').first().fill('an exploited weakness, and no list of mended ones');
    await page.getByRole('button', { name: 'Decline' }).click();
    const decided = await until('the decision', async () => {
      const now = await ask(`purchases/${id}`);
      return now.decision ? now : undefined;
    });
    holds('the decision is not signed', decided.stage === 'declined' && /bedrail purchase decision/.test(decided.decision.note));
    process.stdout.write(`    a decision after ${Math.round((Date.now() - began) / 1000)} s\n`);
  });

  await journey('auditor: what was known on a day, as a signed page', async () => {
    const day = new Date().toISOString().slice(0, 10);
    await page.goto(`${o.url}/asof`);
    await page.locator('main input[type=date]').fill(day);
    await page.getByLabel('Vulnerability').fill('CVE-2020-11023');
    await page.locator('main form button[type=submit]').click();
    await page.getByRole('heading', { name: 'Findings' }).waitFor();
    const known = await ask(`asof?day=${day}&vulnerability=CVE-2020-11023`);
    holds('nothing was known of it', known.total.findings > 0 && known.statements.length > 0);
    const shown = await page.locator('main').innerText();
    holds('the page leaves a model out', known.findings.slice(0, 5).every((f) => shown.includes(f.model.model)));
    const waiting = page.waitForEvent('download');
    await page.locator('main a[download]').click();
    const evidence = await (await waiting).createReadStream();
    let html = '';
    for await (const chunk of evidence) html += chunk.toString('utf8');
    holds('the evidence does not say what it is', html.includes('bedrail evidence') && html.includes('CVE-2020-11023'));
    holds('the evidence is not signed', /\n— \S+ [A-Za-z0-9+/=]{60,}/.test(html.replaceAll('&#43;', '+')));
  });
} finally {
  await context.close();
  await browser.close();
}
wrong.push(...faults);
for (const w of wrong) process.stderr.write(`${w}\n`);
process.exit(wrong.length ? 1 : 0);
