import { useQuery } from '@tanstack/react-query';
import { ShieldCheck } from 'lucide-react';
import { useMemo } from 'react';
import { api } from '../api/calls';
import { type Finding, list } from '../api/types';
import { Link } from '../look/Link';
import { asSeverity, asVerdict, KevMark, SeverityMark, VerdictMark, When } from '../look/marks';
import { Page } from '../look/Page';
import { Empty, Note } from '../look/states';
import type { Field } from '../query/grammar';
import type { Column } from '../table/column';
import { DataTable } from '../table/DataTable';
import { type Speaker, useWords } from '../words/words';
import { useMay } from '../shell/session';
import { DecideButton } from './Decide';
import { FindingPanel } from './Finding';
import { UrgencyMark } from './Ranking';

export const findingFields: readonly Field[] = [
  { name: 'kind', kind: 'word', values: ['weakness', 'contradiction'] },
  { name: 'urgency', kind: 'word', values: ['immediate', 'out-of-cycle', 'scheduled', 'defer', 'none'] },
  { name: 'state', kind: 'word', values: ['open', 'accepted', 'mitigated', 'not-affected', 'fixed', 'affected', 'investigating'] },
  { name: 'owner', kind: 'text' },
  { name: 'rank', kind: 'number' },
  { name: 'status', kind: 'word', values: ['affected', 'undecidable', 'not-affected'] },
  { name: 'severity', kind: 'word', values: ['critical', 'high', 'medium', 'low', 'none', 'unknown'] },
  { name: 'kev', kind: 'word', values: ['yes', 'no'] },
  { name: 'vulnerability', kind: 'text' },
  { name: 'manufacturer', kind: 'text' },
  { name: 'model', kind: 'text' },
  { name: 'unit', kind: 'text' },
  { name: 'site', kind: 'text' },
  { name: 'component', kind: 'text' },
  { name: 'source', kind: 'text' },
  { name: 'version', kind: 'text' },
  { name: 'score', kind: 'number' },
  { name: 'devices', kind: 'number' },
];

function unitsText(f: Finding): string {
  return list(f.units)
    .map((u) => `${u.unit || '?'} ${u.devices}`)
    .join(', ');
}

