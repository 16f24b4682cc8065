// What was merged or imported by mistake can be taken back.

import { fireEvent, screen, waitFor } from '@testing-library/react';
import { expect, test } from 'vitest';
import { importOf } from '../src/shell/JobTray';
import type { Job } from '../src/api/types';
import { open } from './screen';

const job: Job = {
  id: 'job_1', kind: 'import:cmms', title: 'Import list.csv', state: 'done', done: 2, total: 2, errors: [], faults: 0, unit: 'rows', rate: 0,
  result: { id: 'imp_1', dryRun: false }, by: { id: 'usr_1', name: 'anna' }, createdAt: '2026-01-01T00:00:00Z',
};

test('only a list that was really taken in can be undone', () => {
  expect(importOf(job)).toBe('imp_1');
  expect(importOf({ ...job, state: 'running' })).toBeUndefined();
  expect(importOf({ ...job, kind: 'import:sbom' })).toBeUndefined();
  expect(importOf({ ...job, result: { id: '', dryRun: true } })).toBeUndefined();
});

test('an import is undone once one is sure', async () => {
  const { asked } = open('/import', { 'GET /jobs': { items: [job], total: 1 }, 'POST /imports/imp_1/undo': {} });
  fireEvent.click(await screen.findByRole('button', { name: 'Undo this import' }, { timeout: 15000 }));
  fireEvent.click(screen.getByRole('button', { name: 'Undo' }));
  await waitFor(() => expect(asked.some((a) => a.method === 'POST' && a.url.pathname.endsWith('/imports/imp_1/undo'))).toBe(true));
  await screen.findByText('Taken back.');
});

test('a first login sets a password before anything else', async () => {
  const user = { id: 'usr_1', name: 'anna', displayName: 'Anna' };
  open('/', { 'GET /session': { user, roles: [], permissions: [], expiresAt: new Date(Date.now() + 3_600_000).toISOString(), mustChangePassword: true, mustEnrolSecondFactor: true, demo: false } });
  expect((await screen.findAllByText(/password/i, undefined, { timeout: 15000 })).length).toBeGreaterThan(0);
  expect(screen.queryByRole('navigation')).toBeNull();
});
