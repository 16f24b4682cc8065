import { Boxes } from 'lucide-react';
import { useMemo } from 'react';
import { api } from '../api/calls';
import type { ModelRow } from '../api/types';
import { Link } from '../look/Link';
import { Blank } from '../look/marks';
import { Page } from '../look/Page';
import { Empty } from '../look/states';
import { type Field, is, write } from '../query/grammar';
import type { Column } from '../table/column';
import { DataTable } from '../table/DataTable';
import { type Speaker, useWords } from '../words/words';

const fields: readonly Field[] = [
  { name: 'manufacturer', kind: 'text' },
  { name: 'model', kind: 'text' },
  { name: 'version', kind: 'text' },
  { name: 'devices', kind: 'number' },
  { name: 'affected', kind: 'number' },
  { name: 'undecidable', kind: 'number' },
  { name: 'endOfLife', kind: 'day' },
];

function devicesOf(m: ModelRow): string {
  const terms = [is('manufacturer', m.manufacturer), is('model', m.model)];
  if (m.version) terms.push(is('version', m.version));
  return `/devices?filter=${encodeURIComponent(write(terms))}`;
}

function columnsOf({ t, number, day }: Speaker): Column<ModelRow>[] {
  const count = (id: 'affected' | 'undecidable', header: string, width: number): Column<ModelRow> => ({
    id,
    header,
    width,
    right: true,
    sort: id,
    cell: (m) => number(m[id]),
    text: (m) => String(m[id]),
  });
  return [
    {
      id: 'manufacturer',
      header: t('attribute.manufacturer'),
      width: 160,
      sort: 'manufacturer',
      cell: (m) => m.manufacturer || <Blank />,
      text: (m) => m.manufacturer,
    },
    { id: 'model', header: t('attribute.model'), width: 200, weight: 1.5, sort: 'model', cell: (m) => m.model || <Blank />, text: (m) => m.model },
    {
      id: 'version',
      header: t('attribute.softwareVersion'),
      width: 155,
      sort: 'version',
      cell: (m) => (m.version ? <span className="mono">{m.version}</span> : <Blank />),
      text: (m) => m.version ?? '',
    },
    {
      id: 'devices',
      header: t('home.devices'),
      width: 95,
      right: true,
      sort: 'devices',
      cell: (m) => (
        <Link href={devicesOf(m)} tabIndex={-1}>
          {number(m.devices)}
        </Link>
      ),
      text: (m) => String(m.devices),
    },
    count('affected', t('home.affected'), 100),
    count('undecidable', t('home.undecidable'), 150),
    {
      id: 'bill',
      header: t('models.bill'),
      width: 120,
      cell: (m) => (m.bill ? t('models.hasBill') : <span className="dim">{t('models.noBill')}</span>),
      text: (m) => m.bill ?? '',
    },
    {
      id: 'endOfLife',
      header: t('home.endOfLife'),
      width: 130,
      sort: 'endOfLife',
      cell: (m) => (m.endOfLife ? day(m.endOfLife) : ''),
      text: (m) => m.endOfLife ?? '',
    },
  ];
}

/** Models lists models by software version: what a bill belongs to. */
export function Models() {
  const words = useWords();
  const { t } = words;
  const columns = useMemo(() => columnsOf(words), [words]);
  return (
    <Page full title={t('nav.models')} text={t('models.text')}>
      <DataTable
        name="models"
        label={t('nav.models')}
        columns={columns}
        fields={fields}
        fetch={api.models}
        id={(m) => [m.manufacturer, m.model, m.version ?? ''].join('\u001f')}
        title={(m) => `${m.manufacturer} ${m.model}`}
        href={devicesOf}
        empty={<Empty icon={Boxes} title={t('models.empty')} text={t('models.emptyText')} />}
      />
    </Page>
  );
}
