import { Button, NativeSelect, NumberInput, Textarea, TextInput } from '@mantine/core';
import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import { PackageCheck } from 'lucide-react';
import { type ChangeEvent, useMemo, useState } from 'react';
import { api } from '../api/calls';
import { type Kept, list, type Released } from '../api/types';
import { Told, When } from '../look/marks';
import { Page } from '../look/Page';
import { Empty, Failed, Loaded, Note } from '../look/states';
import type { Field } from '../query/grammar';
import { useMay } from '../shell/session';
import type { Column } from '../table/column';
import { DataTable } from '../table/DataTable';
import { type Speaker, useWords } from '../words/words';
import css from './exchange.module.css';

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
    { id: 'last', header: t('release.last'), width: 180, cell: (k) => (k.lastRun ? <When at={k.lastRun} relative /> : ''), text: (k) => k.lastRun ?? '' },
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

const examples = {
  'HL7 v2': `patient PID-3 pseudonym
sex PID-8 code
age PID-7 age
test OBX-3 code
value OBX-5 number
observed OBX-14 shift`,
  FHIR: `patient Observation.subject pseudonym
sex Patient.gender code
age Patient.birthDate age
test Observation.code code
value Observation.valueQuantity.value number
observed Observation.effectiveDateTime|Observation.effectivePeriod.start shift`,
} as const;

type Wanted = Parameters<typeof api.putRelease>[1];
type Named = NonNullable<Wanted['columns']>[number];

const forms: readonly Named['as'][] = ['pseudonym', 'code', 'number', 'shift', 'year', 'age', 'postcode'];

/** fieldsOf reads lines of a name, a place and a form; wrong is the first line that is none. */
function fieldsOf(text: string): { columns: Named[]; wrong?: string } {
  const columns: Named[] = [];
  for (const line of text.split('\n')) {
    const at = line.trim().split(/\s+/);
    if (!at[0]) continue;
    const as = forms.find((f) => f === at.at(-1));
    if (at.length < 3 || !as) return { columns, wrong: line.trim() };
    columns.push({ name: at[0], from: at.slice(1, -1).join(''), as });
  }
  return { columns };
}

const words = (text: string) => text.split(/[\s,]+/).filter(Boolean);

/** A Wish is a definition as it stands in the fields of the form. */
interface Wish {
  name: string;
  version: number;
  recipient: string;
  purpose: string;
  steward: string;
  channels: string;
  types: string;
  columns: string;
  quasi: string;
  smallest: number | string;
  shift: number | string;
  format: Wanted['format'];
}

const fresh: Wish = { name: '', version: 0, recipient: '', purpose: '', steward: '', channels: '', types: '', columns: examples['HL7 v2'], quasi: 'sex age', smallest: 5, shift: 365, format: 'parquet' };

function wishOf(k: Kept): Wish {
  const lines = list(k.columns).map((c) => `${c.name} ${c.from} ${c.as}`);
  return { ...fresh, ...k, steward: k.steward ?? '', channels: list(k.channels).join(' '), types: list(k.types).join(' '), columns: lines.join('\n'), quasi: list(k.quasiIdentifiers).join(' '), smallest: k.smallestGroup, shift: k.shiftDays };
}

/** Define writes a release down, or changes the one of that name: what leaves, for whom and for what. */
function Define() {
  const { t, word } = useWords();
  const client = useQueryClient();
  const [wish, setWish] = useState(fresh);
  const set = (part: Partial<Wish>) => setWish((w) => ({ ...w, ...part }));
  const text = (key: 'recipient' | 'purpose' | 'steward' | 'channels' | 'types' | 'quasi') => ({ value: wish[key], onChange: (e: ChangeEvent<HTMLInputElement>) => set({ [key]: e.currentTarget.value }) });
  const read = fieldsOf(wish.columns);
  const save = useMutation({
    mutationFn: () => {
      const { name, version, recipient, purpose, steward, format } = wish;
      const more = { channels: words(wish.channels), types: words(wish.types), columns: read.columns, quasiIdentifiers: words(wish.quasi), smallestGroup: Number(wish.smallest), shiftDays: Number(wish.shift) };
      return api.putRelease(name, { name, version, recipient, purpose, steward, format, ...more });
    },
    onSuccess: (k) => {
      set({ version: k.version });
      return client.invalidateQueries();
    },
  });
  const load = useMutation({ mutationFn: () => api.release(wish.name), onSuccess: (k) => setWish(wishOf(k)) });
  const failed = save.error ?? load.error;
  return (
    <details className="card">
      <summary>{t('release.define')}</summary>
      <div className="stack">
        <div className="row">
          <TextInput label={t('col.name')} value={wish.name} onChange={(e) => set({ name: e.currentTarget.value, version: 0 })} />
          <TextInput className="grow" label={t('release.recipient')} {...text('recipient')} />
          <TextInput className="grow" label={t('editor.purpose')} {...text('purpose')} />
          <TextInput label={t('release.steward')} {...text('steward')} />
        </div>
        <div className="row">
          <TextInput className="grow" label={t('nav.channels')} {...text('channels')} />
          <TextInput className="grow" label={t('release.types')} placeholder="ORU^R01 Observation Bundle" {...text('types')} />
        </div>
        <Textarea
          classNames={{ input: 'mono' }}
          label={t('release.fields')}
          description={t('release.fieldsText')}
          autosize
          minRows={4}
          value={wish.columns}
          error={read.wrong ? t('release.wrongLine', { line: read.wrong, forms: forms.join(', ') }) : undefined}
          onChange={(e) => set({ columns: e.currentTarget.value })}
        />
        <div className="row">
          {(['HL7 v2', 'FHIR'] as const).map((kind) => (
            <Button key={kind} variant="subtle" size="compact-sm" onClick={() => set({ columns: examples[kind] })}>
              {t('release.example', { kind })}
            </Button>
          ))}
        </div>
        <Places />
        <div className="row">
          <TextInput className="grow" label={t('release.quasi')} {...text('quasi')} />
          <NumberInput label={t('release.smallest')} min={0} max={1000} value={wish.smallest} onChange={(smallest) => set({ smallest })} />
          <NumberInput label={t('release.shiftDays')} min={1} max={3650} value={wish.shift} onChange={(shift) => set({ shift })} />
          <NativeSelect label={t('col.format')} data={['parquet', 'ndjson']} value={wish.format} onChange={(e) => set({ format: e.currentTarget.value === 'ndjson' ? 'ndjson' : 'parquet' })} />
        </div>
        <div className="row">
          <Button variant="default" disabled={!wish.name || !wish.recipient || !wish.purpose || !wish.channels || read.wrong !== undefined} loading={save.isPending} onClick={() => save.mutate()}>
            {wish.version > 0 ? t('release.change', { version: wish.version }) : t('act.save')}
          </Button>
          <Button variant="subtle" disabled={!wish.name} loading={load.isPending} onClick={() => load.mutate()}>
            {t('release.load')}
          </Button>
        </div>
        {save.isSuccess ? <Note kind="good">{t('release.saved', { state: word('releaseState', save.data.state), version: save.data.version })}</Note> : null}
        {failed ? <Failed error={failed} /> : null}
      </div>
    </details>
  );
}

