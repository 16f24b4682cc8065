import { Button, NumberInput, TextInput, Textarea } from '@mantine/core';
import { useQuery } from '@tanstack/react-query';
import { CalendarClock } from 'lucide-react';
import { type FormEvent, useMemo, useState } from 'react';
import { api } from '../api/calls';
import { list, type PatchOrder } from '../api/types';
import { useAct } from '../look/act';
import { KevMark, SeverityMark, When, Told } from '../look/marks';
import { Page } from '../look/Page';
import { Empty, Failed, Loaded, Note } from '../look/states';
import type { Field } from '../query/grammar';
import { useMay } from '../shell/session';
import type { Column } from '../table/column';
import { DataTable } from '../table/DataTable';
import { type Speaker, useWords } from '../words/words';
import { Month } from './Month';

const parties = ['it', 'clinical-engineering', 'unit'] as const;
const rights = { it: 'patch:agree-it', 'clinical-engineering': 'patch:agree-engineering', unit: 'patch:agree-unit' } as const;

const fields: readonly Field[] = [
  { name: 'unit', kind: 'text' },
  { name: 'site', kind: 'text' },
  { name: 'class', kind: 'text' },
  { name: 'stage', kind: 'word', values: ['proposed', 'booked', 'done', 'verified', 'exception', 'cancelled'] },
  { name: 'means', kind: 'word', values: ['vendor', 'remote', 'hospital', 'automatic', 'not-stated'] },
  { name: 'severity', kind: 'word', values: ['critical', 'high', 'medium', 'low', 'none', 'unknown'] },
];

function columnsOf({ t, number, word }: Speaker): Column<PatchOrder>[] {
  return [
    { id: 'unit', header: t('col.unit'), width: 110, sort: 'unit', cell: (o) => o.unit || t('word.unknown'), text: (o) => o.unit },
    { id: 'model', header: t('attribute.model'), width: 220, weight: 1.5, cell: (o) => `${o.model.manufacturer} ${o.model.model} ${o.model.version}`, text: (o) => `${o.model.manufacturer} ${o.model.model} ${o.model.version}` },
    {
      id: 'severity',
      header: t('col.severity'),
      width: 130,
      sort: 'severity',
      cell: (o) => (
        <span className="row">
          <SeverityMark of={o.severity} />
          {o.kev ? <KevMark /> : null}
        </span>
      ),
      text: (o) => o.severity,
    },
    { id: 'devices', header: t('home.devices'), width: 80, weight: 0.3, right: true, cell: (o) => number(list(o.devices).length), text: (o) => String(list(o.devices).length) },
    { id: 'spare', header: t('patch.atOnce'), width: 90, weight: 0.3, right: true, cell: (o) => number(o.spare), text: (o) => String(o.spare) },
    { id: 'means', header: t('patch.means'), width: 160, sort: 'means', cell: (o) => <span title={o.meansReason}>{word('patchword', o.means)}</span>, text: (o) => o.means },
    { id: 'first', header: t('patch.first'), width: 185, cell: (o) => <When at={list(o.windows)[0]?.from} />, text: (o) => list(o.windows)[0]?.from ?? '' },
    { id: 'stage', header: t('purchase.stage'), width: 130, sort: 'stage', cell: (o) => <span className="chip">{word('patchword', o.stage)}</span>, text: (o) => o.stage },
  ];
}

