import { ActionIcon, Button, Popover } from '@mantine/core';
import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import { ListChecks } from 'lucide-react';
import { lazy, Suspense, useState } from 'react';
import { api } from '../api/calls';
import { type Job, list } from '../api/types';
import { Link } from '../look/Link';
import { Failed } from '../look/states';
import { Progress } from '../look/Progress';
import { type Key, useWords, whole } from '../words/words';
import { useFollow } from './live';
import { useMay } from './session';
import css from './shell.module.css';
import { Told } from '../look/marks';

const states: Record<string, Key> = {
  queued: 'job.queued',
  running: 'job.running',
  done: 'job.done',
  failed: 'job.failed',
  cancelled: 'job.cancelled',
  partly: 'job.partly',
};

/** Why a kind of work begins anew instead of going on where it left. */
const anew: Record<string, Key> = {
  import: 'job.anew.import',
  backup: 'job.anew.backup',
  audit: 'job.anew.audit',
  message: 'job.anew.message',
};

export function isJob(v: unknown): v is Job {
  return typeof v === 'object' && v !== null && 'id' in v && 'state' in v && 'title' in v;
}

export function runs(j: Job): boolean {
  return j.state === 'queued' || j.state === 'running';
}

/** useJobs keeps the list of jobs, renewed by events. */
export function useJobs() {
  const client = useQueryClient();
  useFollow('job', (h) => {
    const job = h.data;
    if (!isJob(job)) return;
    client.setQueryData<{ items: Job[] | null | undefined }>(['jobs'], (old) => {
      const jobs = list(old?.items);
      return { items: jobs.some((j) => j.id === job.id) ? jobs.map((j) => (j.id === job.id ? job : j)) : [job, ...jobs] };
    });
  });
  return useQuery({
    queryKey: ['jobs'],
    queryFn: ({ signal }) => api.jobs(signal),
    // Events may be lost with the connection; a running job is asked after.
    refetchInterval: (q) => (list(q.state.data?.items).some(runs) ? 3000 : false),
  });
}

/** JobView is one job: how far, how fast, how long still, what went wrong. */
export function JobView({ job }: { job: Job }) {
  const { t, span, bytes, number, word, told } = useWords();
  const client = useQueryClient();
  const [error, setError] = useState<unknown>(null);
  const amount = (n: number) => (job.unit === 'bytes' ? bytes(n) : `${number(n)} ${job.unit ? word('unit', job.unit) : ''}`.trim());
  const ask = (what: (id: string) => Promise<unknown>) => async () => {
    setError(null);
    try {
      await what(job.id);
      await client.invalidateQueries({ queryKey: ['jobs'] });
    } catch (e) {
      setError(e);
    }
  };
  const errors = list(job.errors);
  return (
    <div className="stack tight">
      <div className="row">
        <strong className="grow"><Told of={job.title} /></strong>
        <span className="chip">{t(states[job.state] ?? 'word.unknown')}</span>
      </div>
      {runs(job) ? (
        <>
          <Progress label={told(job.title)} value={job.total > 0 ? job.done / job.total : undefined} />
          <div className="row dim">
            <span className="num grow">
              {job.total > 0 ? t('job.of', { done: amount(job.done), total: amount(job.total) }) : amount(job.done)}
              {job.rate ? ` · ${amount(Math.round(job.rate))}/s` : ''}
              {job.etaSeconds ? ` · ${t('job.left', { span: span(job.etaSeconds) })}` : ''}
            </span>
            <Button variant="subtle" color="gray" onClick={() => void ask(api.cancelJob)()}>
              {t('act.cancel')}
            </Button>
          </div>
        </>
      ) : null}
      {job.message ? <p className="dim"><Told of={job.message} /></p> : null}
      {job.resumable ? (
        <div className="row">
          <span className="grow dim num">{job.total > 0 ? t('job.of', { done: amount(job.done), total: amount(job.total) }) : amount(job.done)}</span>
          <Button variant="default" size="compact-xs" data-resume onClick={() => void ask(api.resumeJob)()}>
            {t('job.resume')}
          </Button>
        </div>
      ) : job.whyAnew ? (
        <p className="dim">{t(anew[job.kind.split(':')[0] ?? ''] ?? 'job.anew.other')}</p>
      ) : null}
      <UndoImport job={job} />
      <UndoBulk id={bulkOf(job)} />
      {(job.state === 'cancelled' || job.state === 'failed') && job.kind.startsWith('import:') ? (
        <p>
          <Link href={`/import?kind=${encodeURIComponent(job.kind.slice(7))}`}>{t('job.again')}</Link>
        </p>
      ) : null}
      {error ? <Failed error={error} /> : null}
      {errors.length > 0 ? (
        <details>
          <summary>{t('job.errors', { n: errors.length })}</summary>
          <ul>
            {errors.slice(0, 50).map((e, i) => (
              <li key={i}>
                <span className="mono">{e.place}</span> <Told of={e.text} />
              </li>
            ))}
          </ul>
        </details>
      ) : null}
    </div>
  );
}

