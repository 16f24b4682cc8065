import { Button, Textarea, TextInput } from '@mantine/core';
import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import { PackageCheck } from 'lucide-react';
import { useMemo, useState } from 'react';
import { api } from '../api/calls';
import { type Kept, list, type Released } from '../api/types';
import { When } from '../look/marks';
import { Page } from '../look/Page';
import { Empty, Failed, Loaded, Note } from '../look/states';
import type { Field } from '../query/grammar';
import { useMay } from '../shell/session';
import type { Column } from '../table/column';
import { DataTable } from '../table/DataTable';
import { type Speaker, useWords } from '../words/words';

const fields: readonly Field[] = [
  { name: 'name', kind: 'text' },
  { name: 'state', kind: 'word', values: ['draft', 'agreed'] },
  { name: 'recipient', kind: 'text' },
];

function columnsOf({ t, number, word }: Speaker): Column<Kept>[] {
  return [
    { id: 'name', header: t('col.name'), width: 160, sort: 'name', cell: (k) => k.name, text: (k) => k.name },
    { id: 'state', header: t('col.status'), width: 110, sort: 'state', cell: (k) => word('releaseState', k.state), text: (k) => k.state },
    { id: 'recipient', header: t('release.recipient'), width: 200, sort: 'recipient', cell: (k) => k.recipient, text: (k) => k.recipient },
    { id: 'purpose', header: t('editor.purpose'), width: 240, weight: 1.5, cell: (k) => k.purpose, text: (k) => k.purpose },
    { id: 'columns', header: t('release.columns'), width: 90, right: true, cell: (k) => number(list(k.columns).length), text: (k) => String(list(k.columns).length) },
    { id: 'group', header: t('release.smallest'), width: 130, right: true, cell: (k) => number(k.smallestGroup), text: (k) => String(k.smallestGroup) },
    { id: 'last', header: t('release.last'), width: 150, cell: (k) => (k.lastRun ? <When at={k.lastRun} relative /> : ''), text: (k) => k.lastRun ?? '' },
  ];
}

/** Releases lists what is given to analytics, with the risk that is left. */
export function Releases() {
  const words = useWords();
  const { t } = words;
  const may = useMay();
  const columns = useMemo(() => columnsOf(words), [words]);
  return (
    <Page full title={t('nav.releases')} text={t('release.text')}>
      {may('release:define') ? <Define /> : null}
      <DataTable
        name="releases"
        label={t('nav.releases')}
        columns={columns}
        fields={fields}
        fetch={api.releases}
        id={(k) => k.name}
        title={(k) => k.name}
        side={(name) => <One name={name} />}
        empty={<Empty icon={PackageCheck} title={t('release.empty')} text={t('release.emptyText')} />}
      />
    </Page>
  );
}

const example = `patient PID-3 pseudonym
sex PID-8 code
age PID-7 age
test OBX-3 code
value OBX-5 number
observed OBX-14 shift`;

const forms = ['pseudonym', 'code', 'number', 'shift', 'year', 'age', 'postcode'] as const;

/** fieldsOf reads lines of a name, a place and a form. */
function fieldsOf(text: string) {
  return text
    .split('\n')
    .map((line) => line.trim().split(/\s+/))
    .filter((words) => words[0])
    .map(([name = '', from = '', as = '']) => ({ name, from, as: forms.find((f) => f === as) ?? 'pseudonym' }));
}

const words = (text: string) => text.split(/[\s,]+/).filter(Boolean);