/** Patches plans when devices are mended. */
export function Patches() {
  const words = useWords();
  const { t } = words;
  const columns = useMemo(() => columnsOf(words), [words]);
  const [planning, setPlanning] = useState(false);
  const [calendar, setCalendar] = useState(false);
  const allowed = useMay()('patch:plan');
  return (
    <Page
      full
      title={t('nav.patches')}
      text={t('patch.text')}
      actions={
        <div className="row">
          <Button variant="default" aria-pressed={calendar} onClick={() => setCalendar(!calendar)}>
            {t('patch.calendar')}
          </Button>
          <Button disabled={!allowed} aria-expanded={planning} onClick={() => setPlanning(!planning)}>
            {t('patch.plan')}
          </Button>
        </div>
      }
    >
      {planning && allowed ? <PlanForm done={() => setPlanning(false)} /> : null}
      {calendar ? <CalendarView /> : null}
      <DataTable
        name="patches"
        label={t('nav.patches')}
        columns={columns}
        fields={fields}
        fetch={api.patches}
        id={(o) => o.id}
        title={(o) => `${o.model.model} · ${o.unit}`}
        side={(_, o) => (o ? <OrderPanel key={o.id + o.version} of={o} /> : null)}
        empty={<Empty icon={CalendarClock} title={t('patch.empty')} text={t('patch.emptyText')} />}
      />
    </Page>
  );
}

function CalendarView() {
  const { t } = useWords();
  const asked = useQuery({ queryKey: ['list', 'patches', 'calendar'], queryFn: ({ signal }) => api.patches({ limit: 500 }, signal) });
  const act = useAct();
  const [made, setMade] = useState('');
  const allowed = useMay()('patch:plan');
  return (
    <section className="card stack">
      <Loaded of={asked} rows={6}>
        {(p) => <Month of={list(p.items).filter((o) => o.stage !== 'cancelled' && o.stage !== 'exception')} />}
      </Loaded>
      {act.error ? <Failed error={act.error} /> : null}
      {made ? (
        <Note>
          {t('patch.address')} <code className="block">{new URL(made, window.location.origin).href}</code>
        </Note>
      ) : (
        <div>
          <Button
            variant="default"
            disabled={!allowed}
            loading={act.busy}
            onClick={() =>
              void act.run(async () => {
                setMade((await api.openCalendar({ name: 'Bedrail' })).path);
              })
            }
          >
            {t('patch.subscribe')}
          </Button>
        </div>
      )}
    </section>
  );
}

function PlanForm({ done }: { done: () => void }) {
  const { t } = useWords();
  const act = useAct(['list', 'patches']);
  const [v, setV] = useState({ unit: '', model: '', days: 28, hours: 2, workFrom: 7, workTo: 17, technicians: 0 });
  const submit = (e: FormEvent) => {
    e.preventDefault();
    void act.run(() => api.proposePatches(v)).then((ok) => ok && done());
  };
  const number = (name: 'days' | 'hours' | 'workFrom' | 'workTo' | 'technicians', most: number, label: string) => (
    <NumberInput size="sm" min={name === 'workFrom' || name === 'technicians' ? 0 : 1} max={most} label={label} value={v[name]} onChange={(n) => setV({ ...v, [name]: Number(n) })} />
  );
  return (
    <form className="card stack" onSubmit={submit}>
      <h2>{t('patch.plan')}</h2>
      <Note>{t('patch.promise')}</Note>
      {act.error ? <Failed error={act.error} /> : null}
      <div className="row">
        <TextInput label={t('col.unit')} value={v.unit} onChange={(e) => setV({ ...v, unit: e.currentTarget.value })} />
        <TextInput label={t('attribute.model')} value={v.model} onChange={(e) => setV({ ...v, model: e.currentTarget.value })} />
        {number('days', 180, t('patch.days'))}
        {number('hours', 72, t('patch.hours'))}
        {number('workFrom', 23, t('patch.workFrom'))}
        {number('workTo', 24, t('patch.workTo'))}
        {number('technicians', 10000, t('patch.technicians'))}
      </div>
      <div>
        <Button type="submit" size="sm" loading={act.busy}>
          {t('patch.propose')}
        </Button>
      </div>
    </form>
  );
}

