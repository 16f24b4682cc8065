import { Button, CopyButton } from '@mantine/core';
import { useMutation, useQuery } from '@tanstack/react-query';
import { ScrollText } from 'lucide-react';
import { useMemo, useState } from 'react';
import { api } from '../api/calls';
import { address, Problem } from '../api/client';
import { type AuditEntry, type Job, list } from '../api/types';
import { When } from '../look/marks';
import { Page } from '../look/Page';
import { Progress } from '../look/Progress';
import { Empty, Failed, Loaded, Note } from '../look/states';
import type { Field } from '../query/grammar';
import { UndoBulk } from '../shell/JobTray';
import { useMay } from '../shell/session';
import type { Column } from '../table/column';
import { DataTable } from '../table/DataTable';
import { type Speaker, useWords } from '../words/words';

type Report = Awaited<ReturnType<typeof api.verifyAudit>>;

const fields: readonly Field[] = [
  { name: 'did', kind: 'text' },
  { name: 'by', kind: 'text' },
  { name: 'to', kind: 'text' },
  { name: 'kind', kind: 'word', values: ['person', 'token', 'system'] },
  { name: 'note', kind: 'text' },
  { name: 'seq', kind: 'number' },
  { name: 'at', kind: 'time' },
];

function columnsOf({ t, number }: Speaker): Column<AuditEntry>[] {
  return [
    { id: 'seq', header: t('col.number'), width: 90, weight: 0.3, right: true, sort: 'seq', cell: (e) => number(e.seq), text: (e) => String(e.seq) },
    { id: 'at', header: t('audit.at'), width: 170, weight: 0.6, sort: 'at', cell: (e) => <When at={e.at} />, text: (e) => e.at },
    { id: 'by', header: t('audit.by'), width: 150, sort: 'by', cell: (e) => e.by?.name || e.by?.id || '', text: (e) => e.by?.name || e.by?.id || '' },
    { id: 'did', header: t('audit.did'), width: 160, sort: 'did', cell: (e) => <span className="mono">{e.did}</span>, text: (e) => e.did },
    { id: 'to', header: t('audit.to'), width: 180, sort: 'to', cell: (e) => <span className="mono">{e.to}</span>, text: (e) => e.to },
    { id: 'note', header: t('audit.note'), width: 240, weight: 2, cell: (e) => <span title={e.note}>{e.note}</span>, text: (e) => e.note ?? '' },
  ];
}

/** Audit is the record of who did what, and the proof that it is whole. */
export function Audit() {
  const words = useWords();
  const { t } = words;
  const columns = useMemo(() => columnsOf(words), [words]);
  return (
    <Page
      full
      title={t('nav.audit')}
      text={t('audit.text')}
      actions={
        <a href={address('/audit/export')} download>
          {t('audit.export')}
        </a>
      }
    >
      <Verification />
      <DataTable
        name="audit"
        label={t('nav.audit')}
        columns={columns}
        fields={fields}
        fetch={(q, signal) => api.audit({ ...q, sort: q.sort || '-seq' }, signal)}
        id={(e) => String(e.seq)}
        title={(e) => t('audit.entry', { n: e.seq })}
        side={(id, e) => <Entry seq={Number(id)} entry={e} />}
        live="audit"
        empty={<Empty icon={ScrollText} title={t('audit.empty')} text={t('audit.emptyText')} />}
      />
    </Page>
  );
}

