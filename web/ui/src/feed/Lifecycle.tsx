import { Hourglass } from 'lucide-react';
import { useMemo } from 'react';
import { api } from '../api/calls';
import type { Lifecycle } from '../api/types';
import { Link } from '../look/Link';
import { Page } from '../look/Page';
import { Empty } from '../look/states';
import { type Field, is, write } from '../query/grammar';
import type { Column } from '../table/column';
import { DataTable } from '../table/DataTable';
import { type Speaker, useWords } from '../words/words';

const fields: readonly Field[] = [
  { name: 'manufacturer', kind: 'text' },
  { name: 'model', kind: 'text' },
  { name: 'product', kind: 'text' },
];

function columnsOf({ t, number, day, age }: Speaker): Column<Lifecycle>[] {
  return [
    { id: 'manufacturer', header: t('attribute.manufacturer'), width: 160, cell: (l) => l.manufacturer, text: (l) => l.manufacturer },
    { id: 'model', header: t('attribute.model'), width: 180, cell: (l) => l.model, text: (l) => l.model },
    { id: 'product', header: t('lifecycle.product'), width: 200, cell: (l) => `${l.product} ${l.release}`, text: (l) => `${l.product} ${l.release}` },
    {
      id: 'endOfSupport',
      header: t('lifecycle.ends'),
      width: 200,
      cell: (l) => `${day(l.endOfSupport)} · ${age(l.endOfSupport)}`,
      text: (l) => l.endOfSupport ?? '',
    },
    { id: 'devices', header: t('home.devices'), width: 90, right: true, cell: (l) => number(l.devices), text: (l) => String(l.devices) },
  ];
}

/** LifecycleList lists what is no longer, or soon not, cared for by its maker. */
export function LifecycleList() {
  const words = useWords();
  const { t } = words;
  const columns = useMemo(() => columnsOf(words), [words]);
  return (
    <Page full title={t('nav.lifecycle')} text={t('lifecycle.text')}>
      <DataTable
        name="lifecycle"
        label={t('nav.lifecycle')}
        columns={columns}
        fields={fields}
        fetch={api.lifecycle}
        id={(l) => [l.manufacturer, l.model, l.product ?? ''].join('\u001f')}
        title={(l) => `${l.manufacturer} ${l.model}`}
        href={(l) => `/devices?filter=${encodeURIComponent(write([is('manufacturer', l.manufacturer), is('model', l.model)]))}`}
        empty={
          <Empty icon={Hourglass} title={t('lifecycle.empty')} text={t('lifecycle.emptyText')}>
            <Link href="/feeds">{t('nav.feeds')}</Link>
          </Empty>
        }
      />
    </Page>
  );
}
