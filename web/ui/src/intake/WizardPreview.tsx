import { Button } from '@mantine/core';
import { ListChecks } from 'lucide-react';
import { type ReactNode, useEffect, useMemo, useRef, useState } from 'react';
import type { ListKind, ListQuery } from '../api/types';
import { Link } from '../look/Link';
import { Empty, Note } from '../look/states';
import type { Column } from '../table/column';
import { DataTable } from '../table/DataTable';
import { localPage } from '../table/local';
import { allSaid } from '../asset/said';
import { type Speaker, useWords } from '../words/words';
import css from './import.module.css';
import type { MatchedRow, Report, RowProblem } from './report';
import { Told } from '../look/marks';

const kinds = ['conflict', 'probable', 'new', 'exact'] as const;

function columnsOf(words: Speaker, kind: ListKind): Column<MatchedRow>[] {
  const { t, word } = words;
  const said = (m: string) => (kind === 'locations' ? word('placematch', m) : word('listmatch', m));
  const all: Column<MatchedRow>[] = [
    { id: 'line', header: t('wizard.row'), width: 70, weight: 0.3, sort: 'line', right: true, cell: (m) => m.line, text: (m) => String(m.line) },
    { id: 'name', header: t('col.name'), width: kind === 'locations' ? 420 : 170, sort: 'name', cell: (m) => m.name, text: (m) => m.name },
    { id: 'match', header: t('wizard.match'), width: 135, weight: 0.5, sort: 'match', cell: (m) => <span className="chip">{said(m.match)}</span>, text: (m) => said(m.match) },
    {
      id: 'device',
      header: t('col.device'),
      width: 75,
      weight: 0.3,
      cell: (m) => (m.device ? <Link href={`/devices/${encodeURIComponent(m.device)}`}>{t('act.open')}</Link> : ''),
      text: (m) => m.device ?? '',
    },
    { id: 'why', header: t('col.reason'), width: 380, weight: 4, cell: (m) => <span title={why(words, m)}>{why(words, m)}</span>, text: (m) => why(words, m) },
    { id: 'adds', header: t('wizard.adds'), width: 140, weight: 0.8, cell: (m) => (m.adds ?? []).map((a) => word('listfield', a)).join(', '), text: (m) => (m.adds ?? []).join(' ') },
  ];
  return kind === 'locations' ? all.filter((c) => c.id !== 'device' && c.id !== 'adds') : all; // a place is no device
}

/** WizardPreview says what a list would do, or did, row by row, and what of it could not be used. */
export function WizardPreview({ of: r, kind, done = false, undone = false, children }: { of: Report; kind: ListKind; done?: boolean; undone?: boolean; children: ReactNode }) {
  const words = useWords();
  const { t, word, number } = words;
  const [only, setOnly] = useState('');
  const columns = useMemo(() => columnsOf(words, kind), [words, kind]);
  const said = (m: string) => (kind === 'locations' ? word('placematch', m) : word('listmatch', m));
  // It comes below what asked for it, often below the edge of the window.
  const head = useRef<HTMLHeadingElement>(null);
  useEffect(() => {
    head.current?.focus({ preventScroll: true });
    head.current?.scrollIntoView?.({ block: 'start' }); // jsdom has none
  }, [r]);
  const rows = only ? r.matches.filter((m) => m.match === only) : r.matches;
  return (
    <section className="card stack">
      <h2 ref={head} tabIndex={-1}>
        {t(done ? 'wizard.done' : 'wizard.plan')}
      </h2>
      {undone ? <Note>{t('import.undone')}</Note> : done ? <Note kind="good">{t('wizard.doneText', { n: r.rows })}</Note> : <p className="dim">{t(kind === 'locations' ? 'wizard.planPlaces' : 'wizard.planText')}</p>}
      <div className="row" role="group" aria-label={t('wizard.match')}>
        {kinds
          .filter((k) => r[k] > 0 || k === 'new' || k === 'exact')
          .map((k) => (
            <Button key={k} size="sm" variant={only === k ? 'filled' : 'default'} aria-pressed={only === k} onClick={() => setOnly(only === k ? '' : k)}>
              {said(k)}: {number(r[k])}
            </Button>
          ))}
      </div>
      <Problems of={r.problems} more={r.uncited ?? 0} />
      {(r.unmapped ?? []).length > 0 ? <p className="dim">{t('wizard.unmapped', { list: (r.unmapped ?? []).join(', ') })}</p> : null}
      <div className={css['preview']}>
        <DataTable
          key={`${only}${r.rows}${r.id}`}
          name={`list-preview-${only || 'all'}-${r.rows}-${r.id}`}
          label={t('wizard.plan')}
          columns={columns}
          fields={[]}
          fetch={(q: ListQuery) => localPage(rows, columns, q)}
          id={(m) => String(m.line)}
          title={(m) => m.name}
          side={(_, m) => (m ? <Line of={m} said={said(m.match)} /> : null)}
          empty={<Empty icon={ListChecks} title={t('wizard.nothing')} text={t('wizard.nothingText')} />}
        />
      </div>
      {children}
    </section>
  );
}

/** why tells the reasons; a report of an earlier version has them in English alone. */
function why(words: Speaker, m: MatchedRow): string {
  return m.reasons ? allSaid(words, m.reasons, ', ') : m.why;
}

/** Line says of one line all that its row is too narrow for. */
function Line({ of: m, said }: { of: MatchedRow; said: string }) {
  const words = useWords();
  const { t, word } = words;
  return (
    <div className="stack">
      <p>
        <span className="chip">{said}</span> {t('wizard.at', { n: m.line })}
      </p>
      <p>{why(words, m)}</p>
      {(m.adds ?? []).length > 0 ? (
        <p>
          {t('wizard.adds')}: {(m.adds ?? []).map((a) => word('listfield', a)).join(', ')}
        </p>
      ) : null}
      {m.device ? <Link href={`/devices/${encodeURIComponent(m.device)}`}>{t('wizard.openDevice')}</Link> : null}
    </div>
  );
}

function Problems({ of, more }: { of: RowProblem[]; more: number }) {
  const { t } = useWords();
  if (of.length === 0) return null;
  return (
    <details open={of.length <= 8}>
      <summary>
        <strong>{t('wizard.problems', { n: of.length + more })}</strong> <span className="dim">{t('wizard.problemsText')}</span>
      </summary>
      <ul>
        {of.slice(0, 100).map((p, i) => (
          <li key={i}>
            {p.column ? t('wizard.cell', { n: p.line, column: p.column }) : t('wizard.at', { n: p.line })}: <Told of={p.text} />
          </li>
        ))}
      </ul>
    </details>
  );
}