/** Verification walks the whole record, on demand. */
function Verification() {
  const { t, number } = useWords();
  const may = useMay();
  const checkpoint = useQuery({ queryKey: ['checkpoint'], queryFn: ({ signal }) => api.checkpoint(signal), retry: false });
  const key = useQuery({ queryKey: ['audit-key'], queryFn: ({ signal }) => api.auditKey(signal), retry: false, enabled: may('audit:verify') });
  const [job, setJob] = useState<Job | undefined>(undefined);
  const verify = useMutation({
    // As a job, which tells how far it is and goes on when the page is left;
    // while nothing can be written there are no jobs, and it is asked for as it is.
    mutationFn: async (): Promise<Report> => {
      try {
        let j: Job = await api.startVerifyAudit();
        for (; j.state === 'running' || j.state === 'queued'; j = await api.job(j.id)) {
          setJob(j);
          await new Promise((go) => setTimeout(go, 250));
        }
        if (j.state !== 'done') throw new Error(j.message ?? j.state);
        return j.result as Report; // the report, as the job's kind says
      } catch (e) {
        if (e instanceof Problem && e.status === 503) return api.verifyAudit();
        throw e;
      } finally {
        setJob(undefined);
      }
    },
  });
  return (
    <section className="card" aria-label={t('audit.verify')}>
      <div className="row">
        <div className="grow">
          {verify.isPending ? (
            <div className="stack tight">
              <span role="status">{t('audit.verifying')}</span>
              <Progress label={t('audit.verify')} value={job && job.total > 0 ? job.done / job.total : undefined} />
              {job && job.total > 0 ? <span className="num dim">{t('job.of', { done: number(job.done), total: number(job.total) })}</span> : null}
            </div>
          ) : verify.data ? (
            verify.data.valid ? (
              <Note kind="good">
                {t('audit.valid', { n: verify.data.entries })}
                <div className="mono" data-verified>
                  {verify.data.root}
                </div>
              </Note>
            ) : (
              <Note kind="warn">
                {t('audit.invalid', { n: verify.data.entries })}
                <ul>
                  {list(verify.data.problems).map((p) => (
                    <li key={`${p.seq}${p.text}`}>{p.text}</li>
                  ))}
                </ul>
              </Note>
            )
          ) : verify.error ? (
            <Failed error={verify.error} />
          ) : (
            <span className="dim">
              {checkpoint.data?.size !== undefined ? t('audit.checkpoint', { n: checkpoint.data.size }) : t('audit.verifyText')}{' '}
              {checkpoint.data?.at ? <When at={checkpoint.data.at} /> : null}
            </span>
          )}
        </div>
        {checkpoint.data?.note ? <Copied of={checkpoint.data.note} text={t('audit.copyCheckpoint')} /> : null}
        {key.data ? <Copied of={key.data.key} text={t('audit.copyKey')} /> : null}
        {may('audit:verify') ? (
          <Button variant="default" data-verify loading={verify.isPending} onClick={() => verify.mutate()}>
            {t('audit.verify')}
          </Button>
        ) : null}
      </div>
    </section>
  );
}

function Copied({ of, text, variant = 'subtle' }: { of: string; text: string; variant?: 'subtle' | 'default' }) {
  const { t } = useWords();
  return (
    <CopyButton value={of}>
      {({ copied, copy }) => (
        <Button variant={variant} onClick={copy}>
          {copied ? t('act.copied') : text}
        </Button>
      )}
    </CopyButton>
  );
}

function Entry({ seq, entry }: { seq: number; entry: AuditEntry | undefined }) {
  const { t } = useWords();
  const proof = useQuery({ queryKey: ['proof', seq], queryFn: () => api.proof(seq) });
  return (
    <div className="stack">
      {entry ? (
        <dl className="facts">
          <dt>{t('audit.at')}</dt>
          <dd>
            <When at={entry.at} />
          </dd>
          <dt>{t('audit.by')}</dt>
          <dd>{entry.by?.name || entry.by?.id}</dd>
          <dt>{t('audit.did')}</dt>
          <dd className="mono">{entry.did}</dd>
          <dt>{t('audit.to')}</dt>
          <dd className="mono">{entry.to}</dd>
          <dt>{t('audit.note')}</dt>
          <dd>{entry.note}</dd>
        </dl>
      ) : null}
      {entry?.to?.startsWith('blk_') && entry.did !== 'device:bulk-undo' ? <UndoBulk id={entry.to} /> : null}
      <h3>{t('audit.proof')}</h3>
      <p className="dim">{t('audit.proofText')}</p>
      <Loaded of={proof} rows={3}>
        {(p) => (
          <div className="stack tight">
            <code className="block">{JSON.stringify(p, null, 2)}</code>
            <Copied of={JSON.stringify(p)} text={t('act.copy')} variant="default" />
          </div>
        )}
      </Loaded>
    </div>
  );
}
