import { Button } from '@mantine/core';
import { useQueryClient } from '@tanstack/react-query';
import { FileQuestion, Upload } from 'lucide-react';
import { useMemo, useRef, useState } from 'react';
import { api, upload } from '../api/calls';
import { list, type StatementRow } from '../api/types';
import { useAct } from '../look/act';
import { Link } from '../look/Link';
import { When } from '../look/marks';
import { Page } from '../look/Page';
import { Empty, Failed, Note } from '../look/states';
import type { Field } from '../query/grammar';
import { JobView, useJobs } from '../shell/JobTray';
import { useMay } from '../shell/session';
import type { Column } from '../table/column';
import { DataTable } from '../table/DataTable';
import { type Speaker, useWords } from '../words/words';

const fields: readonly Field[] = [
  { name: 'manufacturer', kind: 'text' },
  { name: 'model', kind: 'text' },
  { name: 'version', kind: 'text' },
  { name: 'edition', kind: 'word', values: ['2019', '2013'] },
  { name: 'answered', kind: 'number' },
];

function columnsOf({ t, number }: Speaker): Column<StatementRow>[] {
  return [
    { id: 'manufacturer', header: t('attribute.manufacturer'), width: 140, sort: 'manufacturer', cell: (s) => s.manufacturer, text: (s) => s.manufacturer },
    { id: 'model', header: t('attribute.model'), width: 220, weight: 1.5, sort: 'model', cell: (s) => `${s.model} ${s.version ?? ''}`, text: (s) => `${s.model} ${s.version ?? ''}`.trim() },
    { id: 'edition', header: t('mds2.edition'), width: 110, weight: 0.4, sort: 'edition', cell: (s) => `HN 1-${s.edition}`, text: (s) => s.edition },
    { id: 'answered', header: t('mds2.answered'), width: 120, weight: 0.5, right: true, sort: 'answered', cell: (s) => `${number(s.answered)} / ${number(s.asked)}`, text: (s) => `${s.answered}/${s.asked}` },
    { id: 'problems', header: t('mds2.problems'), width: 170, weight: 0.4, right: true, cell: (s) => number(list(s.problems).length), text: (s) => String(list(s.problems).length) },
    { id: 'by', header: t('mds2.by'), width: 130, sort: 'by', cell: (s) => s.by, text: (s) => s.by },
    { id: 'at', header: t('mds2.at'), width: 150, sort: 'at', cell: (s) => <When at={s.at} relative />, text: (s) => s.at },
  ];
}

/** Statements lists what makers state about the security of their models. */
export function Statements() {
  const words = useWords();
  const { t } = words;
  const columns = useMemo(() => columnsOf(words), [words]);
  return (
    <Page full title={t('nav.mds2')} text={t('mds2.text')} actions={<Bring />}>
      <DataTable
        name="mds2"
        label={t('nav.mds2')}
        columns={columns}
        fields={fields}
        fetch={api.statements}
        id={(s) => s.id}
        title={(s) => `${s.manufacturer} ${s.model}`}
        href={(s) => `/mds2/${encodeURIComponent(s.id)}`}
        empty={
          <Empty icon={FileQuestion} title={t('mds2.empty')} text={t('mds2.emptyText')}>
            <Link href="/import?kind=mds2">{t('purchase.importMDS2')}</Link>
          </Empty>
        }
      />
    </Page>
  );
}

/** Bring takes a form where one looks at forms. */
function Bring() {
  const { t } = useWords();
  const allowed = useMay()('mds2:import');
  const field = useRef<HTMLInputElement>(null);
  const act = useAct(['list', 'mds2']);
  const client = useQueryClient();
  const [sent, setSent] = useState('');
  const job = list(useJobs().data?.items).find((j) => j.id === sent);
  if (!allowed) return null;
  return (
    <div className="stack tight">
      <input
        ref={field}
        type="file"
        accept=".xlsx,.csv,.json"
        aria-label={t('mds2.upload')}
        hidden
        onChange={(e) => {
          const file = e.currentTarget.files?.[0];
          e.currentTarget.value = '';
          if (!file) return;
          void act.run(async () => {
            const j = await upload(file, { kind: 'mds2', name: file.name }, () => undefined, new AbortController().signal);
            setSent(j.id);
            await client.invalidateQueries({ queryKey: ['jobs'] });
          });
        }}
      />
      <Button loading={act.busy} leftSection={<Upload size={14} aria-hidden="true" />} onClick={() => field.current?.click()}>
        {t('mds2.upload')}
      </Button>
      {act.error ? <Failed error={act.error} /> : null}
      {job ? <JobView job={job} /> : sent ? <Note>{t('state.loading')}</Note> : null}
    </div>
  );
}
