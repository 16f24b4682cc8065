import { Button, NativeSelect, TextInput } from '@mantine/core';
import { useQueryClient } from '@tanstack/react-query';
import { useNavigate, useSearch } from '@tanstack/react-router';
import { FileSpreadsheet } from 'lucide-react';
import { useId, useRef, useState } from 'react';
import { api, lookAtColumns, upload } from '../api/calls';
import type { Job, ListColumns, ListKind } from '../api/types';
import { Page } from '../look/Page';
import { Progress } from '../look/Progress';
import { Failed, Note } from '../look/states';
import { JobView, runs, useJobs } from '../shell/JobTray';
import { useMay } from '../shell/session';
import { useWords } from '../words/words';
import { ImportRecords } from './ImportRecords';
import { readReport, type Report } from './report';
import { type Undone, WhatIsUndone } from './WhatIsUndone';
import { WizardColumns } from './WizardColumns';
import { WizardPreview } from './WizardPreview';
import css from './import.module.css';

interface Held {
  file: File;
  columns: ListColumns;
  fields: Record<string, string>; // by heading
}

/** Wizard takes a list in, step by step: what its columns mean, what it would do, then for good, and back again. */
export function Wizard() {
  const { t } = useWords();
  const search: Record<string, unknown> = useSearch({ strict: false });
  const navigate = useNavigate();
  const client = useQueryClient();
  const may = useMay();
  const kind: ListKind = search['kind'] === 'locations' ? 'locations' : 'cmms';
  const needs = kind === 'locations' ? 'location:write' : 'device:import';
  const allowed = may(needs) && may('device:import');
  const [site, setSite] = useState('');
  const [held, setHeld] = useState<Held | null>(null);
  const [plan, setPlan] = useState<Report | null>(null);
  const [done, setDone] = useState<Report | null>(null);
  const [undone, setUndone] = useState<Undone>();
  const [busy, setBusy] = useState<'' | 'looking' | 'planning' | 'applying'>('');
  const [sent, setSent] = useState(0);
  const [error, setError] = useState<unknown>(null);
  const stop = useRef<AbortController | null>(null);

  const over = () => {
    setHeld(null);
    setPlan(null);
    setDone(null);
    setUndone(undefined);
    setError(null);
  };
  const step = async (name: 'looking' | 'planning' | 'applying', act: () => Promise<void>) => {
    setBusy(name);
    setError(null);
    setSent(0);
    try {
      await act();
    } catch (e) {
      if (!(e instanceof DOMException && e.name === 'AbortError')) setError(e);
    } finally {
      setBusy('');
    }
  };
  const look = (file: File) =>
    step('looking', async () => {
      over();
      const columns = await lookAtColumns(kind, file);
      setHeld({ file, columns, fields: Object.fromEntries((columns.columns ?? []).map((c) => [c.heading, c.field])) });
    });
  const run = async (h: Held, dryRun: boolean): Promise<Job> => {
    stop.current = new AbortController();
    const fields = Object.fromEntries((h.columns.columns ?? []).map((c) => [c.heading, h.fields[c.heading] || '-']));
    const job = await upload(h.file, { kind, name: h.file.name, site, dryRun, mapping: JSON.stringify(fields) }, setSent, stop.current.signal);
    const report = readReport(job);
    if (!report) throw new Error(job.message || t('job.failed'));
    if (dryRun) setPlan(report);
    else {
      setDone(report);
      await client.invalidateQueries();
    }
    return job;
  };
  return (
    <Page title={t('nav.lists')} text={t('wizard.text')}>
      {allowed ? null : <Note kind="warn">{t('state.needs', { action: needs })}</Note>}
      <Choose kind={kind} site={site} setSite={setSite} allowed={allowed} file={held?.file.name} take={look} busy={busy === 'looking'}
        change={(k) => {
          over();
          void navigate({ to: '.', search: { kind: k }, replace: true });
        }}
      />
      {error ? <Failed error={error} /> : null}
      {held && !done ? (
        <WizardColumns
          key={held.file.name + held.columns.line}
          of={held.columns}
          fields={held.fields}
          change={(fields) => {
            setPlan(null);
            setHeld({ ...held, fields });
          }}
          next={() => void step('planning', async () => void (await run(held, true)))}
          busy={busy === 'planning'}
          save={(name) => api.saveColumnMapping({ kind, name, headings: (held.columns.columns ?? []).map((c) => c.heading), fields: chosen(held.fields) })}
        />
      ) : null}
      {held && plan && !done ? (
        <WizardPreview of={plan} kind={kind}>
          <div className="row">
            <Button loading={busy === 'applying'} disabled={!allowed || plan.rows === 0} onClick={() => void step('applying', async () => void (await run(held, false)))}>
              {t('wizard.apply', { n: plan.rows })}
            </Button>
            <span className="dim">{t('wizard.applyText')}</span>
          </div>
          {busy === 'applying' ? <Running name={held.file.name} size={held.file.size} sent={sent} cancel={() => stop.current?.abort()} /> : null}
        </WizardPreview>
      ) : null}
      {done ? (
        <WizardPreview of={done} kind={kind} done undone={undone !== undefined}>
          {undone ? <WhatIsUndone of={undone} /> : null}
          <div className="row">
            {undone ? null : <Undo id={done.id} after={setUndone} />}
            <Button variant="default" onClick={over}>
              {t('wizard.another')}
            </Button>
          </div>
        </WizardPreview>
      ) : null}
      {held ? null : <ImportRecords />}
    </Page>
  );
}

