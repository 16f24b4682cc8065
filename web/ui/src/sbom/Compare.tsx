import { NativeSelect } from '@mantine/core';
import { useQuery } from '@tanstack/react-query';
import { useState } from 'react';
import { api } from '../api/calls';
import { type Bill, list } from '../api/types';
import { Loaded, Note } from '../look/states';
import { useWords } from '../words/words';

function nameOf(b: Pick<Bill, 'model'>): string {
  return [b.model.manufacturer, b.model.model, b.model.version].filter(Boolean).join(' ');
}

/** Compare shows what changed from another bill to this one. */
export function Compare({ bill }: { bill: Bill }) {
  const { t, date } = useWords();
  const [from, setFrom] = useState('');
  const others = useQuery({ queryKey: ['bills', 'all'], queryFn: ({ signal }) => api.bills({ limit: 500 }, signal) });
  const past = useQuery({ queryKey: ['billHistory', bill.id], queryFn: ({ signal }) => api.billHistory(bill.id, signal) });
  const replaced = list(past.data?.items).filter((e) => !e.current && e.id !== bill.id);
  const rows = list(others.data?.items)
    .filter((b) => b.id !== bill.id)
    .sort((a, b) => Number(b.model.model === bill.model.model) - Number(a.model.model === bill.model.model) || nameOf(a).localeCompare(nameOf(b)));
  return (
    <div className="stack">
      <NativeSelect
        label={t('compare.with')}
        value={from}
        onChange={(e) => setFrom(e.currentTarget.value)}
        data={[
          { value: '', label: '–' },
          ...replaced.map((e) => ({ value: e.id, label: `${nameOf(e)} · ${t('history.replaced')} ${date(e.replacedAt)}` })),
          ...rows.map((b) => ({ value: b.id, label: nameOf(b) })),
        ]}
      />
      {from ? <Difference from={from} to={bill.id} /> : null}
    </div>
  );
}

/** Difference shows what changed between two bills. */
export function Difference({ from, to }: { from: string; to: string }) {
  const { t } = useWords();
  const asked = useQuery({ queryKey: ['diff', from, to], queryFn: ({ signal }) => api.billDiff(to, from, signal) });
  return (
    <Loaded of={asked} rows={4}>
      {(d) => (
        <div className="stack">
          <Note>{t('compare.same', { n: d.same })}</Note>
          <Rows title={t('compare.changed', { n: list(d.changed).length })} of={list(d.changed).map((c) => [c.name, `${c.from || '?'} → ${c.to || '?'}`])} />
          <Rows title={t('compare.added', { n: list(d.added).length })} of={list(d.added).map((c) => [c.name, c.version])} />
          <Rows title={t('compare.removed', { n: list(d.removed).length })} of={list(d.removed).map((c) => [c.name, c.version])} />
        </div>
      )}
    </Loaded>
  );
}

const most = 300;

function Rows({ title, of }: { title: string; of: (readonly [string, string])[] }) {
  const { t } = useWords();
  if (of.length === 0) return null;
  return (
    <section>
      <h3>{title}</h3>
      <table className="plain">
        <thead>
          <tr>
            <th scope="col">{t('col.name')}</th>
            <th scope="col">{t('col.version')}</th>
          </tr>
        </thead>
        <tbody>
          {of.slice(0, most).map(([name, version], i) => (
            <tr key={i}>
              <td>{name}</td>
              <td className="mono">{version}</td>
            </tr>
          ))}
        </tbody>
      </table>
      {of.length > most ? <p className="dim">{t('bills.more', { n: of.length - most })}</p> : null}
    </section>
  );
}
