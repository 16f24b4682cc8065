import { Button, TextInput, Textarea } from '@mantine/core';
import { useQuery } from '@tanstack/react-query';
import { useParams } from '@tanstack/react-router';
import { type FormEvent, useState } from 'react';
import { api } from '../api/calls';
import { list, type Purchase, type PurchaseReason } from '../api/types';
import { type Acting, useAct } from '../look/act';
import { Documents } from '../lifecycle/Documents';
import { When, Told } from '../look/marks';
import { Page } from '../look/Page';
import { Failed, Loaded, Note } from '../look/states';
import { useMay } from '../shell/session';
import { useWords } from '../words/words';
import { VerdictChip } from './Verdict';

/** PurchasePage is one purchase with every reason, and what can be decided. */
export function PurchasePage() {
  const { id = '' }: { id?: string } = useParams({ strict: false });
  const asked = useQuery({ queryKey: ['purchase', id], queryFn: ({ signal }) => api.purchase(id, signal) });
  return (
    <Loaded of={asked} rows={12}>
      {(p) => <Shown of={p} />}
    </Loaded>
  );
}

function Shown({ of: p }: { of: Purchase }) {
  const { t, word, number } = useWords();
  const act = useAct(['purchase', p.id], ['list', 'purchases']);
  const may = useMay();
  const reasons = list(p.assessment.reasons);
  return (
    <Page
      title={p.title}
      text={
        <span className="row">
          <VerdictChip of={p.assessment.verdict} />
          <span className="chip">{word('stage', p.stage)}</span>
          <span>
            {p.model.manufacturer} {p.model.model} {p.model.version}
          </span>
          <span className="num">{t('purchase.of100', { n: number(p.assessment.score) })}</span>
        </span>
      }
      actions={
        <Button variant="default" disabled={!may('procure:write')} loading={act.busy} onClick={() => void act.run(() => api.assessPurchase(p.id))}>
          {t('purchase.again')}
        </Button>
      }
    >
      {act.error ? <Failed error={act.error} /> : null}
      <p>
        <Told of={p.assessment.summary} /> <span className="dim">({p.assessment.policy})</span>
      </p>
      <Reasons of={reasons.filter((r) => !r.met)} purchase={p} act={act} title={t('purchase.against')} />
      <div className="grid2">
        <Decision of={p} act={act} />
        <section className="card stack tight">
          <h2>{t('purchase.clauses')}</h2>
          {list(p.assessment.clauses).length === 0 ? <p className="dim">{t('purchase.noClauses')}</p> : null}
          <ul className="bare stack tight">
            {list(p.assessment.clauses).map((c) => (
              <li key={c.name}>
                <Told of={c.text} />
                <div className="mono dim">{list(c.rules).join(', ')}</div>
              </li>
            ))}
          </ul>
        </section>
      </div>
      <Changes of={p} />
      <Reasons of={reasons.filter((r) => r.met)} title={t('purchase.met')} />
      <section className="card">
        <Documents subject={p.id} />
      </section>
    </Page>
  );
}

function Reasons({ of, title, purchase, act }: { of: PurchaseReason[]; title: string; purchase?: Purchase; act?: Acting }) {
  const { t, word } = useWords();
  const may = useMay();
  const [open, setOpen] = useState('');
  if (of.length === 0) return null;
  return (
    <section className="card">
      <h2>{title}</h2>
      {/* eslint-disable-next-line jsx-a11y/no-noninteractive-tabindex -- it scrolls */}
      <div className="scrollx" tabIndex={0} role="region" aria-label={title}>
        <table className="plain">
          <thead>
            <tr>
              <th scope="col">{t('purchase.demand')}</th>
              <th scope="col">{t('purchase.rule')}</th>
              <th scope="col">{t('col.reason')}</th>
              {purchase ? <th scope="col">{t('purchase.deviation')}</th> : null}
            </tr>
          </thead>
          <tbody>
            {of.map((r) => (
              <tr key={r.rule}>
                <td>{word('stage', r.demand)}</td>
                <td className="mono">{r.rule}</td>
                <td><Told of={r.text} /></td>
                {purchase && act ? (
                  <td>
                    {r.accepted ? (
                      t('purchase.acceptedBy', { by: r.accepted.by, day: r.accepted.expires })
                    ) : open === r.rule ? (
                      <AcceptForm rule={r.rule} purchase={purchase} act={act} close={() => setOpen('')} />
                    ) : may('procure:decide') ? (
                      <Button variant="subtle" onClick={() => setOpen(r.rule)}>
                        {t('purchase.accept')}
                      </Button>
                    ) : null}
                  </td>
                ) : null}
              </tr>
            ))}
          </tbody>
        </table>
      </div>
    </section>
  );
}

