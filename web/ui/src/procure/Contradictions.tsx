import { useQueryClient } from '@tanstack/react-query';
import { GitCompareArrows } from 'lucide-react';
import { useMemo } from 'react';
import { api } from '../api/calls';
import { type Contradiction, list } from '../api/types';
import { Link } from '../look/Link';
import { SeverityMark, When, Told } from '../look/marks';
import { Page } from '../look/Page';
import { Empty } from '../look/states';
import type { Field } from '../query/grammar';
import type { Column } from '../table/column';
import { DataTable } from '../table/DataTable';
import { useMay } from '../shell/session';
import { DecideButton } from '../vuln/Decide';
import { type Speaker, useWords } from '../words/words';

const fields: readonly Field[] = [
  { name: 'manufacturer', kind: 'text' },
  { name: 'model', kind: 'text' },
  { name: 'rule', kind: 'text' },
  { name: 'against', kind: 'text' },
  { name: 'severity', kind: 'word', values: ['high', 'medium', 'low'] },
  { name: 'state', kind: 'word', values: ['open', 'investigating', 'accepted', 'affected', 'not-affected', 'fixed', 'mitigated'] },
  { name: 'owner', kind: 'text' },
  { name: 'devices', kind: 'number' },
];

function columnsOf({ t, number, word, told }: Speaker): Column<Contradiction>[] {
  return [
    { id: 'severity', header: t('col.severity'), width: 115, weight: 0.5, sort: 'severity', cell: (c) => <SeverityMark of={c.severity} />, text: (c) => c.severity },
    { id: 'manufacturer', header: t('attribute.manufacturer'), width: 130, sort: 'manufacturer', cell: (c) => c.manufacturer, text: (c) => c.manufacturer },
    { id: 'model', header: t('attribute.model'), width: 180, sort: 'model', cell: (c) => c.model, text: (c) => c.model },
    { id: 'says', header: t('contradiction.says'), width: 225, weight: 2, cell: (c) => <span title={told(c.says)}>{told(c.says)}</span>, text: (c) => c.says },
    { id: 'against', header: t('contradiction.against'), width: 140, sort: 'against', cell: (c) => told(c.against), text: (c) => c.against },
    { id: 'state', header: t('decide.state'), width: 120, weight: 0.5, sort: 'state', cell: (c) => word('decision', c.state ?? 'open'), text: (c) => c.state ?? '' },
    { id: 'since', header: t('col.firstSeen'), width: 165, weight: 0.5, sort: 'since', cell: (c) => <When at={c.since} relative />, text: (c) => c.since ?? '' },
    { id: 'devices', header: t('home.devices'), width: 95, weight: 0.3, right: true, sort: 'devices', cell: (c) => number(c.devices), text: (c) => String(c.devices) },
  ];
}

/** Contradictions lists where two statements cannot both hold. */
export function Contradictions() {
  const words = useWords();
  const { t } = words;
  const columns = useMemo(() => columnsOf(words), [words]);
  const may = useMay();
  const client = useQueryClient();
  const again = () => void client.invalidateQueries({ queryKey: ['list', 'contradictions'] });
  return (
    <Page full title={t('nav.contradictions')} text={t('contradiction.text')}>
      <DataTable
        name="contradictions"
        label={t('nav.contradictions')}
        columns={columns}
        fields={fields}
        fetch={api.contradictions}
        id={(c) => c.id}
        live="finding"
        title={(c) => `${c.manufacturer} ${c.model}`}
        side={(_, c) =>
          c ? (
            <div className="stack">
              <p><Told of={c.text} /></p>
              <div className="row">
                {may('finding:triage') ? <DecideButton ids={[c.id]} done={again} /> : null}
                <Link href={`/findings/${encodeURIComponent(c.id)}`}>{t('contradiction.devices')}</Link>
              </div>
              {c.last ? (
                <p className="dim">
                  {t('col.lastSeen')}: <When at={c.last} />
                </p>
              ) : null}
              <ul className="bare stack tight">
                {list(c.evidence).map((e) => (
                  <li key={e} className="mono">
                    {e}
                  </li>
                ))}
              </ul>
            </div>
          ) : null
        }
        empty={
          <Empty icon={GitCompareArrows} title={t('contradiction.empty')} text={t('contradiction.emptyText')}>
            <Link href="/import?kind=mds2">{t('purchase.importMDS2')}</Link>
          </Empty>
        }
      />
    </Page>
  );
}
