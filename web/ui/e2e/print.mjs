// The pages that hospitals print, and signing in to them without scripts: a card of a device, the list of a unit, the
// emergency list. Each on A4 and Letter, from a browser that prefers dark, in
// the longest of the languages too: nothing clipped, light, no row torn, and as
// many pages as it should have.
//   node e2e/print.mjs --url http://127.0.0.1:8080 --user demo --password ... [--out FOLDER]

import { attempt, launch, login, open, options, totp } from './browser.mjs';

const o = options();
const browser = await launch();
const wrong = [];
// As narrow as paper: less the 12 mm at each side that @page leaves.
const papers = { A4: Math.round(((210 - 24) / 25.4) * 96), Letter: Math.round(((215.9 - 24) / 25.4) * 96) };
const { context, page, faults } = await open(browser, { scheme: 'dark' });
const ask = async (path) => (await page.request.get(`${o.url}/api/v1/${path}`)).json();

/** pagesOf counts the pages of a PDF as Chromium writes it. */
const pagesOf = (pdf) => (pdf.toString('latin1').match(/\/Type\s*\/Page\b(?!s)/g) ?? []).length;

/** laidOut tells of the page as it is printed: what runs over its place, what is dark, what may be torn. */
const laidOut = () =>
  page.evaluate(() => {
    const faults = [];
    const over = document.documentElement.scrollWidth - document.documentElement.clientWidth;
    if (over > 1) faults.push(`${over} px wider than the paper`);
    for (const e of document.querySelectorAll('main *')) {
      const look = getComputedStyle(e);
      if (look.display === 'none' || look.display === 'inline') continue;
      const b = e.getBoundingClientRect();
      if (b.right > document.documentElement.clientWidth + 1) faults.push(`${e.tagName} ${e.textContent.trim().slice(0, 30)} ends at ${Math.round(b.right)}`);
      if (/hidden|auto|scroll/.test(look.overflowX) && e.scrollWidth > e.clientWidth + 1) faults.push(`${e.tagName} is cut off`);
      const shade = /rgba?\((\d+), (\d+), (\d+)(?:, ([\d.]+))?\)/.exec(look.backgroundColor);
      if (shade && shade[4] !== '0' && Number(shade[1]) + Number(shade[2]) + Number(shade[3]) < 500) faults.push(`${e.tagName} has the background ${look.backgroundColor}`);
    }
    if (getComputedStyle(document.documentElement).backgroundColor !== 'rgb(255, 255, 255)') faults.push('the paper is not white');
    for (const r of document.querySelectorAll('tr')) if (getComputedStyle(r).breakInside !== 'avoid') faults.push('a row may be torn');
    for (const h of document.querySelectorAll('thead')) if (getComputedStyle(h).display !== 'table-header-group') faults.push('a heading does not repeat');
    return [...new Set(faults)].slice(0, 5);
  });

try {
  await login(page, o);
  const card = (await ask('devices?limit=1&filter=class:infusion-pump+exposure:affected+location:bed')).items[0];
  const unit = (await ask('devices/facets?fields=unit')).fields[0].values.filter((u) => u.value).sort((a, b) => b.count - a.count)[0];
  // A row takes at least 15 px of the about 900 that a page has, and at most four lines of them.
  const most = (rows) => [1 + Math.floor(rows / 60), 2 + Math.ceil(rows / 14)];
  const listed = Math.min(500, (await ask('devices?limit=1')).total);
  const prints = [
    ['card', `/print/device/${card.id}?`, [1, 1]],
    ['unit', `/print/unit?unit=${encodeURIComponent(unit.value)}&`, most(unit.count)],
    ['emergency', '/emergency?', most(listed)],
  ];
  for (const [name, path, [least, atMost]] of prints) {
    for (const [format, width] of Object.entries(papers)) {
      for (const lang of ['en', 'de', 'fr', 'es']) {
        await attempt(page, wrong, `print ${name} ${format} ${lang}`, async () => {
          await page.setViewportSize({ width, height: 900 });
          const answer = await page.goto(`${o.url}${path}lang=${lang}`);
          if (!answer.ok()) throw new Error(`status ${answer.status()}`);
          await page.emulateMedia({ media: 'print', colorScheme: 'dark' });
          const faulty = await laidOut();
          if (faulty.length > 0) throw new Error(faulty.join('; '));
          const pdf = await page.pdf({ format, preferCSSPageSize: false, printBackground: true, ...(o.out ? { path: `${o.out}/${name}-${format}-${lang}.pdf` } : {}) });
          const n = pagesOf(pdf);
          process.stdout.write(`    ${n} pages, ${Math.round(pdf.length / 1024)} KiB\n`);
          if (n < least || n > atMost) throw new Error(`${n} pages, not ${least} to ${atMost}`);
        });
        await page.emulateMedia({ media: null });
      }
    }
  }
  // Narrow, on the screen: what is wide wraps, and nothing has to be pushed aside.
  await attempt(page, wrong, 'unit list at 800 px', async () => {
    await page.setViewportSize({ width: 800, height: 900 });
    for (const lang of ['en', 'de', 'fr', 'es']) {
      await page.goto(`${o.url}/print/unit?unit=${encodeURIComponent(unit.value)}&lang=${lang}`);
      const faulty = await laidOut();
      const cut = faulty.filter((f) => !/may be torn|does not repeat/.test(f));
      if (cut.length > 0) throw new Error(`${lang}: ${cut.join('; ')}`);
    }
  });
  // As somebody whose scripts do not run.
  const bare = await browser.newContext({ javaScriptEnabled: false, ignoreHTTPSErrors: true, locale: 'de' });
  const sheet = await bare.newPage();
  await attempt(sheet, wrong, 'signing in without scripts', async () => {
    const path = `/print/device/${card.id}?lang=de`;
    await sheet.goto(o.url + path);
    await sheet.locator('input[name=username]').fill(o.user);
    await sheet.locator('input[name=password]').fill('not the password');
    await sheet.locator('button[type=submit]').click();
    await sheet.getByRole('alert').getByText('Name oder Passwort ist falsch.').waitFor();
    await sheet.locator('input[name=password]').fill(o.password);
    if (o.totp) await sheet.locator('input[name=code]').fill(totp(o.totp));
    await sheet.locator('button[type=submit]').click();
    await sheet.getByRole('heading', { name: 'Im Netz' }).waitFor();
    if (sheet.url() !== o.url + path) throw new Error(`led to ${sheet.url()}`);
  });
  await bare.close();
} finally {
  await context.close();
  await browser.close();
}
wrong.push(...faults);
for (const w of wrong) process.stderr.write(`${w}\n`);
process.exit(wrong.length ? 1 : 0);
