// A stand-in for the server, with made-up data, for work on the screens and
// for looking at them. It sends the same security headers as the real one.
// Usage: node dev/mock/server.mjs [port]; BEDRAIL_MOCK=empty|error for the
// other states of every screen.

import { randomBytes } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { createServer } from 'node:http';
import { extname, join, normalize } from 'node:path';
import { fileURLToPath } from 'node:url';
import * as data from './data.mjs';

const dist = fileURLToPath(new URL('../../../dist/', import.meta.url));
const kinds = { '.js': 'text/javascript', '.css': 'text/css', '.svg': 'image/svg+xml', '.woff2': 'font/woff2', '.html': 'text/html; charset=utf-8' };
const mode = process.env.BEDRAIL_MOCK ?? '';

function keep(row, filter) {
  for (const term of filter.match(/(?:[^\s"]|"[^"]*")+/g) ?? []) {
    const m = /^(-?)([a-z_]+)(:|<=|>=|<|>|!=)(.*)$/.exec(term);
    if (!m) {
      if (!JSON.stringify(row).toLowerCase().includes(term.replaceAll('"', '').toLowerCase())) return false;
      continue;
    }
    const wanted = m[4].replaceAll('"', '').toLowerCase().split(',');
    const held = data.valueOf(row, m[2]).map((v) => String(v ?? '').toLowerCase());
    const age = /^(\d+)([hd])$/.exec(wanted[0]);
    const ok = age
      ? (Date.now() - new Date(held[0]).getTime()) / 3.6e6 < Number(age[1]) * (age[2] === 'd' ? 24 : 1) === (m[3] === '<')
      : held.some((v) => wanted.includes(v));
    if (ok === (m[1] === '-')) return false;
  }
  return true;
}

function sorted(rows, sort) {
  const keys = (sort ?? '').split(',').filter(Boolean);
  return keys.length === 0
    ? rows
    : [...rows].sort((a, b) => {
        for (const k of keys) {
          const desc = k.startsWith('-');
          const [x, y] = [a, b].map((r) => data.valueOf(r, desc ? k.slice(1) : k)[0] ?? '');
          const c = typeof x === 'number' ? x - y : String(x).localeCompare(String(y), 'en', { numeric: true });
          if (c) return desc ? -c : c;
        }
        return 0;
      });
}

function page(all, q) {
  if (mode === 'empty') all = [];
  const rows = sorted(all.filter((r) => keep(r, q.get('filter') ?? '')), q.get('sort'));
  const limit = Number(q.get('limit') ?? 100);
  const from = q.get('cursor') ? Number(q.get('cursor')) : Number(q.get('offset') ?? 0);
  const next = from + limit < rows.length ? String(from + limit) : undefined;
  return { items: rows.slice(from, from + limit), nextCursor: next, total: rows.length };
}

const lists = { devices: data.devices, findings: data.findings, bills: data.bills, models: data.modelRows, recalls: data.recalls, lifecycle: data.lifecycle, audit: data.audit, users: data.users, tokens: data.tokens, jobs: data.jobs, feeds: data.feeds, setup: data.setup, sensors: data.sensors };
const events = new Set();

function answer(method, path, q, body, signedIn) {
  const [what, id, more] = path.split('/');
  if (what === 'session' && !id) {
    if (method === 'POST') {
      if (body.password !== 'demo') return [401, { title: 'Not signed in', status: 401, code: 'unauthenticated', detail: 'Name or password is wrong.' }];
      if (!body.code) return [401, { title: 'Second factor', status: 401, code: 'second-factor-required', detail: 'Send the code.' }];
      signedIn = true;
    }
    if (method === 'DELETE') return [204];
    if (!signedIn) return [401, { title: 'Not signed in', status: 401, code: 'unauthenticated', detail: 'Sign in first.' }];
    return [200, { ...data.session, expiresAt: new Date(Date.now() + 1_800_000).toISOString() }];
  }
  if (!signedIn) return [401, { title: 'Not signed in', status: 401, code: 'unauthenticated', detail: 'Sign in first.' }];
  if (mode === 'error' && what !== 'session') return [503, { title: 'Unavailable', status: 503, code: 'unavailable', detail: 'The store cannot be reached. Try again in a minute.', traceId: '4bf92f3577b34da6' }];
  if (what === 'session') return id === 'second-factor' && method === 'POST' ? [200, { secret: 'JBSWY3DPEHPK3PXPJBSWY3DP', qr: { size: 29, path: 'M4 4h7v1h-7zM4 10h7v1h-7z' }, uri: 'otpauth://totp/Bedrail:a.keller?secret=JBSWY3DPEHPK3PXP' }] : [204];
  if (what === 'summary') return [200, mode === 'empty' ? { ...data.summary(), devices: { total: 0, byClass: null, byStatus: null, location: { bed: 0, unit: 0, stale: 0, unknown: 0 } } } : data.summary()];
  if (what === 'system') return [200, mode === 'empty' ? { ...data.system, capture: null, warnings: null } : data.system];
  if (what === 'roles') return [200, data.roles];
  if (what === 'devices' && id === 'facets') {
    const rows = data.devices.filter((d) => keep(d, q.get('filter') ?? ''));
    return [200, { fields: (q.get('fields') ?? '').split(',').map((field) => ({ field, values: data.facet(rows, field) })) }];
  }
  if (what === 'devices' && id) {
    const d = data.devices.find((x) => x.id === id);
    if (!d) return [404, { title: 'Not found', status: 404, code: 'not-found', detail: `There is no device ${id}.`, traceId: '4bf92f3577b34da6' }];
    if (more === 'timeline') return [200, { items: mode === 'empty' ? null : [
      { at: d.lastSeen, kind: 'location', text: `now in ${d.location.unit ?? 'an unknown place'}`, by: 'a.keller' },
      { at: d.firstSeen, kind: 'attribute', text: `identified as ${d.manufacturer.value} ${d.model.value}` },
      { at: d.firstSeen, kind: 'first-seen', text: `first seen as ${d.macs[0]}` },
    ] }];
    if (more === 'conversations') return [200, { items: mode === 'empty' ? null : data.devices.slice(0, 8).map((p, i) => ({ peer: { address: p.addresses[0], deviceId: p.id, name: p.name }, direction: i % 2 ? 'in' : 'out', transport: 'tcp', port: [104, 2575, 443][i % 3], protocol: ['dicom', 'hl7v2', 'tls'][i % 3], bytesUp: 12_000 * (i + 1), bytesDown: 940_000 * (i + 2), first: d.firstSeen, last: d.lastSeen })) }];
    if (more === 'exposures') return [200, { items: mode === 'empty' ? null : data.findings.filter((f) => f.model.model === d.model.value).map((f) => ({ finding: f.id, vulnerability: f.vulnerability, title: f.title, severity: f.severity, score: f.score, kev: f.kev, status: f.status, reason: f.reason })) }];
    return [200, data.fullDevice(d)];
  }
  if (what === 'findings' && id) {
    const f = data.findings.find((x) => x.id === id);
    return f ? [200, data.fullFinding(f)] : [404, { title: 'Not found', status: 404, code: 'not-found', detail: `There is no finding ${id}.` }];
  }
  if (what === 'bills' && id) return [200, page(data.components, q)];
  if (what === 'audit' && id === 'checkpoint') return [200, { note: 'bedrail/main\n640\nq83vEjRWeJC=\n', origin: 'bedrail/main', root: 'q83vEjRWeJC=', size: 640, at: new Date().toISOString() }];
  if (what === 'audit' && id === 'verify') return [200, { entries: 640, root: 'q83vEjRWeJCrze8SNFZ4kA==', valid: true, problems: null }];
  if (what === 'audit' && more === 'proof') return [200, { seq: Number(id), size: 640, entry: 'aGVsbG8=', key: 'bedrail+17', checkpoint: 'q83vEjRWeJC=', path: ['AAEC', 'AwQF'] }];
  if (what === 'tokens' && method === 'POST') return [201, { ...data.tokens[0], token: 'brt_4f2a9c1e7d5b3a8f6e2c' }];
  if (what === 'users' && method === 'POST') return [201, { ...data.users[1], oneTimePassword: 'correct-horse-battery' }];
  if (what === 'imports') return [202, data.jobs[0]];
  if (what === 'jobs' && id) return [202, { ...data.jobs[0], state: 'cancelled' }];
  if (what === 'feeds' && id) return [202, data.jobs[0]];
  if (what === 'sensors' && method === 'POST' && !id) return [201, { name: body.name, token: 'brs_eyJuIjoid2VzdCJ9', command: 'bedrail sensor join brs_eyJuIjoid2VzdCIsImUiOiJodWI6NzQyMyJ9', expiresAt: new Date(Date.now() + 3_600_000).toISOString() }];
  if (what === 'sensors' && more === 'coverage') return [200, mode === 'empty' ? { ...data.sensorCoverage(), steps: null, vlans: null, gaps: null } : data.sensorCoverage()];
  if (what === 'sensors' && more === 'revoke') return [204];
  if (what === 'sensors' && id) return [200, data.sensors.find((x) => x.name === id) ?? data.sensors[0]];
  if (lists[what] && !id) return [200, page(lists[what], q)];
  return [404, { title: 'Not found', status: 404, code: 'not-found', detail: `Nothing at ${path}.` }];
}

function serveFile(response, path) {
  const name = normalize(path).replace(/^[/\\.]+/, '');
  try {
    const bytes = readFileSync(join(dist, name));
    response.writeHead(200, { 'content-type': kinds[extname(name)] ?? 'application/octet-stream' });
    response.end(bytes);
  } catch {
    response.writeHead(404).end();
  }
}

const server = createServer((request, response) => {
  const url = new URL(request.url ?? '/', 'http://mock');
  if (url.pathname === '/api/v1/events') {
    response.writeHead(200, { 'content-type': 'text/event-stream', 'cache-control': 'no-store' });
    response.write(': hello\n\n');
    events.add(response);
    request.on('close', () => events.delete(response));
    return;
  }
  if (url.pathname.startsWith('/api/v1/')) {
    let text = '';
    request.on('data', (chunk) => (text += text.length < 1e6 ? chunk : ''));
    request.on('end', () => {
      let body = {};
      try {
        body = JSON.parse(text);
      } catch {
        // an upload
      }
      const [status, json] = answer(request.method, url.pathname.slice('/api/v1/'.length), url.searchParams, body, /mock=in/.test(request.headers.cookie ?? ''));
      const headers = json === undefined ? {} : { 'content-type': status >= 400 ? 'application/problem+json' : 'application/json' };
      if (url.pathname === '/api/v1/session' && request.method === 'POST' && status === 200) headers['set-cookie'] = 'mock=in; Path=/; HttpOnly; SameSite=Strict';
      if (url.pathname === '/api/v1/session' && request.method === 'DELETE') headers['set-cookie'] = 'mock=; Path=/; Max-Age=0';
      response.writeHead(status, headers);
      response.end(json === undefined ? undefined : JSON.stringify(json));
    });
    return;
  }
  if (extname(url.pathname)) return serveFile(response, url.pathname);
  const nonce = randomBytes(16).toString('base64');
  response.writeHead(200, {
    'content-type': 'text/html; charset=utf-8',
    'content-security-policy': `default-src 'none'; script-src 'self'; style-src 'self' 'nonce-${nonce}'; img-src 'self' data: blob:; font-src 'self'; connect-src 'self'; manifest-src 'self'; form-action 'self'; frame-ancestors 'none'; base-uri 'none'`,
  });
  response.end(readFileSync(join(dist, 'index.html'), 'utf8').replaceAll('__CSP_NONCE__', nonce));
});

const port = Number(process.argv[2] ?? 8090);
server.listen(port, '127.0.0.1', () => process.stdout.write(`mock on http://127.0.0.1:${port} (any name, password "demo", any code)\n`));
if (process.env.MOCK_LIVE) {
  setInterval(() => {
    for (const e of events) e.write(`id: m-${Date.now()}\nevent: device\ndata: ${JSON.stringify({ id: data.devices[Math.floor(Math.random() * 40)].id, version: 9 })}\n\n`);
  }, 2000).unref();
}
