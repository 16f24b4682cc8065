import { QueryClient } from '@tanstack/react-query';
import { beforeEach, describe, expect, it, vi } from 'vitest';
import { askAhead } from './ahead';

const asked: string[] = [];
const answer = { session: { status: 200, body: {} as Record<string, unknown> } };

beforeEach(() => {
  asked.length = 0;
  vi.stubGlobal('fetch', (url: string) => {
    asked.push(url);
    const { status, body } = url.includes('/session') ? answer.session : { status: 200, body: { items: [{ id: 'dev_1' }], total: 1 } };
    return Promise.resolve(new Response(JSON.stringify(body), { status, headers: { 'content-type': 'application/json' } }));
  });
});

const at = (pathname: string, search = '') => ({ pathname, search });

describe('askAhead', () => {
  it('asks for the first rows that the address names', async () => {
    answer.session = { status: 200, body: { permissions: ['device:read'] } };
    const client = new QueryClient();
    await askAhead(client, at('/devices', '?filter=unit%3AICU&sort=-last_seen'));
    expect(asked).toEqual(['/api/v1/session', '/api/v1/devices?filter=unit%3AICU&sort=-last_seen&limit=100&offset=0']);
    expect(client.getQueryData(['list', 'devices', 'unit:ICU', '-last_seen', 0])).toEqual({ items: [{ id: 'dev_1' }], total: 1 });
  });

  it.each([
    ['a screen without a long list', { status: 200, body: { permissions: ['device:read'] } }, '/backups'],
    ['what the person may not see', { status: 200, body: { permissions: [] } }, '/devices'],
    ['a first password', { status: 200, body: { permissions: ['device:read'], mustChangePassword: true } }, '/devices'],
    ['nobody signed in', { status: 401, body: {} }, '/devices'],
    ['a server that is ill', { status: 503, body: {} }, '/devices'],
  ])('asks no more for %s', async (_, session, path) => {
    answer.session = session;
    await askAhead(new QueryClient(), at(path));
    expect(asked).toEqual(['/api/v1/session']);
  });
});