function OrderPanel({ of: o }: { of: PatchOrder }) {
  const { t, word, number } = useWords();
  const act = useAct(['list', 'patches']);
  const may = useMay();
  const open = o.stage === 'proposed' || o.stage === 'booked';
  return (
    <div className="stack">
      {act.error ? <Failed error={act.error} /> : null}
      <p>
        {word('patchword', o.means)}: <span className="dim">{o.meansReason}</span>
      </p>
      {o.why ? <Note kind="warn"><Told of={o.why} /></Note> : null}
      <p className="mono">{list(o.weaknesses).join(', ')}</p>
      <h3>{t('patch.windows')}</h3>
      <ul className="bare stack tight">
        {list(o.windows).map((w) => (
          <li key={w.from}>
            <When at={w.from} /> – <When at={w.until} />
            <div className="dim">{w.explained}</div>
          </li>
        ))}
        {list(o.windows).length === 0 ? <li className="dim">{t('patch.noWindow')}</li> : null}
      </ul>
      <h3>{t('patch.consent')}</h3>
      <ul className="bare stack tight">
        {parties.map((party) => {
          const said = list(o.consents).find((c) => c.party === party);
          return (
            <li key={party} className="row">
              <span className="grow">
                {word('patchword', party)}: {said ? `${t(said.agree ? 'patch.agrees' : 'patch.disagrees')} · ${said.by}` : t('patch.silent')}
              </span>
              {open && may(rights[party]) ? (
                <>
                  <Button disabled={act.busy} onClick={() => void act.run(() => api.agreePatch(o.id, party, true))}>
                    {t('purchase.agree')}
                  </Button>
                  <Button variant="default" disabled={act.busy} onClick={() => void act.run(() => api.agreePatch(o.id, party, false))}>
                    {t('purchase.refuse')}
                  </Button>
                </>
              ) : null}
            </li>
          );
        })}
      </ul>
      <h3>{t('patch.verified', { n: number(o.verifiedCount), of: number(list(o.devices).length) })}</h3>
      <ul className="bare stack tight">
        {list(o.devices).map((d) => (
          <li key={d.id} className="row">
            <span className="grow">{d.name}</span>
            <span className="mono dim">
              {d.was || '?'}
              {d.is ? ` → ${d.is}` : ''}
              {d.evidence ? ` (${d.evidence})` : ''}
            </span>
          </li>
        ))}
      </ul>
      {o.exception ? (
        <Note>
          {t('patch.excepted', { day: o.exception.expires, by: o.exception.by })}: {o.exception.reason} · {o.exception.control}
        </Note>
      ) : null}
      {may('patch:plan') && o.stage !== 'verified' && o.stage !== 'cancelled' ? <ExceptForm of={o} /> : null}
      {may('patch:plan') ? (
        <div className="row">
          {o.stage === 'booked' ? (
            <Button variant="default" disabled={act.busy} onClick={() => void act.run(() => api.setPatch(o.id, 'done'))}>
              {t('patch.done')}
            </Button>
          ) : null}
          {o.stage !== 'cancelled' && o.stage !== 'verified' ? (
            <Button variant="subtle" color="gray" disabled={act.busy} onClick={() => void act.run(() => api.setPatch(o.id, 'cancelled'))}>
              {t('patch.cancel')}
            </Button>
          ) : null}
        </div>
      ) : null}
    </div>
  );
}

function ExceptForm({ of: o }: { of: PatchOrder }) {
  const { t } = useWords();
  const act = useAct(['list', 'patches']);
  const [v, setV] = useState({ reason: '', control: '', expires: '' });
  const submit = (e: FormEvent) => {
    e.preventDefault();
    void act.run(() => api.exceptPatch(o.id, v.reason, v.control, v.expires));
  };
  return (
    <details>
      <summary>{t('patch.except')}</summary>
      <form className="stack tight" onSubmit={submit}>
        {act.error ? <Failed error={act.error} /> : null}
        <Textarea required label={t('patch.whyNone')} value={v.reason} onChange={(e) => setV({ ...v, reason: e.currentTarget.value })} />
        <Textarea required label={t('patch.control')} value={v.control} onChange={(e) => setV({ ...v, control: e.currentTarget.value })} />
        <TextInput required type="date" label={t('purchase.until')} value={v.expires} onChange={(e) => setV({ ...v, expires: e.currentTarget.value })} />
        <div>
          <Button type="submit" variant="default" loading={act.busy}>
            {t('patch.except')}
          </Button>
        </div>
      </form>
    </details>
  );
}
