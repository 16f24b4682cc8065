import { Button, Menu, Tabs } from '@mantine/core';
import { useNavigate, useSearch } from '@tanstack/react-router';
import { Download, ListChecks } from 'lucide-react';
import { useMemo } from 'react';
import { address } from '../api/client';
import { api } from '../api/calls';
import type { Difference, Mismatch } from '../api/types';
import { Link } from '../look/Link';
import { Blank, StatusMark, When } from '../look/marks';
import { Page } from '../look/Page';
import { Empty } from '../look/states';
import type { Field } from '../query/grammar';
import { useMay } from '../shell/session';
import type { Column } from '../table/column';
import { DataTable } from '../table/DataTable';
import { type Key, type Speaker, useWords } from '../words/words';
import { attributeKey } from './Device';
import { sourceNames } from './names';
import { spotText } from './said';
import { AskWork, Corrections, SentList } from './WriteBack';

const tabs = ['unlisted', 'silent', 'differs', 'corrections', 'sent'] as const;
const names: Record<(typeof tabs)[number], Key> = {
  unlisted: 'reconcile.unlisted',
  silent: 'reconcile.silent',
  differs: 'reconcile.differs',
  corrections: 'reconcile.corrections',
  sent: 'reconcile.sent',
};

/** Reconcile lays the maintenance system's list beside the network, and sends back what is known better. */
export function Reconcile() {
  const { t } = useWords();
  const search: Record<string, unknown> = useSearch({ strict: false });
  const navigate = useNavigate();
  const tab = tabs.find((x) => x === search['tab']) ?? 'unlisted';
  return (
    <Page full title={t('nav.reconciliation')} text={t('reconcile.text')} actions={<Exports />}>
      <Tabs value={tab} keepMounted={false} onChange={(next) => void navigate({ to: '.', search: next && next !== 'unlisted' ? { tab: next } : {}, replace: true })}>
        <Tabs.List>
          {tabs.map((x) => (
            <Tabs.Tab key={x} value={x}>
              {t(names[x])}
            </Tabs.Tab>
          ))}
        </Tabs.List>
      </Tabs>
      {tab === 'unlisted' ? <Unmatched key="unlisted" side="unlisted" /> : null}
      {tab === 'silent' ? <Unmatched key="silent" side="silent" /> : null}
      {tab === 'differs' ? <Differences /> : null}
      {tab === 'corrections' ? <Corrections /> : null}
      {tab === 'sent' ? <SentList /> : null}
    </Page>
  );
}

/** Exports writes the devices in the forms of other systems. */
function Exports() {
  const { t } = useWords();
  const forms = [
    { format: 'writeback', name: 'reconcile.writeback', file: 'corrections.csv' },
    { format: 'netbox', name: 'reconcile.netbox', file: 'netbox.csv' },
    { format: 'servicenow', name: 'reconcile.servicenow', file: 'servicenow.csv' },
    { format: 'fhir', name: 'reconcile.fhir', file: 'devices.fhir.json' },
  ] as const;
  return (
    <Menu position="bottom-end">
      <Menu.Target>
        <Button variant="default" leftSection={<Download size={15} aria-hidden="true" />}>
          {t('table.export')}
        </Button>
      </Menu.Target>
      <Menu.Dropdown>
        {forms.map((f) => (
          <Menu.Item key={f.format} component="a" href={address('/devices/export', { format: f.format })} download={f.file}>
            {t(f.name)}
          </Menu.Item>
        ))}
      </Menu.Dropdown>
    </Menu>
  );
}

const unmatchedFields: readonly Field[] = [
  { name: 'name', kind: 'text' },
  { name: 'class', kind: 'text' },
  { name: 'manufacturer', kind: 'text' },
  { name: 'model', kind: 'text' },
  { name: 'site', kind: 'text' },
  { name: 'unit', kind: 'text' },
  { name: 'assetTag', kind: 'text' },
  { name: 'serialNumber', kind: 'text' },
];

function unmatchedColumns({ t, word }: Speaker, side: 'unlisted' | 'silent'): Column<Mismatch>[] {
  const text = (id: 'manufacturer' | 'model' | 'serialNumber' | 'site' | 'unit' | 'assetTag', header: string, width: number): Column<Mismatch> => ({
    id,
    header,
    width,
    sort: id,
    cell: (m) => m[id] ?? '',
    text: (m) => m[id] ?? '',
  });
  return [
    {
      id: 'name',
      header: t('col.device'),
      width: 145,
      weight: 1.5,
      sort: 'name',
      cell: (m) => (
        <Link href={`/devices/${encodeURIComponent(m.device)}`} tabIndex={-1}>
          {m.name}
        </Link>
      ),
      text: (m) => m.name,
    },
    { id: 'class', header: t('attribute.class'), width: 125, sort: 'class', cell: (m) => (m.class ? word('class', m.class) : ''), text: (m) => m.class ?? '' },
    text('manufacturer', t('attribute.manufacturer'), 118),
    text('model', t('attribute.model'), 125),
    text('serialNumber', t('attribute.serialNumber'), 135),
    // What is not on the list has no tag of it.
    ...(side === 'silent' ? [text('assetTag', t('col.assetTag'), 135)] : []),
    text('site', t('col.site'), 130),
    text('unit', t('col.unit'), 85),
    { id: 'last', header: t('reconcile.heard'), width: 90, sort: 'last', cell: (m) => (m.last ? <When at={m.last} relative /> : <Blank />), text: (m) => m.last ?? '' },
  ];
}

