// Takes a picture of every page in light and dark, to be looked at.
//   npm run shots -- --out /tmp/shots --url ...

import { mkdirSync } from 'node:fs';
import { go, launch, login, open, options, routes } from './browser.mjs';

const o = options();
const out = o.out || '/tmp/shots';
mkdirSync(out, { recursive: true });
const browser = await launch();
try {
  for (const scheme of ['light', 'dark']) {
    const { context, page } = await open(browser, { scheme });
    await page.goto(o.url + '/');
    await page.locator('input[name=username]').waitFor();
    await page.screenshot({ path: `${out}/${scheme}-login.png` });
    await login(page, o);
    for (const path of await routes(page, o)) {
      await go(page, o, path);
      await page.screenshot({ path: `${out}/${scheme}${path.replace(/[^\w-]+/g, '-')}.png` });
    }
    await context.close();
  }
} finally {
  await browser.close();
}
