import { Hourglass } from 'lucide-react';
import { useMemo } from 'react';
import { api } from '../api/calls';
import { type Lifecycle, list } from '../api/types';
import { Link } from '../look/Link';
import { Blank, VerdictMark } from '../look/marks';
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
  { name: 'release', kind: 'text' },
  { name: 'status', kind: 'word', values: ['affected', 'undecidable', 'not-affected'] },
  { name: 'over', kind: 'word', values: ['yes', 'no'] },
  { name: 'endOfSupport', kind: 'day' },
  { name: 'devices', kind: 'number' },
];

function unitsText(l: Lifecycle): string {
  return list(l.units)
    .map((u) => `${u.unit || '?'} ${u.devices}`)
    .join(', ');
}

function columnsOf({ t, number, day, age, told }: Speaker): Column<Lifecycle>[] {
  return [
    { id: 'manufacturer', header: t('attribute.manufacturer'), width: 130, sort: 'manufacturer', cell: (l) => l.manufacturer || <Blank />, text: (l) => l.manufacturer },
    { id: 'model', header: t('attribute.model'), width: 160, sort: 'model', cell: (l) => l.model || <Blank />, text: (l) => l.model },
    { id: 'product', header: t('lifecycle.product'), width: 200, sort: 'product', cell: (l) => `${l.product} ${l.release}`, text: (l) => `${l.product} ${l.release}`.trim() },
    {
      id: 'endOfSupport',
      header: t('lifecycle.ends'),
      width: 180,
      sort: 'endOfSupport',
      cell: (l) => (l.endOfSupport ? `${day(l.endOfSupport)} · ${age(l.endOfSupport)}` : <Blank />),
      text: (l) => l.endOfSupport ?? '',
    },
    { id: 'status', header: t('col.status'), width: 120, sort: 'status', cell: (l) => <VerdictMark of={l.status} />, text: (l) => l.status },
    { id: 'reason', header: t('col.reason'), width: 180, weight: 1.5, cell: (l) => <span title={told(l.reason)}>{told(l.reason)}</span>, text: (l) => l.reason ?? '' },
    {
      id: 'units',
      header: t('col.units'),
      width: 140,
      cell: (l) => <span title={unitsText(l)}>{unitsText(l)}</span>,
      text: unitsText,
    },
    { id: 'devices', header: t('home.devices'), width: 95, weight: 0.3, right: true, sort: 'devices', cell: (l) => number(l.devices), text: (l) => String(l.devices) },
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