/** Define writes a release down: what leaves, for whom and for what. */
function Define() {
  const { t } = useWords();
  const client = useQueryClient();
  const [name, setName] = useState('');
  const [recipient, setRecipient] = useState('');
  const [purpose, setPurpose] = useState('');
  const [channels, setChannels] = useState('');
  const [columns, setColumns] = useState(example);
  const [quasi, setQuasi] = useState('sex age');
  const save = useMutation({
    mutationFn: () =>
      api.putRelease(name, { name, version: 0, recipient, purpose, channels: words(channels), columns: fieldsOf(columns), quasiIdentifiers: words(quasi), smallestGroup: 5, shiftDays: 365, format: 'parquet' }),
    onSuccess: () => client.invalidateQueries(),
  });
  return (
    <details className="card">
      <summary>{t('release.define')}</summary>
      <div className="stack">
        <div className="row">
          <TextInput label={t('col.name')} value={name} onChange={(e) => setName(e.currentTarget.value)} />
          <TextInput className="grow" label={t('release.recipient')} value={recipient} onChange={(e) => setRecipient(e.currentTarget.value)} />
          <TextInput className="grow" label={t('editor.purpose')} value={purpose} onChange={(e) => setPurpose(e.currentTarget.value)} />
        </div>
        <TextInput label={t('nav.channels')} value={channels} onChange={(e) => setChannels(e.currentTarget.value)} />
        <Textarea className="mono" label={t('release.fields')} autosize minRows={4} value={columns} onChange={(e) => setColumns(e.currentTarget.value)} />
        <TextInput label={t('release.quasi')} value={quasi} onChange={(e) => setQuasi(e.currentTarget.value)} />
        <div className="row">
          <Button variant="default" disabled={!name || !recipient || !purpose || !channels} loading={save.isPending} onClick={() => save.mutate()}>
            {t('act.save')}
          </Button>
        </div>
        {save.error ? <Failed error={save.error} /> : null}
      </div>
    </details>
  );
}

function One({ name }: { name: string }) {
  const { t, word } = useWords();
  const may = useMay();
  const client = useQueryClient();
  const asked = useQuery({ queryKey: ['release', name], queryFn: ({ signal }) => api.release(name, signal) });
  const done = useQuery({ queryKey: ['released', name], queryFn: ({ signal }) => api.released(name, signal), refetchInterval: 5000 });
  const [from, setFrom] = useState('');
  const again = { onSuccess: () => client.invalidateQueries() };
  const agree = useMutation({ mutationFn: (version: number) => api.agreeRelease(name, version), ...again });
  const run = useMutation({ mutationFn: (dryRun: boolean) => api.runRelease(name, { from: `${from}T00:00:00Z`, dryRun }), ...again });
  const failed = agree.error ?? run.error;
  return (
    <Loaded of={asked} rows={6}>
      {(k) => (
        <div className="stack">
          <p>
            {word('releaseState', k.state)} {k.recipient}: {k.purpose}
          </p>
          <ul>
            {list(k.columns).map((c) => (
              <li key={c.name}>
                {c.name}: <span className="mono">{c.from}</span> {word('form', c.as)}
              </li>
            ))}
          </ul>
          {k.state === 'draft' && may('release:agree') ? (
            <Button variant="default" loading={agree.isPending} onClick={() => agree.mutate(k.version)}>
              {t('datarecall.agree')}
            </Button>
          ) : null}
          {may('release:run') ? (
            <div className="row">
              <TextInput type="date" label={t('datarecall.from')} value={from} onChange={(e) => setFrom(e.currentTarget.value)} />
              <Button variant="default" disabled={!from} loading={run.isPending && run.variables} onClick={() => run.mutate(true)}>
                {t('release.measure')}
              </Button>
              <Button disabled={!from || k.state !== 'agreed'} loading={run.isPending && !run.variables} onClick={() => run.mutate(false)}>
                {t('release.run')}
              </Button>
            </div>
          ) : null}
          {failed ? <Failed error={failed} /> : null}
          {run.data?.risk.groups ? <Risk of={run.data} /> : null}
          <h3>{t('release.done')}</h3>
          {list(done.data?.items).map((d) => (
            <section key={d.id}>
              <When at={d.at} /> <Risk of={d} />
              <ul className="dim">
                {list(d.method).map((m) => (
                  <li key={m}>{m}</li>
                ))}
              </ul>
              {may('release:run') ? (
                <a href={`/api/v1/released/${d.id}/file`} download>
                  {t('release.file')}
                </a>
              ) : null}
            </section>
          ))}
        </div>
      )}
    </Loaded>
  );
}

function Risk({ of }: { of: Released }) {
  const { t, number, percent } = useWords();
  return (
    <Note kind={of.risk.smallestGroup < 5 ? 'warn' : 'good'}>
      {t('release.risk', { rows: number(of.rows), patients: number(of.risk.patients), k: number(of.risk.smallestGroup), risk: percent(of.risk.highestRisk), left: number(of.suppressed) })}
    </Note>
  );
}
