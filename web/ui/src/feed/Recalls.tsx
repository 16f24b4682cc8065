import { Undo2 } from 'lucide-react';
import { useMemo } from 'react';
import { api } from '../api/calls';
import type { Recall } from '../api/types';
import { Link } from '../look/Link';
import { Page } from '../look/Page';
import { Empty } from '../look/states';
import type { Field } from '../query/grammar';
import type { Column } from '../table/column';
import { DataTable } from '../table/DataTable';
import { type Speaker, useWords } from '../words/words';

const fields: readonly Field[] = [
  { name: 'manufacturer', kind: 'text' },
  { name: 'model', kind: 'text' },
  { name: 'classification', kind: 'word', values: ['I', 'II', 'III'] },
];

function columnsOf({ t, number, day }: Speaker): Column<Recall>[] {
  return [
    { id: 'id', header: t('col.number'), width: 130, cell: (r) => <span className="mono">{r.id}</span>, text: (r) => r.id },
    { id: 'title', header: t('col.title'), width: 260, weight: 2.5, cell: (r) => <span title={r.title}>{r.title}</span>, text: (r) => r.title },
    { id: 'manufacturer', header: t('attribute.manufacturer'), width: 150, cell: (r) => r.manufacturer ?? '', text: (r) => r.manufacturer ?? '' },
    { id: 'model', header: t('attribute.model'), width: 150, cell: (r) => r.model ?? '', text: (r) => r.model ?? '' },
    { id: 'classification', header: t('recalls.class'), width: 90, cell: (r) => r.classification ?? '', text: (r) => r.classification ?? '' },
    { id: 'published', header: t('finding.published'), width: 120, cell: (r) => day(r.published), text: (r) => r.published ?? '' },
    { id: 'devices', header: t('home.devices'), width: 90, right: true, cell: (r) => number(r.devices), text: (r) => String(r.devices) },
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
        side={(_, r) => <p>{r?.title ?? ''}</p>}
        empty={
          <Empty icon={Undo2} title={t('recalls.empty')} text={t('recalls.emptyText')}>
            <Link href="/feeds">{t('nav.feeds')}</Link>
          </Empty>
        }
      />
    </Page>
  );
}