/** Places lists what may leave at all: what is not in it stays. */
function Places() {
  const { t, word } = useWords();
  const [open, setOpen] = useState(false);
  const asked = useQuery({ queryKey: ['release-places'], queryFn: ({ signal }) => api.releasePlaces({ limit: 500 }, signal), enabled: open });
  const all = list(asked.data?.items);
  const groups = [...new Set(all.map((p) => p.of))];
  return (
    <details onToggle={(e) => setOpen(e.currentTarget.open)}>
      <summary>{t('release.places')}</summary>
      {open ? (
        <Loaded of={asked} rows={4}>
          {() => (
            <dl className={css['places']}>
              {groups.map((of) => (
                <div key={of}>
                  <dt>{of}</dt>
                  {all
                    .filter((p) => p.of === of)
                    .map((p) => (
                      <dd key={p.from}>
                        <span className="mono">{p.from}</span>{' '}
                        {list(p.forms)
                          .map((f) => word('form', f))
                          .join(', ')}
                      </dd>
                    ))}
                </div>
              ))}
            </dl>
          )}
        </Loaded>
      ) : null}
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
  const [until, setUntil] = useState('');
  const [reason, setReason] = useState('');
  const again = { onSuccess: () => client.invalidateQueries() };
  const agree = useMutation({ mutationFn: (version: number) => api.agreeRelease(name, version), ...again });
  const run = useMutation({ mutationFn: (dryRun: boolean) => api.runRelease(name, { from: `${from}T00:00:00Z`, dryRun, ...(until ? { until: `${until}T23:59:59Z` } : {}) }), ...again });
  const forget = useMutation({ mutationFn: () => api.forgetReleaseKey(name, { reason }), ...again });
  const failed = agree.error ?? run.error ?? forget.error;
  return (
    <Loaded of={asked} rows={6}>
      {(k) => (
        <div className="stack">
          <p>
            {word('releaseState', k.state)} · {k.recipient}: {k.purpose}
          </p>
          <p className="dim">{t('release.of', { channels: list(k.channels).join(', '), types: list(k.types).join(', ') || t('release.allTypes') })}</p>
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
              <TextInput type="date" label={t('datarecall.until')} value={until} onChange={(e) => setUntil(e.currentTarget.value)} />
              <Button variant="default" disabled={!from} loading={run.isPending && run.variables} onClick={() => run.mutate(true)}>
                {t('release.measure')}
              </Button>
              <Button disabled={!from || k.state !== 'agreed'} loading={run.isPending && !run.variables} onClick={() => run.mutate(false)}>
                {t('release.run')}
              </Button>
            </div>
          ) : null}
          {failed ? <Failed error={failed} /> : null}
          {run.data && !run.data.job ? <Risk of={run.data} /> : null}
          {k.linkable && may('release:agree') ? (
            <details>
              <summary>{t('release.forget')}</summary>
              <p className="dim">{t('release.forgetText')}</p>
              <div className="row">
                <TextInput className="grow" label={t('col.reason')} value={reason} onChange={(e) => setReason(e.currentTarget.value)} />
                <Button color="red" variant="light" disabled={reason.length < 3} loading={forget.isPending} onClick={() => forget.mutate()}>
                  {t('release.forget')}
                </Button>
              </div>
            </details>
          ) : null}
          <h3>{t('release.done')}</h3>
          {done.data && list(done.data.items).length === 0 ? <p className="dim">{t('release.never')}</p> : null}
          {list(done.data?.items).map((d) => (
            <section key={d.id}>
              <When at={d.at} /> <Risk of={d} />
              <ul className="dim">
                {list(d.method).map((m) => (
                  <li key={m}><Told of={m} /></li>
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
      {t('release.read', { messages: number(of.messages), unread: number(of.unread), recalled: number(of.recalled), stopped: number(of.stopped) })}{' '}
      {t('release.risk', { rows: number(of.rows), patients: number(of.risk.patients), k: number(of.risk.smallestGroup), risk: percent(of.risk.highestRisk), left: number(of.suppressed) })}
    </Note>
  );
}
