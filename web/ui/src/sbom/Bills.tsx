import { SegmentedControl } from '@mantine/core';
import { useQuery } from '@tanstack/react-query';
import { FileStack } from 'lucide-react';
import { Fragment, useMemo, useState } from 'react';
import { api } from '../api/calls';
import { type Bill, list } from '../api/types';
import { Link } from '../look/Link';
import { Blank, When, Told } from '../look/marks';
import { Page } from '../look/Page';
import { Empty, Loaded, Note } from '../look/states';
import type { Field } from '../query/grammar';
import type { Column } from '../table/column';
import { DataTable } from '../table/DataTable';
import { type Speaker, useWords } from '../words/words';
import { Compare } from './Compare';
import { Graph } from './Graph';
import { History } from './History';

const fields: readonly Field[] = [
  { name: 'manufacturer', kind: 'text' },
  { name: 'model', kind: 'text' },
  { name: 'version', kind: 'text' },
  { name: 'name', kind: 'text' },
  { name: 'format', kind: 'word', values: ['cyclonedx', 'spdx'] },
  { name: 'components', kind: 'number' },
  { name: 'quality', kind: 'number' },
  { name: 'imported', kind: 'time' },
];

export function modelText(m: { manufacturer: string; model: string; version?: string } | undefined): string {
  return m ? [m.manufacturer, m.model, m.version].filter(Boolean).join(' ') : '';
}

function columnsOf({ t, number, told }: Speaker): Column<Bill>[] {
  return [
    {
      id: 'model',
      header: t('attribute.model'),
      width: 240,
      weight: 2,
      sort: 'model',
      cell: (b) => modelText(b.model) || <Blank />,
      text: (b) => modelText(b.model),
    },
    {
      id: 'format',
      header: t('col.format'),
      width: 140,
      sort: 'format',
      cell: (b) => `${b.format} ${b.specVersion ?? ''}`,
      text: (b) => `${b.format} ${b.specVersion ?? ''}`.trim(),
    },
    {
      id: 'components',
      header: t('col.components'),
      width: 120,
      right: true,
      sort: 'components',
      cell: (b) => number(b.components),
      text: (b) => String(b.components),
    },
    {
      id: 'quality',
      header: t('bills.quality'),
      width: 110,
      right: true,
      sort: 'quality',
      cell: (b) => (b.quality ? t('bills.of10', { n: b.quality.score }) : <Blank />),
      text: (b) => String(b.quality?.score ?? ''),
    },
    {
      id: 'missing',
      header: t('bills.missing'),
      width: 200,
      weight: 1.5,
      cell: (b) => <span title={list(b.quality?.missing).map(told).join(', ')}>{list(b.quality?.missing).map(told).join(', ')}</span>,
      text: (b) => list(b.quality?.missing).join(' '),
    },
    {
      id: 'importedAt',
      header: t('col.imported'),
      width: 180,
      sort: 'imported',
      cell: (b) => <When at={b.importedAt} />,
      text: (b) => b.importedAt,
    },
    {
      id: 'digest',
      header: t('col.digest'),
      width: 160,
      off: true,
      cell: (b) => <span className="mono">{b.digest}</span>,
      text: (b) => b.digest,
    },
  ];
}

/** Bills lists the bills of materials; each belongs to a model and version. */
export function Bills() {
  const words = useWords();
  const { t } = words;
  const columns = useMemo(() => columnsOf(words), [words]);
  return (
    <Page full title={t('nav.bills')} text={t('bills.text')}>
      <DataTable
        name="bills"
        label={t('nav.bills')}
        columns={columns}
        fields={fields}
        fetch={api.bills}
        id={(b) => b.id}
        title={(b) => modelText(b.model) || b.digest.slice(0, 12)}
        side={(id, bill) => <Panel id={id} bill={bill} />}
        empty={
          <Empty icon={FileStack} title={t('bills.empty')} text={t('bills.emptyText')}>
            <Link href="/import?kind=sbom">{t('nav.import')}</Link>
          </Empty>
        }
      />
    </Page>
  );
}

const most = 200;

const views = ['components', 'graph', 'history', 'compare', 'quality'] as const;
type View = (typeof views)[number];

/** Panel shows what is in a bill, how it hangs together, and what changed. */
function Panel({ id, bill }: { id: string; bill: Bill | undefined }) {
  const { t, word } = useWords();
  const [view, setView] = useState<View>('components');
  return (
    <div className="stack">
      {bill ? (
        <dl className="facts">
          <dt>{t('col.format')}</dt>
          <dd>
            {bill.format} {bill.specVersion}
          </dd>
          <dt>{t('col.digest')}</dt>
          <dd className="mono">{bill.digest}</dd>
        </dl>
      ) : null}
      <SegmentedControl size="xs" value={view} onChange={(v) => setView(views.find((x) => x === v) ?? 'components')} data={views.map((v) => ({ value: v, label: word('bill', v) }))} />
      {view === 'components' ? <Components id={id} /> : null}
      {view === 'graph' ? <Graph bill={id} /> : null}
      {view === 'history' ? <History bill={id} /> : null}
      {view === 'compare' && bill ? <Compare bill={bill} /> : null}
      {view === 'quality' && bill ? <Quality of={bill} /> : null}
    </div>
  );
}

function Quality({ of: b }: { of: Bill }) {
  const { t } = useWords();
  const missing = list(b.quality.missing);
  return (
    <div className="stack">
      <p>{t('bills.of10', { n: b.quality.score })}</p>
      {list(b.quality.standards).length > 0 ? (
        <dl className="facts">
          {list(b.quality.standards).map((s) => (
            <Fragment key={s.name}>
              <dt>{s.name}</dt>
              <dd>
                {t('bills.of10', { n: s.score })} <span className="dim">{t('quality.whole', { n: s.whole, all: s.asked })}</span>
              </dd>
            </Fragment>
          ))}
        </dl>
      ) : null}
      {missing.length > 0 ? (
        <>
          <h3>{t('bills.missing')}</h3>
          <ul>
            {missing.map((m) => (
              <li key={m}><Told of={m} /></li>
            ))}
          </ul>
        </>
      ) : null}
      {list(b.warnings).map((w) => (
        <Note key={w} kind="warn">
          {w}
        </Note>
      ))}
    </div>
  );
}

function Components({ id }: { id: string }) {
  const { t } = useWords();
  const asked = useQuery({
    queryKey: ['components', id],
    queryFn: ({ signal }) => api.components(id)({ limit: most }, signal),
  });
  return (
    <div className="stack">
      <h3>{t('col.components')}</h3>
      <Loaded of={asked} rows={8}>
        {(page) => (
          <>
            <table className="plain">
              <thead>
                <tr>
                  <th scope="col">{t('col.name')}</th>
                  <th scope="col">{t('col.version')}</th>
                </tr>
              </thead>
              <tbody>
                {list(page.items).map((c, i) => (
                  <tr key={c.ref ?? i}>
                    <td>
                      {c.name}
                      {c.purl ? <div className="mono dim">{c.purl}</div> : null}
                    </td>
                    <td className="mono">{c.version || <Blank />}</td>
                  </tr>
                ))}
              </tbody>
            </table>
            {page.total > list(page.items).length ? <p className="dim">{t('bills.more', { n: page.total - list(page.items).length })}</p> : null}
          </>
        )}
      </Loaded>
    </div>
  );
}
