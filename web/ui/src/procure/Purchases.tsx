import { Button, TextInput } from '@mantine/core';
import { useNavigate, useSearch } from '@tanstack/react-router';
import { ShoppingCart } from 'lucide-react';
import { type FormEvent, useMemo, useState } from 'react';
import { api } from '../api/calls';
import type { Purchase } from '../api/types';
import { useAct } from '../look/act';
import { Link } from '../look/Link';
import { When } from '../look/marks';
import { Page } from '../look/Page';
import { Empty, Failed, Note } from '../look/states';
import type { Field } from '../query/grammar';
import { useMay } from '../shell/session';
import type { Column } from '../table/column';
import { DataTable } from '../table/DataTable';
import { type Speaker, useWords } from '../words/words';
import { VerdictChip } from './Verdict';

const fields: readonly Field[] = [
  { name: 'title', kind: 'text' },
  { name: 'unit', kind: 'text' },
  { name: 'stage', kind: 'word', values: ['open', 'awaiting-second', 'approved', 'declined', 'closed'] },
  { name: 'by', kind: 'text' },
];

function columnsOf({ t, number, word }: Speaker): Column<Purchase>[] {
  return [
    { id: 'title', header: t('col.title'), width: 200, weight: 1.5, sort: 'title', cell: (p) => p.title, text: (p) => p.title },
    { id: 'model', header: t('attribute.model'), width: 200, cell: (p) => `${p.model.manufacturer} ${p.model.model} ${p.model.version}`, text: (p) => `${p.model.manufacturer} ${p.model.model} ${p.model.version}` },
    { id: 'stage', header: t('purchase.stage'), width: 150, sort: 'stage', cell: (p) => <span className="chip">{word('stage', p.stage)}</span>, text: (p) => p.stage },
    { id: 'verdict', header: t('purchase.verdict'), width: 170, cell: (p) => <VerdictChip of={p.assessment.verdict} />, text: (p) => p.assessment.verdict },
    { id: 'score', header: t('purchase.score'), width: 80, weight: 0.3, right: true, cell: (p) => number(p.assessment.score), text: (p) => String(p.assessment.score) },
    { id: 'unit', header: t('col.unit'), width: 110, sort: 'unit', cell: (p) => p.unit ?? '', text: (p) => p.unit ?? '' },
    { id: 'at', header: t('purchase.assessed'), width: 160, cell: (p) => <When at={p.assessment.at} relative />, text: (p) => p.assessment.at },
  ];
}

/** Purchases lists what is to be bought, and was. */
export function Purchases() {
  const words = useWords();
  const { t } = words;
  const columns = useMemo(() => columnsOf(words), [words]);
  const search: Record<string, unknown> = useSearch({ strict: false });
  const [asking, setAsking] = useState(typeof search['model'] === 'string');
  const allowed = useMay()('procure:write');
  return (
    <Page
      full
      title={t('nav.purchases')}
      text={t('purchase.text')}
      actions={
        <div className="row">
          <Link href="/import?kind=mds2">{t('purchase.importMDS2')}</Link>
          <Button disabled={!allowed} onClick={() => setAsking(!asking)} aria-expanded={asking}>
            {t('purchase.open')}
          </Button>
        </div>
      }
    >
      {asking && allowed ? <OpenForm manufacturer={typeof search['maker'] === 'string' ? search['maker'] : ''} model={typeof search['model'] === 'string' ? search['model'] : ''} /> : null}
      <DataTable
        name="purchases"
        label={t('nav.purchases')}
        columns={columns}
        fields={fields}
        fetch={api.purchases}
        id={(p) => p.id}
        title={(p) => p.title}
        href={(p) => `/purchases/${encodeURIComponent(p.id)}`}
        empty={<Empty icon={ShoppingCart} title={t('purchase.empty')} text={t('purchase.emptyText')} />}
      />
    </Page>
  );
}

function OpenForm({ manufacturer, model }: { manufacturer: string; model: string }) {
  const { t } = useWords();
  const act = useAct(['list', 'purchases']);
  const navigate = useNavigate();
  const [v, setV] = useState({ manufacturer, model, softwareVersion: '', title: '', unit: '', quantity: '1', years: '10', starts: '' });
  const set = (name: keyof typeof v) => (e: { currentTarget: { value: string } }) => setV({ ...v, [name]: e.currentTarget.value });
  const submit = (e: FormEvent) => {
    e.preventDefault();
    void act.run(async () => {
      const p = await api.openPurchase({ manufacturer: v.manufacturer, model: v.model, softwareVersion: v.softwareVersion, title: v.title, unit: v.unit, quantity: Number(v.quantity) || 0, years: Number(v.years) || 0, starts: v.starts });
      await navigate({ to: '/purchases/$id', params: { id: p.id } });
    });
  };
  return (
    <form className="card stack" onSubmit={submit}>
      <h2>{t('purchase.open')}</h2>
      <Note>{t('purchase.rests')}</Note>
      {act.error ? <Failed error={act.error} /> : null}
      <div className="row">
        <TextInput required label={t('attribute.manufacturer')} value={v.manufacturer} onChange={set('manufacturer')} />
        <TextInput required label={t('attribute.model')} value={v.model} onChange={set('model')} />
        <TextInput label={t('attribute.softwareVersion')} value={v.softwareVersion} onChange={set('softwareVersion')} />
        <TextInput label={t('col.title')} value={v.title} onChange={set('title')} />
        <TextInput label={t('col.unit')} value={v.unit} onChange={set('unit')} />
        <TextInput type="number" min={0} label={t('purchase.quantity')} value={v.quantity} onChange={set('quantity')} />
        <TextInput type="date" label={t('purchase.starts')} value={v.starts} onChange={set('starts')} />
        <TextInput type="number" min={0} max={40} label={t('purchase.years')} value={v.years} onChange={set('years')} />
      </div>
      <div>
        <Button type="submit" size="sm" loading={act.busy}>
          {t('purchase.assess')}
        </Button>
      </div>
    </form>
  );
}
