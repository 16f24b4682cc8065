// Measures the list of devices in a browser: first content, jumps, frames of a
// scroll, filter, heap, and how much processor time the page itself took.
//   node e2e/perf.mjs --url http://127.0.0.1:8080 --user demo --password ...
import { launch, login, open, options } from './browser.mjs';

const o = options();
const browser = await launch();
const median = (list) => [...list].sort((a, b) => a - b)[Math.floor(list.length / 2)];
try {
  const { context, page } = await open(browser, {});
  await login(page, o);
  const cell = page.locator('[role=row] [role=gridcell] a').first();
  const loads = [];
  for (let i = 0; i < 3; i++) {
    const t0 = performance.now();
    await page.goto(o.url + '/devices', { waitUntil: 'commit' });
    await cell.waitFor();
    loads.push(Math.round(performance.now() - t0));
  }
  // How long until the rows at a place are there, by the page's own clock.
  const jump = (share) =>
    page.evaluate(async (part) => {
      const grid = document.querySelector('[role=grid]');
      const start = performance.now();
      grid.scrollTop = part * (grid.scrollHeight - grid.clientHeight);
      await new Promise((done) => requestAnimationFrame(done));
      for (;;) {
        const box = grid.getBoundingClientRect();
        const rows = [...grid.querySelectorAll('[role=row]')].filter((r) => {
          const b = r.getBoundingClientRect();
          return r.hasAttribute('aria-rowindex') && r.getAttribute('aria-rowindex') !== '1' && b.top < box.bottom && b.bottom > box.top + 36;
        });
        if (rows.length > 5 && rows.every((r) => r.querySelector('a'))) return Math.round(performance.now() - start);
        if (performance.now() - start > 20000) return -1;
        await new Promise((done) => requestAnimationFrame(done));
      }
    }, share);
  const jumps = [];
  for (const share of [0.5, 0.1, 0.95, 0.3, 0.77, 1]) jumps.push(await jump(share));
  const filters = [];
  for (const word of ['IntelliVue', 'CARESCAPE', 'Infinity']) {
    await page.locator('[data-filter-input]').fill('');
    await page.waitForTimeout(1500);
    filters.push(
      await page.evaluate(async (w) => {
        const input = document.querySelector('[data-filter-input]');
        const set = Object.getOwnPropertyDescriptor(HTMLInputElement.prototype, 'value').set;
        const start = performance.now();
        set.call(input, w);
        input.dispatchEvent(new Event('input', { bubbles: true }));
        for (;;) {
          const first = document.querySelector('[role=row][aria-rowindex="2"]');
          if (first?.textContent.toLowerCase().includes(w.toLowerCase()) && document.querySelector('[role=grid]').getAttribute('aria-busy') === 'false') return Math.round(performance.now() - start);
          if (performance.now() - start > 20000) return -1;
          await new Promise((done) => requestAnimationFrame(done));
        }
      }, word),
    );
  }
  await page.locator('[data-filter-input]').fill('');
  await page.waitForTimeout(1500);
  const client = await context.newCDPSession(page);
  await client.send('Performance.enable');
  const spent = async () => Object.fromEntries((await client.send('Performance.getMetrics')).metrics.map((m) => [m.name, m.value]));
  const before = await spent();
  // A steady scroll of 120 frames, four rows each.
  const frames = await page.evaluate(async () => {
    const grid = document.querySelector('[role=grid]');
    const took = [];
    let last = await new Promise((done) => requestAnimationFrame(done));
    for (let i = 0; i < 120; i++) {
      grid.scrollTop += 136;
      const now = await new Promise((done) => requestAnimationFrame(done));
      took.push(now - last);
      last = now;
    }
    return took.sort((a, b) => a - b);
  });
  const after = await spent();
  const frame = (share) => Math.round(frames[Math.floor(share * (frames.length - 1))] * 10) / 10;
  const scroll = { medianMs: frame(0.5), p95Ms: frame(0.95), cpuMsPerFrame: Math.round(((after.TaskDuration - before.TaskDuration) / frames.length) * 1e4) / 10, scriptMsPerFrame: Math.round(((after.ScriptDuration - before.ScriptDuration) / frames.length) * 1e4) / 10 };
  await client.send('HeapProfiler.collectGarbage');
  const heap = await client.send('Runtime.getHeapUsage');
  const rows = await page.locator('[aria-rowcount]').getAttribute('aria-rowcount');
  process.stdout.write(`${JSON.stringify({ rows, firstContentMs: median(loads), loads, jumpMs: median(jumps), jumps, filterMs: median(filters), filters, scroll, heapMB: Math.round(heap.usedSize / 1e5) / 10 })}\n`);
} finally {
  await browser.close();
}
