import { Button, TextInput } from '@mantine/core';
import { Undo2 } from 'lucide-react';
import { useMemo, useState } from 'react';
import { api } from '../api/calls';
import type { RecallTask } from '../api/types';
import { useAct } from '../look/act';
import { Link } from '../look/Link';
import { Blank, VerdictMark, When, Told } from '../look/marks';
import { Page } from '../look/Page';
import { Empty, Failed } from '../look/states';
import type { Field } from '../query/grammar';
import { useMay } from '../shell/session';
import type { Column } from '../table/column';
import { DataTable } from '../table/DataTable';
import { type Speaker, useWords } from '../words/words';
import { Documents } from './Documents';

const steps = ['acknowledged', 'quarantined', 'corrected', 'returned', 'not-affected'] as const;

const fields: readonly Field[] = [
  { name: 'recall', kind: 'text' },
  { name: 'unit', kind: 'text' },
  { name: 'site', kind: 'text' },
  { name: 'state', kind: 'word', values: ['open', ...steps] },
  { name: 'match', kind: 'word', values: ['affected', 'undecidable'] },
  { name: 'class', kind: 'word', values: ['I', 'II', 'III'] },
  { name: 'model', kind: 'text' },
  { name: 'manufacturer', kind: 'text' },
];

function columnsOf({ t, word }: Speaker): Column<RecallTask>[] {
  return [
    { id: 'unit', header: t('col.unit'), width: 110, sort: 'unit', cell: (r) => r.unit || <Blank />, text: (r) => r.unit },
    { id: 'name', header: t('col.device'), width: 160, sort: 'name', cell: (r) => r.name, text: (r) => r.name },
    { id: 'model', header: t('attribute.model'), width: 160, sort: 'model', cell: (r) => `${r.manufacturer} ${r.model}`, text: (r) => `${r.manufacturer} ${r.model}` },
    { id: 'recall', header: t('col.number'), width: 160, sort: 'recall', cell: (r) => <span className="mono">{r.recall}</span>, text: (r) => r.recall },
    { id: 'class', header: t('recalls.class'), width: 80, weight: 0.3, sort: 'class', cell: (r) => r.class ?? '', text: (r) => r.class ?? '' },
    { id: 'match', header: t('col.status'), width: 120, sort: 'match', cell: (r) => <VerdictMark of={r.match} />, text: (r) => r.match },
    { id: 'state', header: t('worklist.state'), width: 130, sort: 'state', cell: (r) => <span className="chip">{word('work', r.state)}</span>, text: (r) => r.state },
    { id: 'by', header: t('worklist.by'), width: 140, cell: (r) => r.by ?? '', text: (r) => r.by ?? '' },
  ];
}

/** Worklist is what each unit has to do about recalls. */
export function Worklist() {
  const words = useWords();
  const { t } = words;
  const columns = useMemo(() => columnsOf(words), [words]);
  const allowed = useMay()('recall:answer');
  return (
    <Page full title={t('nav.worklist')} text={t('worklist.text')}>
      <DataTable
        name="worklist"
        label={t('nav.worklist')}
        columns={columns}
        fields={fields}
        fetch={api.recallWork}
        id={(r) => r.id}
        title={(r) => `${r.recall}: ${r.name}`}
        side={(_, r) => (r ? <TaskPanel of={r} /> : null)}
        bulk={allowed ? (rows, done) => <Answer ids={rows.map((r) => r.id)} done={done} /> : undefined}
        empty={
          <Empty icon={Undo2} title={t('recalls.empty')} text={t('recalls.emptyText')}>
            <Link href="/feeds">{t('nav.feeds')}</Link>
          </Empty>
        }
      />
    </Page>
  );
}

function TaskPanel({ of: r }: { of: RecallTask }) {
  const { word } = useWords();
  const allowed = useMay()('recall:answer');
  return (
    <div className="stack">
      <p>{r.title}</p>
      {r.action ? <p>{r.action}</p> : null}
      <p className="dim"><Told of={r.reason} /></p>
      <p>
        <Link href={`/devices/${encodeURIComponent(r.device)}`}>{r.name}</Link> {r.serialNumber ? <span className="mono dim">{r.serialNumber}</span> : null}
      </p>
      {r.by ? (
        <p>
          {word('work', r.state)} · {r.by} · <When at={r.at} /> {r.note ? <span>“{r.note}”</span> : null}
        </p>
      ) : null}
      {allowed ? <Answer ids={[r.id]} done={() => undefined} /> : null}
      <Documents subject={r.recall} />
    </div>
  );
}

function Answer({ ids, done }: { ids: string[]; done: () => void }) {
  const { t, word } = useWords();
  const act = useAct(['list', 'worklist']);
  const [note, setNote] = useState('');
  return (
    <div className="stack tight">
      {act.error ? <Failed error={act.error} /> : null}
      <div className="row">
        <TextInput aria-label={t('worklist.note')} placeholder={t('worklist.note')} value={note} onChange={(e) => setNote(e.currentTarget.value)} />
        {steps.map((s) => (
          <Button key={s} variant="default" disabled={act.busy} onClick={() => void act.run(() => api.answerRecalls(ids, s, note)).then((ok) => ok && done())}>
            {word('work', s)}
          </Button>
        ))}
      </div>
    </div>
  );
}
