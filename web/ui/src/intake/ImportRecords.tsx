import { Button } from '@mantine/core';
import { History } from 'lucide-react';
import { useMemo, useState } from 'react';
import { api } from '../api/calls';
import type { ImportRecord } from '../api/types';
import { useAct } from '../look/act';
import { When } from '../look/marks';
import { Empty, Failed } from '../look/states';
import type { Field } from '../query/grammar';
import { useMay } from '../shell/session';
import type { Column } from '../table/column';
import { DataTable } from '../table/DataTable';
import { type Speaker, useWords } from '../words/words';
import css from './import.module.css';
import { type Undone, WhatIsUndone } from './WhatIsUndone';

const fields: readonly Field[] = [
  { name: 'name', kind: 'text' },
  { name: 'kind', kind: 'word', values: ['cmms', 'leases', 'locations', 'cloud'] },
  { name: 'by', kind: 'text' },
];

/** capital writes a word as a heading begins. */
function capital(text: string): string {
  return text.charAt(0).toLocaleUpperCase() + text.slice(1);
}

function columnsOf({ t, word, number }: Speaker): Column<ImportRecord>[] {
  const count = (id: 'rows' | 'new' | 'exact' | 'conflict' | 'problems', header: string, width: number): Column<ImportRecord> => ({
    id, header, width, weight: 0.4, sort: id, right: true, cell: (r) => number(r[id]), text: (r) => String(r[id]),
  });
  return [
    { id: 'name', header: t('wizard.file'), width: 150, weight: 1.4, sort: 'name', cell: (r) => r.name, text: (r) => r.name },
    { id: 'kind', header: t('col.kind'), width: 95, sort: 'kind', cell: (r) => word('importkind', r.kind), text: (r) => word('importkind', r.kind) },
    count('rows', t('wizard.rows'), 80),
    count('new', capital(word('listmatch', 'new')), 90),
    count('exact', capital(word('listmatch', 'exact')), 95),
    count('conflict', capital(word('listmatch', 'conflict')), 130),
    count('problems', t('wizard.faults'), 135),
    { id: 'by', header: t('col.by'), width: 150, sort: 'by', cell: (r) => r.by, text: (r) => r.by },
    { id: 'at', header: t('col.time'), width: 100, sort: 'at', cell: (r) => <When at={r.at} relative />, text: (r) => r.at },
    {
      id: 'undone',
      header: t('wizard.undone'),
      width: 145,
      sort: 'undone',
      cell: (r) => (r.undone ? <When at={r.undone} relative /> : ''),
      text: (r) => r.undone ?? '',
    },
  ];
}

/** ImportRecords are the lists that were taken in, each with its way back. */
export function ImportRecords() {
  const words = useWords();
  const { t } = words;
  const columns = useMemo(() => columnsOf(words), [words]);
  if (!useMay()('device:import')) return null;
  return (
    <section className="stack">
      <h2>{t('wizard.past')}</h2>
      <div className={css['preview']}>
        <DataTable
          name="imports"
          label={t('wizard.past')}
          columns={columns}
          fields={fields}
          fetch={api.imports}
          id={(r) => r.id}
          title={(r) => r.name}
          side={(_, r) => (r ? <RecordPanel of={r} /> : null)}
          empty={<Empty icon={History} title={t('import.empty')} text={t('wizard.pastText')} />}
        />
      </div>
    </section>
  );
}

function RecordPanel({ of: r }: { of: ImportRecord }) {
  const { t, word, number } = useWords();
  const act = useAct(['list'], ['jobs']);
  const [sure, setSure] = useState(false);
  const [what, setWhat] = useState<Undone>();
  const undo = () => void act.run(async () => setWhat(await api.undoImport(r.id))).then(() => setSure(false));
  return (
    <div className="stack">
      <dl className="facts">
        <dt>{t('col.kind')}</dt>
        <dd>{word('importkind', r.kind)}</dd>
        {(['exact', 'probable', 'conflict', 'new'] as const).map((k) => (
          <Fact key={k} name={capital(word('listmatch', k))} value={number(r[k])} />
        ))}
        <Fact name={t('wizard.faults')} value={number(r.problems)} />
        <dt>{t('col.by')}</dt>
        <dd>
          {r.by} <When at={r.at} />
        </dd>
        {r.undone ? (
          <>
            <dt>{t('wizard.undone')}</dt>
            <dd>
              {r.undoneBy} <When at={r.undone} />
            </dd>
          </>
        ) : null}
        <dt>{t('device.id')}</dt>
        <dd className="mono">{r.id}</dd>
      </dl>
      {act.error ? <Failed error={act.error} /> : null}
      {what ? <WhatIsUndone of={what} /> : null}
      {what || (r.undone && r.kind !== 'cloud') ? null : sure ? (
        <div className="stack tight">
          <p>{t('import.undoSure')}</p>
          <div className="row">
            <Button color="red" loading={act.busy} onClick={undo}>
              {t('act.undo')}
            </Button>
            <Button variant="default" onClick={() => setSure(false)}>
              {t('act.cancel')}
            </Button>
          </div>
        </div>
      ) : (
        <div>
          <Button variant="default" onClick={() => setSure(true)}>
            {t(r.undone ? 'import.again' : 'import.undo')}
          </Button>
        </div>
      )}
    </div>
  );
}

function Fact({ name, value }: { name: string; value: string }) {
  return (
    <>
      <dt>{name}</dt>
      <dd className="num">{value}</dd>
    </>
  );
}
