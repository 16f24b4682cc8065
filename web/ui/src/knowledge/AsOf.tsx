import { Button, TextInput } from '@mantine/core';
import { useQuery } from '@tanstack/react-query';
import { useNavigate, useSearch } from '@tanstack/react-router';
import { History } from 'lucide-react';
import { type FormEvent, useState } from 'react';
import { address } from '../api/client';
import { api } from '../api/calls';
import { type AsOf, list } from '../api/types';
import { Link } from '../look/Link';
import { Blank, SeverityMark, VerdictMark, When } from '../look/marks';
import { Page } from '../look/Page';
import { Empty, Loaded, Note } from '../look/states';
import { useMay } from '../shell/session';
import { useWords } from '../words/words';

function text(of: unknown): string {
  return typeof of === 'string' ? of : '';
}

/** AsOfPage asks what was known on a day. */
export function AsOfPage() {
  const { t } = useWords();
  const search: Record<string, unknown> = useSearch({ strict: false });
  const navigate = useNavigate();
  const allowed = useMay()('knowledge:read');
  const asked = { day: text(search['day']), vulnerability: text(search['vulnerability']), model: text(search['model']), device: text(search['device']) };
  const [v, setV] = useState(asked);
  const submit = (e: FormEvent) => {
    e.preventDefault();
    void navigate({ to: '.', search: v });
  };
  return (
    <Page
      title={t('nav.asof')}
      text={t('asof.text')}
      actions={
        asked.day && allowed ? (
          <Button component="a" variant="default" href={address('/asof/page', asked)} download>
            {t('asof.page')}
          </Button>
        ) : null
      }
    >
      {allowed ? null : <Note kind="warn">{t('state.needs', { action: 'knowledge:read' })}</Note>}
      <form className="card row" onSubmit={submit}>
        <TextInput required type="date" label={t('asof.day')} value={v.day} onChange={(e) => setV({ ...v, day: e.currentTarget.value })} />
        <TextInput label={t('col.vulnerability')} placeholder="CVE-2021-33503" value={v.vulnerability} onChange={(e) => setV({ ...v, vulnerability: e.currentTarget.value })} />
        <TextInput label={t('attribute.model')} value={v.model} onChange={(e) => setV({ ...v, model: e.currentTarget.value })} />
        <TextInput label={t('col.device')} placeholder="dev_…" value={v.device} onChange={(e) => setV({ ...v, device: e.currentTarget.value })} />
        <Button type="submit" size="sm" disabled={!allowed}>
          {t('asof.ask')}
        </Button>
      </form>
      {asked.day && allowed ? <Answer {...asked} /> : <Empty icon={History} title={t('asof.empty')} text={t('asof.emptyText')} />}
    </Page>
  );
}

function Answer(asked: { day: string; vulnerability: string; model: string; device: string }) {
  const q = useQuery({ queryKey: ['asof', asked.day, asked.vulnerability, asked.model, asked.device], queryFn: ({ signal }) => api.asOf(asked, signal) });
  return (
    <Loaded of={q} rows={10}>
      {(v) => <View of={v} />}
    </Loaded>
  );
}

