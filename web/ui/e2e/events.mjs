// What may happen in the demonstration: each event is let happen from its
// panel as a visitor does, and what the panel promises is then looked for on
// the screens it links to, within the time that the manual gives.
//   node e2e/events.mjs --url http://127.0.0.1:8080 --user demo --password ...
// It needs a demonstration in which none of them has happened yet.

import { attempt, go, launch, login, open, options } from './browser.mjs';

const o = options();
const browser = await launch();
const wrong = [];
const { context, page, faults } = await open(browser, {});
const ask = async (path) => (await page.request.get(`${o.url}/api/v1/${path}`)).json();
const seconds = 10; // as docs/manual/demonstration.md has it

function holds(what, truth) {
  if (!truth) throw new Error(what);
}

/** soon asks until it holds, at most as long as a visitor is told to wait. */
async function soon(what, since, test) {
  for (;;) {
    const got = await test();
    if (got) {
      process.stdout.write(`    ${what}: after ${((Date.now() - since) / 1000).toFixed(1)} s\n`);
      return got;
    }
    if (Date.now() - since > seconds * 1000) throw new Error(`${what}: not within ${seconds} s`);
    await page.waitForTimeout(200);
  }
}

/** letHappen presses the button of an event and returns it with its links. */
async function letHappen(name) {
  await go(page, o, '/demo');
  const card = page.locator('main section', { hasText: `bedrail demo event ${name}` });
  const since = Date.now();
  await card.getByRole('button').click();
  await card.getByRole('img', { name: 'Has happened' }).waitFor({ timeout: seconds * 1000 });
  const event = (await ask('demo')).events.find((e) => e.name === name);
  holds('it links to no screen', event.links.length > 0);
  return { since, event, href: (of) => event.links.find((l) => l.name === of).href };
}

/** reads opens a screen and returns its words. */
async function reads(href) {
  await go(page, o, href);
  await page.waitForTimeout(300);
  return (await page.locator('main').innerText()).replace(/\s+/g, ' ');
}

const idOf = (href) => /devices\/([^?]+)/.exec(href)[1];
const tell = (name, steps) => attempt(page, wrong, `event: ${name}`, steps, o.out && `${o.out}/events`);

try {
  await login(page, o);
  await tell('advisory', async () => {
    const before = (await ask('findings?limit=1&filter=model:"Sigma Spectrum"')).total;
    const e = await letHappen('advisory');
    const f = await soon('new findings of the pump', e.since, async () => {
      const now = await ask('findings?limit=1&filter=model:"Sigma Spectrum"');
      return now.total > before ? now.items[0] : undefined;
    });
    const list = await reads(e.href('finding'));
    holds('the list does not name the weakness', list.includes(f.vulnerability) && list.includes('Sigma Spectrum'));
    const beds = await ask('devices?limit=50&filter=model:"Sigma Spectrum"+location:bed');
    const devices = await reads(e.href('devices'));
    holds('no bed is shown', beds.total > 0 && devices.includes(beds.items[0].location.room));
    holds('nobody is undecidable, though some versions are unknown', /Affected|Undecidable/.test(devices));
  });
  await tell('move', async () => {
    const e = await letHappen('move');
    const id = idOf(e.href('timeline'));
    await soon('the pump stands in the ICU', e.since, async () => (await ask(`devices/${id}`)).location.unit === 'ICU');
    const timeline = await soon('the timeline keeps the move', e.since, async () => {
      const words = await reads(e.href('timeline'));
      return /moved/i.test(words) ? words : undefined;
    });
    holds('the timeline does not say from where to where', /unit ICU.*before .*unit Ward 3A/.test(timeline));
    const list = await soon('the maintenance list has it elsewhere', e.since, async () => {
      const words = await reads(e.href('reconciliation'));
      return /Ward 3A/.test(words) ? words : undefined;
    });
    holds('the reconciliation does not show both places', /unit ICU/.test(list));
  });
  await tell('spoof', async () => {
    const e = await letHappen('spoof');
    const id = idOf(e.href('device'));
    const d = await soon('two hardware addresses of one device, which disagree', e.since, async () => {
      const now = await ask(`devices/${id}`);
      return now.macs.length >= 2 && now.conflicts?.length ? now : undefined;
    });
    const words = await reads(e.href('device'));
    for (const mac of d.macs) holds(`the page does not show ${mac}`, words.toLowerCase().includes(mac));
    holds('no disagreement is shown', words.includes('the evidence disagrees'));
    holds('both addresses are not shown', d.addresses.length >= 2 && d.addresses.every((ip) => words.includes(ip)));
    const listed = (await ask(`devices?limit=500&${new URL(e.href('conflicts'), o.url).searchParams}`)).items.map((x) => x.id);
    holds(`the list of conflicts is not of it alone: ${listed}`, listed.length === 1 && listed[0] === id);
    holds('the screen of conflicts does not show it', (await reads(e.href('conflicts'))).includes(d.hostnames[0]));
  });
  await tell('silence', async () => {
    const e = await letHappen('silence');
    const id = idOf(e.href('device'));
    await soon('the monitor is quiet', e.since, async () => (await ask(`devices/${id}`)).state === 'quiet');
    holds('its page does not say so', (await reads(e.href('device'))).includes('Quiet'));
    const name = (await ask(`devices/${id}`)).hostnames[0];
    holds('the list of quiet monitors leaves it out', (await reads(e.href('quiet'))).includes(name));
  });
  await tell('vendor', async () => {
    const e = await letHappen('vendor');
    const id = idOf(e.href('conversations'));
    await soon('the peer on the internet', e.since, async () => JSON.stringify(await ask(`devices/${id}/conversations`)).includes('203.0.113.77'));
    const talk = await reads(e.href('conversations'));
    holds('the conversation is not shown', talk.includes('203.0.113.77') && /rdp/i.test(talk));
    const behaviour = await soon('it stands beside the frozen behaviour', e.since, async () => {
      const words = await reads(e.href('behaviour'));
      return words.includes('New:') ? words : undefined;
    });
    holds('the new service is not named', /internet/.test(behaviour) && /3389/.test(behaviour));
    const posture = await reads(`/devices/${id}?tab=posture`);
    holds('its posture says nothing of the internet', /internet/i.test(posture));
  });
  // Each happens once: the panel offers none of them again.
  await go(page, o, '/demo');
  holds('an event is offered again', (await page.locator('main section').getByRole('button').count()) === 0);
} finally {
  await context.close();
  await browser.close();
}
wrong.push(...faults);
for (const w of wrong) process.stderr.write(`${w}\n`);
process.exit(wrong.length ? 1 : 0);
