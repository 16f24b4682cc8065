// What was merged or imported by mistake can be taken back.

import { fireEvent, screen, waitFor } from '@testing-library/react';
import { expect, test } from 'vitest';
import { importOf } from '../src/shell/JobTray';
import type { Job } from '../src/api/types';
import { open } from './screen';

const job: Job = {
  id: 'job_1', kind: 'import:cmms', title: 'Import list.csv', state: 'done', done: 2, total: 2, errors: [], faults: 0, unit: 'rows', rate: 0, resumable: false,
  result: { id: 'imp_1', dryRun: false }, by: { id: 'usr_1', name: 'anna' }, createdAt: '2026-01-01T00:00:00Z',
};

test('only a list that was really taken in can be undone', () => {
  expect(importOf(job)).toBe('imp_1');
  expect(importOf({ ...job, state: 'running' })).toBeUndefined();
  expect(importOf({ ...job, kind: 'import:sbom' })).toBeUndefined();
  expect(importOf({ ...job, result: { id: '', dryRun: true } })).toBeUndefined();
});

test('an import is undone once one is sure', async () => {
  const { asked } = open('/import', { 'GET /jobs': { items: [job], total: 1 }, 'POST /imports/imp_1/undo': { claims: 4, gone: 2, stay: 1, places: 0, links: 0, held: 0, heldDevices: [] } });
  fireEvent.click(await screen.findByRole('button', { name: 'Undo this import' }, { timeout: 15000 }));
  fireEvent.click(screen.getByRole('button', { name: 'Undo' }));
  await waitFor(() => expect(asked.some((a) => a.method === 'POST' && a.url.pathname.endsWith('/imports/imp_1/undo'))).toBe(true));
  await screen.findByText(/^Taken back\. Devices gone: 2; of 1 /, undefined, { timeout: 15000 });
});

test('a first login sets a password before anything else', async () => {
  const user = { id: 'usr_1', name: 'anna', displayName: 'Anna' };
  open('/', { 'GET /session': { user, roles: [], permissions: [], expiresAt: new Date(Date.now() + 3_600_000).toISOString(), mustChangePassword: true, mustEnrolSecondFactor: true, demo: false } });
  expect((await screen.findAllByText(/password/i, undefined, { timeout: 15000 })).length).toBeGreaterThan(0);
  expect(screen.queryByRole('navigation')).toBeNull();
});

const broken: Job = { ...job, id: 'job_2', kind: 'device:bulk', title: 'Change 9 devices', state: 'cancelled', done: 4, total: 9, result: {}, resumable: true };

test('a job that was broken off is taken up, and one that cannot be says why', async () => {
  const verify: Job = { ...job, id: 'job_3', kind: 'audit:verify', title: 'Verify', state: 'failed', result: {}, whyAnew: 'the audit record is verified as a whole' };
  const { asked } = open('/', { 'GET /jobs': { items: [broken, verify], total: 2 }, 'POST /jobs/job_2/resume': { ...broken, state: 'running', resumable: false } });
  fireEvent.click(await screen.findByRole('button', { name: /^Jobs:/ }, { timeout: 15000 }));
  await screen.findByText(/verified as a whole/);
  fireEvent.click(screen.getByRole('button', { name: 'Take up again' }));
  await waitFor(() => expect(asked.some((a) => a.method === 'POST' && a.url.pathname.endsWith('/jobs/job_2/resume'))).toBe(true));
});

test('a change of many devices is taken back from the tray', async () => {
  const done: Job = { ...broken, state: 'done', done: 9, resumable: false, result: { id: 'blk_7', changing: 9 } };
  const { asked } = open('/', { 'GET /jobs': { items: [done], total: 1 }, 'POST /devices/bulk/blk_7/undo': { ...done, id: 'job_4', kind: 'device:bulk-undo' } });
  fireEvent.click(await screen.findByRole('button', { name: /^Jobs:/ }, { timeout: 15000 }));
  fireEvent.click(await screen.findByRole('button', { name: 'Take this change back' }));
  await waitFor(() => expect(asked.some((a) => a.method === 'POST' && a.url.pathname.endsWith('/devices/bulk/blk_7/undo'))).toBe(true));
});