function chosen(fields: Record<string, string>): Record<string, string> {
  return Object.fromEntries(Object.entries(fields).map(([h, f]) => [h, f || '-']));
}

interface ChooseProps {
  kind: ListKind;
  site: string;
  setSite: (s: string) => void;
  allowed: boolean;
  file: string | undefined;
  busy: boolean;
  take: (f: File) => Promise<void>;
  change: (k: ListKind) => void;
}

function Choose({ kind, site, setSite, allowed, file, busy, take, change }: ChooseProps) {
  const { t } = useWords();
  const field = useRef<HTMLInputElement>(null);
  const id = useId();
  const [over, setOver] = useState(false);
  return (
    <section className="card stack">
      <h2>{t('wizard.file')}</h2>
      <div className={css['model']}>
        <NativeSelect
          label={t('import.what')}
          value={kind}
          onChange={(e) => change(e.currentTarget.value === 'locations' ? 'locations' : 'cmms')}
          data={[
            { value: 'cmms', label: t('import.cmms') },
            { value: 'locations', label: t('import.locations') },
          ]}
        />
        <TextInput label={t('import.site')} value={site} onChange={(e) => setSite(e.currentTarget.value)} />
      </div>
      <div
        className={`${css['drop']} ${file ? css['held'] : ''} ${over ? css['over'] : ''}`}
        onDragOver={(e) => {
          e.preventDefault();
          setOver(true);
        }}
        onDragLeave={() => setOver(false)}
        onDrop={(e) => {
          e.preventDefault();
          setOver(false);
          const f = e.dataTransfer.files[0];
          if (f && allowed) void take(f);
        }}
      >
        <FileSpreadsheet size={26} strokeWidth={1.5} aria-hidden="true" />
        <p>{file ?? t('wizard.drop')}</p>
        <Button size="sm" loading={busy} disabled={!allowed} onClick={() => field.current?.click()}>
          {t('wizard.choose')}
        </Button>
        <label htmlFor={id} className="hidden">
          {t('wizard.choose')}
        </label>
        <input
          ref={field}
          id={id}
          type="file"
          hidden
          accept=".csv,.xlsx,.txt"
          onChange={(e) => {
            const f = e.currentTarget.files?.[0];
            if (f) void take(f);
            e.currentTarget.value = '';
          }}
        />
      </div>
    </section>
  );
}

/** Running is the upload and, once it began, the job that reads it. */
function Running({ name, size, sent, cancel }: { name: string; size: number; sent: number; cancel: () => void }) {
  const { t } = useWords();
  const jobs = useJobs();
  const job = (jobs.data?.items ?? []).find((j) => runs(j) && /^import:/.test(j.kind));
  return (
    <div className="stack tight">
      {job ? <JobView job={job} /> : <Progress label={name} value={size > 0 ? sent / size : undefined} />}
      {job ? null : (
        <div>
          <Button variant="subtle" color="gray" onClick={cancel}>
            {t('act.cancel')}
          </Button>
        </div>
      )}
    </div>
  );
}

function Undo({ id, after }: { id: string; after: (what: Undone) => void }) {
  const { t } = useWords();
  const client = useQueryClient();
  const [busy, setBusy] = useState(false);
  const [error, setError] = useState<unknown>(null);
  const undo = async () => {
    setBusy(true);
    setError(null);
    try {
      after(await api.undoImport(id));
      await client.invalidateQueries();
    } catch (e) {
      setError(e);
    } finally {
      setBusy(false);
    }
  };
  return (
    <>
      {error ? <Failed error={error} /> : null}
      <Button variant="default" loading={busy} onClick={() => void undo()}>
        {t('import.undo')}
      </Button>
    </>
  );
}