/** importOf reads which import a job made, if it is one that can be taken back. */
export function importOf(job: Job): string | undefined {
  if (runs(job) || !/^import:(cmms|leases|locations|cloud)$/.test(job.kind)) return undefined;
  const result: unknown = job.result;
  if (typeof result !== 'object' || result === null || Reflect.get(result, 'dryRun') === true) return undefined;
  const id: unknown = Reflect.get(result, job.kind === 'import:cloud' ? 'import' : 'id');
  return typeof id === 'string' && id !== '' ? id : undefined;
}

/** bulkOf reads which change of many devices a job made. */
function bulkOf(job: Job): string | undefined {
  if (runs(job) || job.kind !== 'device:bulk' || job.resumable) return undefined;
  const id: unknown = typeof job.result === 'object' && job.result !== null ? Reflect.get(job.result, 'id') : undefined;
  return typeof id === 'string' && id !== '' ? id : undefined;
}

/** UndoBulk takes a change of many devices back, from wherever it is remembered. */
export function UndoBulk({ id }: { id: string | undefined }) {
  const { t } = useWords();
  const may = useMay();
  const client = useQueryClient();
  const undo = useMutation({ mutationFn: (wanted: string) => api.undoChangeDevices(wanted), onSuccess: () => client.invalidateQueries() });
  if (!id || !may('device:tag')) return null;
  if (undo.isSuccess) return <p role="status">{t('bulk.undoing')}</p>;
  return (
    <div className="stack tight">
      {undo.error ? <Failed error={undo.error} /> : null}
      <div className="row">
        <Button variant="default" size="compact-xs" data-undo-bulk loading={undo.isPending} onClick={() => undo.mutate(id)}>
          {t('bulk.undo')}
        </Button>
      </div>
    </div>
  );
}

const WhatIsUndone = lazy(whole(() => import('../intake/WhatIsUndone').then((m) => ({ default: m.WhatIsUndone }))));

/** UndoImport takes back what a list said, once one is sure. */
function UndoImport({ job }: { job: Job }) {
  const { t } = useWords();
  const may = useMay();
  const client = useQueryClient();
  const [sure, setSure] = useState(false);
  const id = importOf(job);
  const undo = useMutation({ mutationFn: (wanted: string) => api.undoImport(wanted), onSuccess: () => client.invalidateQueries() });
  if (!id || !may('device:import')) return null;
  if (undo.isSuccess)
    return (
      <Suspense fallback={<p role="status">{t('import.undone')}</p>}>
        <WhatIsUndone of={undo.data} />
      </Suspense>
    );
  return (
    <div className="stack tight">
      {undo.error ? <Failed error={undo.error} /> : null}
      <div className="row">
        {sure ? (
          <>
            <span className="grow">{t('import.undoSure')}</span>
            <Button color="red" size="compact-xs" loading={undo.isPending} onClick={() => undo.mutate(id)}>
              {t('act.undo')}
            </Button>
            <Button variant="default" size="compact-xs" onClick={() => setSure(false)}>
              {t('act.cancel')}
            </Button>
          </>
        ) : (
          <Button variant="default" size="compact-xs" onClick={() => setSure(true)}>
            {t('import.undo')}
          </Button>
        )}
      </div>
    </div>
  );
}

/** JobTray shows long work that goes on while one looks elsewhere. */
export function JobTray() {
  const { t } = useWords();
  const jobs = useJobs();
  const items = list(jobs.data?.items);
  const running = items.filter(runs).length;
  return (
    <Popover position="bottom-end" trapFocus>
      <Popover.Target>
        <ActionIcon variant="subtle" color="gray" size={32} aria-label={t('job.tray', { n: running })} title={t('job.tray', { n: running })}>
          <ListChecks size={17} aria-hidden="true" />
          {running > 0 ? (
            <span className={css['badge']} aria-hidden="true">
              {running}
            </span>
          ) : null}
        </ActionIcon>
      </Popover.Target>
      <Popover.Dropdown aria-label={t('job.title')}>
        {/* eslint-disable-next-line jsx-a11y/no-noninteractive-tabindex -- it scrolls */}
        <div className={css['jobs']} tabIndex={0} role="region" aria-label={t('job.title')}>
          {jobs.error ? <Failed error={jobs.error} /> : null}
          {items.length === 0 && !jobs.error ? <p className="dim">{t('job.none')}</p> : null}
          {items.slice(0, 20).map((j) => (
            <JobView key={j.id} job={j} />
          ))}
        </div>
      </Popover.Dropdown>
    </Popover>
  );
}
