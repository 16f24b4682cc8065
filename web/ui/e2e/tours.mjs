// Every tour to its end, as a visitor clicks it: each stop has its screen, its
// words, and what it speaks of is there, ringed and in sight.
//   node e2e/tours.mjs --url http://127.0.0.1:8080 --user demo --password ...

import { attempt, launch, login, open, options } from './browser.mjs';

const o = options();
const browser = await launch();
const wrong = [];
const { context, page, faults } = await open(browser, {});

/** inSight tells of each ringed thing whether a person sees it, once brought into view. */
async function inSight(one) {
  await one.scrollIntoViewIfNeeded();
  return one.evaluate((e) => {
    const b = e.getBoundingClientRect();
    const at = document.elementFromPoint(b.left + Math.min(b.width / 2, 40), b.top + b.height / 2);
    return b.width > 4 && b.height > 4 && (e === at || e.contains(at) || at?.contains(e)) ? '' : `${e.tagName} is covered by ${at?.tagName}.${at?.className}`;
  });
}

try {
  await login(page, o);
  await page.goto(`${o.url}/tours`);
  await page.locator('main section ol').first().waitFor();
  const tours = await page.locator('main section:has(ol)').count();
  if (tours !== 5) wrong.push(`${tours} tours are offered, not 5`);
  for (let n = 0; n < tours; n++) {
    await page.goto(`${o.url}/tours`);
    const card = page.locator('main section:has(ol)').nth(n);
    await card.waitFor();
    const name = await card.getAttribute('aria-label');
    await attempt(page, wrong, `tour: ${name}`, async () => {
      const stops = await card.locator('ol li').count();
      await card.locator('ol button').first().click();
      for (let i = 1; i <= stops; i++) {
        const bar = page.locator('section:has([data-tour-next])');
        await page.getByText(`${i}/${stops}`, { exact: true }).waitFor();
        const title = await bar.locator('h2').innerText();
        if (/tour\./.test(title) || (await bar.locator('p').innerText()).length < 30) throw new Error(`stop ${i} has no words`);
        await page.locator('[data-tour-here]').first().waitFor({ timeout: 15_000 }).catch(() => {
          throw new Error(`stop ${i} (${page.url()}): nothing of what it speaks of is there`);
        });
        const wanted = await page.evaluate(() => document.querySelectorAll('[data-tour-here]').length);
        for (let k = 0; k < wanted; k++) {
          const hidden = await inSight(page.locator('[data-tour-here]').nth(k));
          if (hidden) throw new Error(`stop ${i} (${page.url()}): ${hidden}`);
        }
        if (await page.locator('main [role=alert]:has(h2)').count()) throw new Error(`stop ${i} (${page.url()}) shows an error`);
        if (o.out) await page.screenshot({ path: `${o.out}/tour-${n}-${i}.png` });
        await page.locator('[data-tour-next]').click();
      }
      await page.waitForURL('**/tours');
      await page.locator('main section:has(ol)').nth(n).getByRole('img', { name: 'Finished' }).waitFor();
    }, o.out && `${o.out}/tours`);
  }
} finally {
  await context.close();
  await browser.close();
}
wrong.push(...faults);
for (const w of wrong) process.stderr.write(`${w}\n`);
process.exit(wrong.length ? 1 : 0);
