// Opens a screen on a made-up API, as a person who may do everything.

import { MantineProvider } from '@mantine/core';
import { QueryClient, QueryClientProvider } from '@tanstack/react-query';
import { createMemoryHistory, RouterProvider } from '@tanstack/react-router';
import { render } from '@testing-library/react';
import { vi } from 'vitest';
import { theme } from '../src/look/theme';
import { makeRouter } from '../src/routes';
import { Speaking } from '../src/words/Speaking';

export type Answer = unknown | ((url: URL, init: RequestInit) => unknown);

/** Failure is an answer that is not a success. */
export class Failure {
  constructor(
    readonly status: number,
    readonly body: Record<string, unknown>,
  ) {}
}

export const everything = [
  'device:read', 'device:tag', 'device:locate', 'device:merge', 'device:correct', 'device:import', 'capture:import',
  'view:write-own', 'view:share', 'notice:read',
  'bill:read', 'bill:import', 'finding:read', 'feed:read', 'feed:import', 'sensor:read', 'sensor:enrol', 'sensor:revoke', 'audit:read', 'audit:verify',
  'model:read', 'model:write', 'recall:answer', 'document:read', 'document:write', 'procure:read', 'procure:write', 'procure:decide',
  'patch:read', 'patch:plan', 'knowledge:read',
  'user:read', 'user:write', 'token:write-own', 'job:read', 'system:read',
];

export function session(change: Record<string, unknown> = {}) {
  return {
    user: { id: 'usr_1', name: 'anna', displayName: 'Anna Keller' },
    roles: [{ role: 'administrator' }],
    permissions: everything,
    expiresAt: new Date(Date.now() + 3_600_000).toISOString(),
    mustChangePassword: false,
    mustEnrolSecondFactor: false,
    demo: false,
    ...change,
  };
}

/** An answer that never comes. */
export const never = () => new Promise(() => undefined);

/** open shows the page at an address; answers are by "METHOD /path". */
export function open(path: string, answers: Record<string, Answer>) {
  const asked: { method: string; url: URL; init: RequestInit }[] = [];
  const fetch = vi.fn(async (input: string, init: RequestInit = {}) => {
    const url = new URL(input, 'http://test');
    const method = init.method ?? 'GET';
    asked.push({ method, url, init });
    const name = `${method} ${url.pathname.replace('/api/v1', '')}`;
    if (name === 'GET /events') return never();
    const all: Record<string, Answer> = { 'GET /session': session(), 'GET /jobs': { items: null, total: 0 }, 'GET /views': { items: null, total: 0 }, 'GET /notifications': { items: null, unread: 0 }, 'GET /devices/facets': { fields: null }, 'GET /feeds': { items: null, total: 0 }, ...answers };
    let answer = name in all ? all[name] : new Failure(404, { title: 'Not found', code: 'not-found', detail: `no answer for ${name}` });
    if (typeof answer === 'function') answer = await answer(url, init);
    if (answer instanceof Failure) {
      return new Response(JSON.stringify(answer.body), { status: answer.status, headers: { 'content-type': 'application/problem+json' } });
    }
    return new Response(JSON.stringify(answer ?? {}), { headers: { 'content-type': 'application/json' } });
  });
  vi.stubGlobal('fetch', fetch);
  const router = makeRouter(createMemoryHistory({ initialEntries: [path] }));
  const client = new QueryClient({ defaultOptions: { queries: { retry: false } } });
  const shown = render(
    <MantineProvider theme={theme} env="test">
      <QueryClientProvider client={client}>
        <Speaking>
          <RouterProvider router={router} />
        </Speaking>
      </QueryClientProvider>
    </MantineProvider>,
  );
  return { ...shown, router, asked };
}
