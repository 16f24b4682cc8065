// Takes the pictures of the README from a running demonstration.
//   node e2e/pictures.mjs --out ../../docs/pictures --url ...

import { mkdirSync } from 'node:fs';
import { go, launch, login, open, options } from './browser.mjs';

const o = options();
mkdirSync(o.out, { recursive: true });
const browser = await launch();
const firstOf = async (page, list, filter) => (await (await page.request.get(`${o.url}/api/v1/${list}?limit=1&filter=${encodeURIComponent(filter)}`)).json()).items[0].id;
try {
  for (const scheme of ['light', 'dark']) {
    const { context, page } = await open(browser, { scheme });
    await login(page, o);
    if (scheme === 'light') {
      await go(page, o, '/');
      await page.screenshot({ path: `${o.out}/home-light.png` });
      const pump = await firstOf(page, 'devices', 'class:infusion-pump exposure:affected status:confirmed location:bed');
      await go(page, o, `/devices?filter=class:infusion-pump&row=${pump}`);
      await page.screenshot({ path: `${o.out}/devices-light.png` });
      await go(page, o, `/devices/${pump}`);
      await page.locator('main details summary').nth(2).click();
      await page.mouse.move(0, 0);
      await page.waitForTimeout(200);
      await page.screenshot({ path: `${o.out}/device-light.png` });
    } else {
      const id = await firstOf(page, 'findings', 'severity:critical status:affected');
      await go(page, o, `/findings?row=${id}`);
      await page.screenshot({ path: `${o.out}/findings-dark.png` });
    }
    await context.close();
  }
} finally {
  await browser.close();
}