function Unmatched({ side }: { side: 'unlisted' | 'silent' }) {
  const words = useWords();
  const { t } = words;
  const columns = useMemo(() => unmatchedColumns(words, side), [words, side]);
  const fetch = useMemo(() => api.unmatched(side), [side]);
  const may = useMay()('inventory:writeback');
  return (
    <DataTable
      name={`reconcile-${side}`}
      label={t(names[side])}
      columns={columns}
      fields={unmatchedFields}
      fetch={fetch}
      id={(m) => m.device}
      title={(m) => m.name}
      href={(m) => `/devices/${encodeURIComponent(m.device)}`}
      bulk={may ? (rows, done) => <AskWork devices={rows.map((m) => m.device)} usual={t(side === 'silent' ? 'work.search' : 'work.record')} done={done} /> : undefined}
      empty={<Empty icon={ListChecks} title={t(side === 'silent' ? 'reconcile.noSilent' : 'reconcile.noUnlisted')} text={t('reconcile.noneText')} />}
    />
  );
}

const differenceFields: readonly Field[] = [
  { name: 'name', kind: 'text' },
  { name: 'field', kind: 'word', values: ['location', 'class', 'manufacturer', 'model', 'serialNumber', 'softwareVersion', 'operatingSystem'] },
  { name: 'status', kind: 'word', values: ['confirmed', 'likely', 'candidate', 'conflict', 'unknown'] },
  { name: 'site', kind: 'text' },
  { name: 'unit', kind: 'text' },
  { name: 'assetTag', kind: 'text' },
];

function differenceColumns(words: Speaker): Column<Difference>[] {
  const { t } = words;
  const plain = (d: Difference, text: string) => (d.field === 'location' ? spotText(words, text) : text);
  const said = (d: Difference, text: string) => <span title={plain(d, text)}>{plain(d, text)}</span>;
  const who = (d: Difference) => sourceNames(words, d.sources.split(', '));
  return [
    {
      id: 'name',
      header: t('col.device'),
      width: 105,
      weight: 1.4,
      sort: 'name',
      cell: (d) => (
        <Link href={`/devices/${encodeURIComponent(d.device)}`} tabIndex={-1}>
          {d.name}
        </Link>
      ),
      text: (d) => d.name,
    },
    { id: 'assetTag', header: t('col.assetTag'), width: 135, sort: 'assetTag', cell: (d) => <span className="mono">{d.assetTag}</span>, text: (d) => d.assetTag },
    { id: 'unit', header: t('col.unit'), width: 80, sort: 'unit', cell: (d) => d.unit, text: (d) => d.unit },
    { id: 'field', header: t('col.attribute'), width: 125, sort: 'field', cell: (d) => t(attributeKey(d.field)), text: (d) => d.field },
    { id: 'listSays', header: t('reconcile.listSays'), width: 140, weight: 1.2, sort: 'listSays', cell: (d) => said(d, d.listSays), text: (d) => plain(d, d.listSays) },
    { id: 'others', header: t('reconcile.others'), width: 140, sort: 'others', cell: (d) => said(d, d.others), text: (d) => plain(d, d.others) },
    { id: 'sources', header: t('col.source'), width: 110, sort: 'sources', cell: who, text: who },
    { id: 'believed', header: t('reconcile.believed'), width: 115, sort: 'believed', cell: (d) => (d.believed ? said(d, d.believed) : <span className="dim">{t('reconcile.undecided')}</span>), text: (d) => plain(d, d.believed) },
    { id: 'status', header: t('col.status'), width: 95, sort: 'status', cell: (d) => <StatusMark of={d.status} />, text: (d) => d.status },
  ];
}

function Differences() {
  const words = useWords();
  const { t } = words;
  const columns = useMemo(() => differenceColumns(words), [words]);
  return (
    <DataTable
      name="reconcile-differs"
      label={t('reconcile.differs')}
      columns={columns}
      fields={differenceFields}
      fetch={api.differences}
      id={(d) => `${d.device} ${d.field}`}
      title={(d) => d.name}
      href={(d) => `/devices/${encodeURIComponent(d.device)}`}
      empty={<Empty icon={ListChecks} title={t('reconcile.noDiffers')} text={t('reconcile.noneText')} />}
    />
  );
}
