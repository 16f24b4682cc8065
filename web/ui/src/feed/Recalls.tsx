import { Undo2 } from 'lucide-react';
import { useMemo } from 'react';
import { api } from '../api/calls';
import { list, type Recall } from '../api/types';
import { Link } from '../look/Link';
import { VerdictMark, Told } from '../look/marks';
import { Page } from '../look/Page';
import { Empty } from '../look/states';
import type { Field } from '../query/grammar';
import type { Column } from '../table/column';
import { DataTable } from '../table/DataTable';
import { type Speaker, useWords } from '../words/words';

const fields: readonly Field[] = [
  { name: 'id', kind: 'text' },
  { name: 'manufacturer', kind: 'text' },
  { name: 'model', kind: 'text' },
  { name: 'classification', kind: 'word', values: ['I', 'II', 'III'] },
  { name: 'affected', kind: 'number' },
  { name: 'undecidable', kind: 'number' },
  { name: 'devices', kind: 'number' },
];

function columnsOf({ t, number }: Speaker): Column<Recall>[] {
  return [
    { id: 'id', header: t('col.number'), width: 170, weight: 0.5, sort: 'id', cell: (r) => <span className="mono">{r.id}</span>, text: (r) => r.id },
    { id: 'title', header: t('col.title'), width: 260, sort: 'title', weight: 2.5, cell: (r) => <span title={r.title}>{r.title}</span>, text: (r) => r.title },
    { id: 'manufacturer', header: t('attribute.manufacturer'), width: 150, sort: 'manufacturer', cell: (r) => r.manufacturer ?? '', text: (r) => r.manufacturer ?? '' },
    { id: 'model', header: t('attribute.model'), width: 150, sort: 'model', cell: (r) => r.model ?? '', text: (r) => r.model ?? '' },
    { id: 'classification', header: t('recalls.class'), width: 90, sort: 'classification', cell: (r) => r.classification ?? '', text: (r) => r.classification ?? '' },
    { id: 'affected', header: t('home.affected'), width: 100, sort: 'affected', right: true, cell: (r) => number(r.affected), text: (r) => String(r.affected) },
    { id: 'undecidable', header: t('home.undecidable'), width: 150, sort: 'undecidable', right: true, cell: (r) => number(r.undecidable), text: (r) => String(r.undecidable) },
    { id: 'devices', header: t('home.devices'), width: 95, sort: 'devices', right: true, cell: (r) => number(r.devices), text: (r) => String(r.devices) },
  ];
}

/** Recalls lists the recalls that name devices of this hospital. */
export function Recalls() {
  const words = useWords();
  const { t } = words;
  const columns = useMemo(() => columnsOf(words), [words]);
  return (
    <Page full title={t('nav.recalls')} text={t('recalls.text')}>
      <DataTable
        name="recalls"
        label={t('nav.recalls')}
        columns={columns}
        fields={fields}
        fetch={api.recalls}
        id={(r) => `${r.id}/${r.model ?? ''}`}
        title={(r) => r.id}
        side={(_, r) => (r ? <RecallPanel of={r} /> : null)}
        empty={
          <Empty icon={Undo2} title={t('recalls.empty')} text={t('recalls.emptyText')}>
            <Link href="/feeds">{t('nav.feeds')}</Link>
          </Empty>
        }
      />
    </Page>
  );
}

/** RecallPanel says what to do, and on which devices. */
function RecallPanel({ of: r }: { of: Recall }) {
  const { t } = useWords();
  return (
    <div className="stack">
      <p>{r.title}</p>
      {r.action ? <p>{r.action}</p> : null}
      <ul className="bare stack tight">
        {list(r.work).map((w) => (
          <li key={w.device} className="row">
            <Link href={`/devices/${encodeURIComponent(w.device)}`}>{w.name || w.device}</Link>
            <span className="dim">{w.unit || t('word.unknown')}</span>
            <VerdictMark of={w.status} />
            {w.reason ? <span className="dim"><Told of={w.reason} /></span> : null}
          </li>
        ))}
      </ul>
    </div>
  );
}