function columnsOf({ t, number, word }: Speaker): Column<Finding>[] {
  return [
    {
      id: 'urgency',
      header: t('rank.title'),
      width: 122,
      weight: 0.6,
      sort: 'rank',
      cell: (f) => <UrgencyMark of={f.urgency} />,
      text: (f) => word('urgency', f.urgency),
    },
    {
      id: 'severity',
      header: t('col.severity'),
      width: 120,
      weight: 0.6,
      sort: 'severity',
      cell: (f) => <SeverityMark of={f.severity} score={f.score} />,
      text: (f) => t(`severity.${asSeverity(f.severity)}`),
    },
    {
      id: 'vulnerability',
      header: t('col.vulnerability'),
      width: 176,
      sort: 'vulnerability',
      cell: (f) => (
        <span className="row">
          <Link href={f.kind === 'contradiction' ? `/findings/${encodeURIComponent(f.id)}` : `/advisories/${encodeURIComponent(f.vulnerability)}`} tabIndex={-1} className="mono">
            {f.vulnerability}
          </Link>
          {f.kev ? <KevMark /> : null}
          {f.kind === 'contradiction' ? <span className="chip">{t('finding.contradiction')}</span> : null}
        </span>
      ),
      text: (f) => f.vulnerability,
    },
    {
      id: 'model',
      header: t('attribute.model'),
      width: 200,
      weight: 1.4,
      sort: 'model',
      cell: (f) => `${f.model.manufacturer} ${f.model.model} ${f.model.version ?? ''}`.trim(),
      text: (f) => `${f.model.manufacturer} ${f.model.model} ${f.model.version ?? ''}`.trim(),
    },
    {
      id: 'title',
      header: t('col.title'),
      width: 240,
      weight: 2,
      cell: (f) => <span title={f.title}>{f.title}</span>,
      text: (f) => f.title,
    },
    {
      id: 'status',
      header: t('col.status'),
      width: 120,
      weight: 0.6,
      sort: 'status',
      cell: (f) => <VerdictMark of={f.status} />,
      text: (f) => t(`verdict.${asVerdict(f.status)}`),
    },
    {
      id: 'devices',
      header: t('home.devices'),
      width: 95,
      weight: 0.3,
      right: true,
      sort: 'devices',
      cell: (f) => number(f.devices),
      text: (f) => String(f.devices),
    },
    {
      id: 'units',
      header: t('col.units'),
      width: 180,
      cell: (f) => <span title={unitsText(f)}>{unitsText(f)}</span>,
      text: unitsText,
    },
    {
      id: 'state',
      header: t('decide.state'),
      width: 120,
      weight: 0.5,
      sort: 'state',
      cell: (f) => word('decision', f.state),
      text: (f) => word('decision', f.state),
    },
    {
      id: 'component',
      header: t('col.component'),
      width: 160,
      off: true,
      sort: 'component',
      cell: (f) => (f.component ? `${f.component.name} ${f.component.version ?? ''}` : ''),
      text: (f) => (f.component ? `${f.component.name} ${f.component.version ?? ''}`.trim() : ''),
    },
    {
      id: 'fixed',
      header: t('finding.fixed'),
      width: 120,
      off: true,
      cell: (f) => list(f.fixed).join(', '),
      text: (f) => list(f.fixed).join(' '),
    },
    {
      id: 'sources',
      header: t('col.source'),
      width: 140,
      off: true,
      cell: (f) => list(f.sources).join(', '),
      text: (f) => list(f.sources).join(' '),
    },
    {
      id: 'firstSeen',
      header: t('col.firstSeen'),
      width: 145,
      off: true,
      cell: (f) => <When at={f.firstSeen} />,
      text: (f) => f.firstSeen ?? '',
    },
  ];
}

/** Identities shows those who are not who they say, with both sides, above the flaws. */
function Identities() {
  const { t, number } = useWords();
  const may = useMay();
  const asked = useQuery({
    queryKey: ['identities'],
    queryFn: ({ signal }) => api.feedAlerts({ filter: 'kind:spoofed,takeover state:open,acknowledged', limit: 5 }, signal),
    refetchInterval: 30_000,
    enabled: may('quality:read'),
  });
  const doubts = list(asked.data?.items);
  if (doubts.length === 0) return null;
  return (
    <Note kind="warn">
      <Link href="/quality-alerts?filter=kind:spoofed,takeover">{t('findings.identity', { n: number(asked.data?.total ?? doubts.length) })}</Link>
      <ul>
        {doubts.map((a) => (
          <li key={a.id}>
            <span className="mono">{a.name}</span>: {a.text} <When at={a.last} relative />
          </li>
        ))}
      </ul>
    </Note>
  );
}

/** Findings lists flaws by advisory and model, with the units they reach. */
export function Findings() {
  const words = useWords();
  const { t } = words;
  const columns = useMemo(() => columnsOf(words), [words]);
  const may = useMay();
  return (
    <Page full title={t('nav.findings')} text={t('findings.text')}>
      <Identities />
      <DataTable
        name="findings"
        label={t('nav.findings')}
        columns={columns}
        fields={findingFields}
        fetch={api.findings}
        id={(f) => f.id}
        title={(f) => `${f.vulnerability} · ${f.model.manufacturer} ${f.model.model}`}
        href={(f) => `/findings/${encodeURIComponent(f.id)}`}
        side={(id) => <FindingPanel id={id} />}
        bulk={may('finding:triage') ? (rows, done) => <DecideButton ids={rows.map((f) => f.id)} done={done} /> : undefined}
        live="finding"
        empty={
          <Empty icon={ShieldCheck} title={t('findings.empty')} text={t('findings.emptyText')}>
            <Link href="/feeds">{t('nav.feeds')}</Link>
            <Link href="/import?kind=sbom">{t('nav.import')}</Link>
          </Empty>
        }
      />
    </Page>
  );
}
