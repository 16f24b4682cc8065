// Measures the map in a browser without a graphics card: two thousand marks and
// ten thousand edges, the first picture and each frame of a drag.
//   node e2e/perfmap.mjs --url http://127.0.0.1:8080 --user demo --password ...
import { launch, login, open, options } from './browser.mjs';

const o = options();
const browser = await launch();
const nodes = Array.from({ length: 2000 }, (_, i) => {
  const [zone, k] = [Math.floor(i / 50), i % 50];
  const r = 15 * Math.sqrt(k);
  return { id: `dev_${i}`, kind: 'device', label: `device ${i}`, class: 'infusion-pump', zone: `z${zone}`, x: (zone % 8) * 260 + r * Math.cos(2.4 * k), y: Math.floor(zone / 8) * 260 + r * Math.sin(2.4 * k), r: 5, devices: 1, affected: i % 3 ? 0 : 1, severity: ['high', 'critical', 'medium'][i % 3], packets: i };
});
const edges = Array.from({ length: 10_000 }, (_, i) => ({ from: i % 2000, to: (i * 7919 + 13) % 2000, protocols: ['hl7'], services: 1, flows: 1, packets: 1 + (i % 500), bytes: 1000, plain: i % 2 === 0, last: '2026-01-01T00:00:00Z' }));
const now = new Date().toISOString();
try {
  const { context, page } = await open(browser, {});
  await page.route('**/api/v1/map?*', (route) => route.fulfill({ json: { level: 'whole', title: '', nodes, edges, hiddenNodes: 0, hiddenFlows: 0, truncated: false, since: now, asOf: now } }));
  await login(page, o);
  const pictures = [];
  for (let i = 0; i < 3; i++) {
    await page.goto(`${o.url}/map?whole=yes`);
    await page.locator('[data-map]').waitFor();
    await page.waitForTimeout(800);
    pictures.push(await page.evaluate(() => Math.min(...performance.getEntriesByName('map-picture').map((e) => e.duration))));
  }
  // Drags by pointer; each frame is timed by the page itself, from event to painted.
  const frames = await page.evaluate(async () => {
    const canvas = document.querySelector('[data-map] canvas');
    const box = canvas.getBoundingClientRect();
    const send = (kind, x, y) => canvas.dispatchEvent(new PointerEvent(kind, { pointerId: 1, button: 0, clientX: box.left + x, clientY: box.top + y, bubbles: true }));
    canvas.setPointerCapture = () => undefined;
    send('pointerdown', 300, 300);
    const took = [];
    for (let i = 1; i <= 60; i++) {
      const began = performance.now();
      send('pointermove', 300 + i * 4, 300 + i * 2);
      took.push(performance.now() - began);
      await new Promise((done) => requestAnimationFrame(done));
    }
    send('pointerup', 540, 420);
    return took.sort((a, b) => a - b);
  });
  const at = (share) => Math.round(frames[Math.floor(share * (frames.length - 1))] * 10) / 10;
  process.stdout.write(`${JSON.stringify({ nodes: nodes.length, edges: edges.length, pictureMs: pictures.map((p) => Math.round(p * 10) / 10), panMedianMs: at(0.5), panP95Ms: at(0.95) })}\n`);
  await context.close();
} finally {
  await browser.close();
}