function AcceptForm({ rule, purchase, act, close }: { rule: string; purchase: Purchase; act: Acting; close: () => void }) {
  const { t } = useWords();
  const [reason, setReason] = useState('');
  const [expires, setExpires] = useState('');
  const submit = (e: FormEvent) => {
    e.preventDefault();
    void act.run(() => api.acceptDeviation(purchase.id, rule, reason, expires)).then((ok) => ok && close());
  };
  return (
    <form className="stack tight" onSubmit={submit}>
      <TextInput required label={t('col.reason')} value={reason} onChange={(e) => setReason(e.currentTarget.value)} data-autofocus />
      <TextInput required type="date" label={t('purchase.until')} value={expires} onChange={(e) => setExpires(e.currentTarget.value)} />
      <div className="row">
        <Button type="submit" loading={act.busy}>
          {t('purchase.accept')}
        </Button>
        <Button variant="subtle" onClick={close}>
          {t('act.cancel')}
        </Button>
      </div>
    </form>
  );
}

function Decision({ of: p, act }: { of: Purchase; act: Acting }) {
  const { t, word } = useWords();
  const allowed = useMay()('procure:decide');
  const [reason, setReason] = useState('');
  const d = p.decision;
  return (
    <section className="card stack">
      <h2>{t('purchase.decision')}</h2>
      {d ? (
        <>
          <p>
            {word('stage', d.choice)} · {d.by} · <When at={d.at} /> {d.second ? `· ${t('purchase.secondBy', { by: d.second })}` : ''}
          </p>
          <p>{d.reason}</p>
          {d.note ? (
            <details>
              <summary>{t('purchase.signed')}</summary>
              <code className="block">{d.note}</code>
            </details>
          ) : null}
        </>
      ) : null}
      {p.stage === 'awaiting-second' ? (
        <>
          <Note kind="warn">{t('purchase.needsSecond')}</Note>
          <div className="row">
            <Button disabled={!allowed || act.busy} onClick={() => void act.run(() => api.secondPurchase(p.id, true))}>
              {t('purchase.agree')}
            </Button>
            <Button variant="default" disabled={!allowed || act.busy} onClick={() => void act.run(() => api.secondPurchase(p.id, false))}>
              {t('purchase.refuse')}
            </Button>
          </div>
        </>
      ) : p.stage !== 'closed' ? (
        <>
          <Textarea label={t('col.reason')} value={reason} onChange={(e) => setReason(e.currentTarget.value)} />
          <div className="row">
            <Button disabled={!allowed || act.busy || !reason.trim()} onClick={() => void act.run(() => api.decidePurchase(p.id, 'approved', reason))}>
              {t('purchase.approve')}
            </Button>
            <Button variant="default" disabled={!allowed || act.busy || !reason.trim()} onClick={() => void act.run(() => api.decidePurchase(p.id, 'declined', reason))}>
              {t('purchase.decline')}
            </Button>
          </div>
        </>
      ) : null}
      {allowed ? null : <Note>{t('state.needs', { action: 'procure:decide' })}</Note>}
    </section>
  );
}

function Changes({ of: p }: { of: Purchase }) {
  const { t, word, number } = useWords();
  if (list(p.changes).length === 0) return null;
  return (
    <section className="card stack">
      <h2>{t('purchase.changes')}</h2>
      {list(p.changes)
        .slice(0, 10)
        .map((c) => (
          <div key={c.at} className="stack tight">
            <h3>
              <When at={c.at} />: {word('stage', c.from)} {number(c.was)} → {word('stage', c.to)} {number(c.score)}
            </h3>
            <ul>
              {list(c.worse).map((x) => (
                <li key={x}>{t('purchase.worse', { what: x })}</li>
              ))}
              {list(c.better).map((x) => (
                <li key={x}>{t('purchase.better', { what: x })}</li>
              ))}
            </ul>
          </div>
        ))}
    </section>
  );
}