function View({ of: v }: { of: AsOf }) {
  const { t, number, date, word } = useWords();
  return (
    <>
      <div className="grid2">
        <section className="card">
          <h2>{t('asof.numbers')}</h2>
          <dl className="facts">
            <dt>{t('home.devices')}</dt>
            <dd className="num">{number(v.total.devices)}</dd>
            <dt>{t('nav.findings')}</dt>
            <dd className="num">{number(v.total.findings)}</dd>
            <dt>{t('home.affected')}</dt>
            <dd className="num">{number(v.total.affected)}</dd>
            <dt>{t('home.undecidable')}</dt>
            <dd className="num">{number(v.total.undecidable)}</dd>
            <dt>{t('nav.bills')}</dt>
            <dd className="num">{number(v.total.bills)}</dd>
            <dt>{t('asof.decisions')}</dt>
            <dd className="num">{number(v.total.decisions)}</dd>
            <dt>{t('nav.audit')}</dt>
            <dd className="num">{number(v.entries)}</dd>
          </dl>
        </section>
        <section className="card">
          <h2>{t('asof.limits')}</h2>
          <ul>
            {list(v.limits).map((l) => (
              <li key={l}>{l}</li>
            ))}
          </ul>
        </section>
      </div>
      <Then of={v} />
      <section className="card">
        <h2>{t('nav.findings')}</h2>
        {/* eslint-disable-next-line jsx-a11y/no-noninteractive-tabindex -- it scrolls */}
        <div className="scrollx" tabIndex={0} role="region" aria-label={t('nav.findings')}>
          <table className="plain">
            <thead>
              <tr>
                <th scope="col">{t('col.vulnerability')}</th>
                <th scope="col">{t('attribute.model')}</th>
                <th scope="col">{t('col.status')}</th>
                <th scope="col">{t('col.severity')}</th>
                <th scope="col">{t('ledger.state')}</th>
                <th scope="col" className="right">
                  {t('home.devices')}
                </th>
              </tr>
            </thead>
            <tbody>
              {list(v.findings)
                .slice(0, 200)
                .map((f) => (
                  <tr key={f.id}>
                    <td className="mono">{f.vulnerability}</td>
                    <td>
                      {f.model.manufacturer} {f.model.model} {f.model.version}
                    </td>
                    <td>
                      <VerdictMark of={f.status} />
                    </td>
                    <td>
                      <SeverityMark of={f.severity} />
                    </td>
                    <td>{word('work', f.state)}</td>
                    <td className="right">{number(f.devices)}</td>
                  </tr>
                ))}
            </tbody>
          </table>
        </div>
      </section>
      <section className="card">
        <h2>{t('asof.decisions')}</h2>
        <ul className="bare stack tight">
          {list(v.decisions).map((d) => (
            <li key={d.id}>
              <span className="mono">{d.vulnerability}</span> {word('work', d.state)} · {d.source} · <When at={d.at} /> {d.note}
            </li>
          ))}
          {list(v.decisions).length === 0 ? <li className="dim">{t('asof.none')}</li> : null}
        </ul>
      </section>
      <section className="card">
        <h2>{t('nav.feeds')}</h2>
        <ul className="bare stack tight">
          {list(v.feeds).map((f) => (
            <li key={f.name} className="row">
              <span className="grow">{f.name}</span>
              <span className="num">{number(f.records)}</span>
              <span className="dim">{date(f.importedAt)}</span>
            </li>
          ))}
          {list(v.feeds).length === 0 ? <li className="dim">{t('asof.noFeeds')}</li> : null}
        </ul>
      </section>
    </>
  );
}

/** Then shows devices as they were known on the day. */
function Then({ of: v }: { of: AsOf }) {
  const { t, date } = useWords();
  const devices = list(v.devices);
  if (devices.length === 0) return null;
  return (
    <section className="card">
      <h2>{t('asof.devices')}</h2>
      {/* eslint-disable-next-line jsx-a11y/no-noninteractive-tabindex -- it scrolls */}
      <div className="scrollx" tabIndex={0} role="region" aria-label={t('asof.devices')}>
        <table className="plain">
          <thead>
            <tr>
              <th scope="col">{t('col.device')}</th>
              <th scope="col">{t('attribute.model')}</th>
              <th scope="col">{t('attribute.softwareVersion')}</th>
              <th scope="col">{t('attribute.operatingSystem')}</th>
              <th scope="col">{t('col.unit')}</th>
              <th scope="col">{t('col.bed')}</th>
              <th scope="col">{t('asof.since')}</th>
              <th scope="col">{t('asof.until')}</th>
            </tr>
          </thead>
          <tbody>
            {devices.slice(0, 200).map((d) => (
              <tr key={d.id}>
                <td>
                  <Link href={`/devices/${encodeURIComponent(d.id)}`}>{d.name || d.id}</Link>
                </td>
                <td>
                  {d.manufacturer} {d.model}
                </td>
                <td>{d.softwareVersion || <Blank />}</td>
                <td>{d.operatingSystem || <Blank />}</td>
                <td>{d.unit || <Blank />}</td>
                <td>{[d.room, d.bed].filter(Boolean).join(' ') || <Blank />}</td>
                <td>{date(d.since)}</td>
                <td>{d.until ? date(d.until) : t('asof.still')}</td>
              </tr>
            ))}
          </tbody>
        </table>
      </div>
    </section>
  );
}
