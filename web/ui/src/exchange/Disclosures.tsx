import { Button, TextInput } from '@mantine/core';
import { useMutation } from '@tanstack/react-query';
import { FileSearch, Printer } from 'lucide-react';
import { type FormEvent, useMemo, useState } from 'react';
import { api } from '../api/calls';
import { type Account, type Disclosure, list, type ListQuery } from '../api/types';
import { Link } from '../look/Link';
import { When } from '../look/marks';
import { Page } from '../look/Page';
import { Empty, Failed, Note } from '../look/states';
import { useMay } from '../shell/session';
import type { Column } from '../table/column';
import { DataTable } from '../table/DataTable';
import { localPage } from '../table/local';
import { type Speaker, useWords } from '../words/words';

function columnsOf({ t, number, word }: Speaker): Column<Disclosure>[] {
  return [
    { id: 'at', header: t('account.at'), width: 170, sort: 'at', cell: (d) => <When at={d.at} />, text: (d) => d.at },
    { id: 'to', header: t('account.to'), width: 160, sort: 'to', cell: (d) => d.to, text: (d) => d.to },
    { id: 'kind', header: t('col.kind'), width: 110, sort: 'kind', cell: (d) => word('disclosure', d.kind), text: (d) => d.kind },
    { id: 'purpose', header: t('editor.purpose'), width: 170, sort: 'purpose', cell: (d) => d.purpose ?? '', text: (d) => d.purpose ?? '' },
    { id: 'type', header: t('account.type'), width: 110, cell: (d) => <span className="mono">{d.type}</span>, text: (d) => d.type },
    { id: 'without', header: t('account.without'), width: 200, weight: 1.5, cell: (d) => <span title={list(d.without).join(', ')}>{list(d.without).join(', ')}</span>, text: (d) => list(d.without).join(' ') },
    { id: 'message', header: t('account.message'), width: 200, cell: (d) => <Link href={`/lineage/${d.message}`}>{d.message}</Link>, text: (d) => d.message },
    { id: 'seq', header: t('lineage.entry'), width: 90, right: true, sort: 'seq', cell: (d) => number(d.seq), text: (d) => String(d.seq) },
  ];
}

/** Disclosures answers who received data about a patient. */
export function Disclosures() {
  const { t } = useWords();
  const may = useMay()('message:account');
  const [patient, setPatient] = useState('');
  const [from, setFrom] = useState('');
  const [until, setUntil] = useState('');
  const [purpose, setPurpose] = useState('');
  const ask = useMutation({
    mutationFn: () =>
      api.account({ patient, purpose, ...(from ? { from: `${from}T00:00:00Z` } : {}), ...(until ? { until: `${until}T23:59:59Z` } : {}) }),
    gcTime: 0,
  });
  const submit = (e: FormEvent) => {
    e.preventDefault();
    ask.mutate();
  };
  return (
    <Page full title={t('nav.disclosures')} text={t('account.text')}>
      <section className="card stack">
        {may ? null : <Note kind="warn">{t('state.needs', { action: 'message:account' })}</Note>}
        <form className="row" onSubmit={submit}>
          <TextInput label={t('account.patient')} value={patient} onChange={(e) => setPatient(e.currentTarget.value)} autoComplete="off" disabled={!may} />
          <TextInput type="date" label={t('account.from')} value={from} onChange={(e) => setFrom(e.currentTarget.value)} disabled={!may} />
          <TextInput type="date" label={t('account.until')} value={until} onChange={(e) => setUntil(e.currentTarget.value)} disabled={!may} />
          <TextInput className="grow" label={t('account.why')} value={purpose} onChange={(e) => setPurpose(e.currentTarget.value)} disabled={!may} />
          <Button type="submit" disabled={!may || !patient.trim() || purpose.trim().length < 3} loading={ask.isPending}>
            {t('account.ask')}
          </Button>
        </form>
        {ask.error ? <Failed error={ask.error} /> : null}
      </section>
      {ask.data ? <Told of={ask.data} key={ask.data.made} /> : <Empty icon={FileSearch} title={t('account.empty')} text={t('account.emptyText')} />}
    </Page>
  );
}

function Told({ of: a }: { of: Account }) {
  const words = useWords();
  const { t, number, day, word } = words;
  const columns = useMemo(() => columnsOf(words), [words]);
  const rows = list(a.disclosures);
  return (
    <>
      <section className="card stack">
        <div className="row">
          <h2 className="grow">{t('account.told', { from: day(a.from), until: day(a.until), n: number(a.messages) })}</h2>
          <Button variant="default" leftSection={<Printer size={14} aria-hidden="true" />} onClick={() => window.print()}>
            {t('act.print')}
          </Button>
        </div>
        <p className="dim">
          {t('account.made', { by: a.madeBy })} <When at={a.made} />
        </p>
        {a.truncated ? <Note kind="warn">{t('account.truncated', { n: number(rows.length) })}</Note> : null}
        {list(a.recipients).length === 0 ? <p>{t('account.nobody')}</p> : null}
        {list(a.recipients).length > 0 ? (
          <table className="plain">
            <thead>
              <tr>
                <th scope="col">{t('account.to')}</th>
                <th scope="col">{t('col.kind')}</th>
                <th scope="col">{t('editor.purpose')}</th>
                <th scope="col">{t('account.count')}</th>
                <th scope="col">{t('account.first')}</th>
                <th scope="col">{t('account.last')}</th>
                <th scope="col">{t('account.without')}</th>
              </tr>
            </thead>
            <tbody>
              {list(a.recipients).map((r) => (
                <tr key={`${r.kind} ${r.to} ${r.channel} ${r.purpose ?? ''} ${String(r.masked)}`}>
                  <th scope="row">
                    {r.to} <span className="dim">{r.channel}</span>
                  </th>
                  <td>{word('disclosure', r.kind)}</td>
                  <td>
                    {r.purpose} {r.masked ? <span className="dim">{t('account.masked')}</span> : null}
                  </td>
                  <td>{number(r.count)}</td>
                  <td>
                    <When at={r.first} />
                  </td>
                  <td>
                    <When at={r.last} />
                  </td>
                  <td>{list(r.without).join(', ')}</td>
                </tr>
              ))}
            </tbody>
          </table>
        ) : null}
      </section>
      {rows.length > 0 ? (
        <DataTable
          name="disclosures"
          label={t('nav.disclosures')}
          columns={columns}
          fields={[]}
          fetch={(q: ListQuery) => localPage(rows, columns, q)}
          id={(d) => String(d.seq)}
          title={(d) => d.to}
          empty={<p>{t('account.nobody')}</p>}
        />
      ) : null}
    </>
  );
}
