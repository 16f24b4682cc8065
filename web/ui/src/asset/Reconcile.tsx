import { useQuery } from '@tanstack/react-query';
import { ListChecks } from 'lucide-react';
import { api } from '../api/calls';
import { list, type Mismatch } from '../api/types';
import { Link } from '../look/Link';
import { Blank, When } from '../look/marks';
import { Page } from '../look/Page';
import { Empty, Loaded } from '../look/states';
import { useWords } from '../words/words';
import { attributeKey } from './Device';

interface Counted {
  wire: number;
  list: number;
  both: number;
  known: number;
  estimate?: number;
  low?: number;
  high?: number;
}

/** Reconcile lays the maintenance system's list beside the network, and says how much of it all is known. */
export function Reconcile() {
  const { t } = useWords();
  const asked = useQuery({ queryKey: ['reconciliation'], queryFn: ({ signal }) => api.reconciliation(signal) });
  return (
    <Page
      title={t('nav.reconciliation')}
      text={t('reconcile.text')}
      actions={
        <a className="row" href="/api/v1/devices/export?format=writeback" download="corrections.csv">
          {t('reconcile.writeback')}
        </a>
      }
    >
      <Loaded of={asked} rows={8}>
        {(r) =>
          r.total.known === 0 ? (
            <Empty icon={ListChecks} title={t('devices.empty')} text={t('devices.emptyText')}>
              <Link href="/import">{t('devices.add')}</Link>
            </Empty>
          ) : (
            <div className="stack">
              <Coverage name={t('reconcile.units')} head={t('col.unit')} rows={list(r.units).map((u) => ({ name: [u.site, u.unit].filter(Boolean).join(' · ') || t('word.unknown'), of: u }))} />
              {list(r.vlans).length > 0 ? (
                <Coverage name={t('reconcile.vlans')} head="VLAN" rows={list(r.vlans).map((v) => ({ name: String(v.vlan), of: v }))} dhcp />
              ) : null}
              <Mismatches name={t('reconcile.unlisted')} rows={list(r.unlisted)} />
              <Mismatches name={t('reconcile.silent')} rows={list(r.silent)} />
              <Mismatches name={t('reconcile.differs')} rows={list(r.differs)} />
            </div>
          )
        }
      </Loaded>
    </Page>
  );
}

function Coverage({ name, head, rows, dhcp = false }: { name: string; head: string; rows: { name: string; of: Counted }[]; dhcp?: boolean }) {
  const { t, number } = useWords();
  return (
    <section className="card">
      <h2>{name}</h2>
      <p className="dim">{t(dhcp ? 'reconcile.vlanText' : 'reconcile.unitText')}</p>
      {/* eslint-disable-next-line jsx-a11y/no-noninteractive-tabindex -- it scrolls */}
      <div className="scrollx" tabIndex={0} role="region" aria-label={name}>
        <table className="plain">
          <thead>
            <tr>
              <th scope="col">{head}</th>
              <th scope="col" className="right">
                {t('reconcile.wire')}
              </th>
              <th scope="col" className="right">
                {dhcp ? 'DHCP' : t('reconcile.list')}
              </th>
              <th scope="col" className="right">
                {t('reconcile.both')}
              </th>
              <th scope="col" className="right">
                {t('reconcile.estimate')}
              </th>
            </tr>
          </thead>
          <tbody>
            {rows.map((r) => (
              <tr key={r.name}>
                <td>{r.name}</td>
                <td className="right">{number(r.of.wire)}</td>
                <td className="right">{number(r.of.list)}</td>
                <td className="right">{number(r.of.both)}</td>
                <td className="right">
                  {r.of.estimate ? (
                    t('reconcile.interval', { n: number(Math.round(r.of.estimate)), low: number(Math.round(r.of.low ?? 0)), high: number(Math.round(r.of.high ?? 0)) })
                  ) : (
                    <span className="dim">{t('reconcile.tooFew')}</span>
                  )}
                </td>
              </tr>
            ))}
          </tbody>
        </table>
      </div>
    </section>
  );
}

const shown = 200;

function Mismatches({ name, rows }: { name: string; rows: Mismatch[] }) {
  const { t } = useWords();
  return (
    <details className="card">
      <summary>
        <strong>{name}</strong> <span className="num dim">{rows.length}</span>
      </summary>
      {rows.length === 0 ? (
        <p className="dim">{t('reconcile.none')}</p>
      ) : (
        // eslint-disable-next-line jsx-a11y/no-noninteractive-tabindex -- it scrolls
        <div className="scrollx" tabIndex={0} role="region" aria-label={name}>
          <table className="plain">
            <thead>
              <tr>
                <th scope="col">{t('col.device')}</th>
                <th scope="col">{t('col.location')}</th>
                <th scope="col">{t('col.lastSeen')}</th>
                <th scope="col">{t('col.conflicts')}</th>
              </tr>
            </thead>
            <tbody>
              {rows.slice(0, shown).map((m) => (
                <tr key={m.device}>
                  <td>
                    <Link href={`/devices/${encodeURIComponent(m.device)}`}>{m.name}</Link>
                  </td>
                  <td>{[m.site, m.unit].filter(Boolean).join(' · ') || <Blank />}</td>
                  <td>{m.last ? <When at={m.last} relative /> : <Blank />}</td>
                  <td>
                    {list(m.differs)
                      .map((d) => `${t(attributeKey(d.attribute))}: ${list(d.values).map((v) => v.value).join(' / ')}`)
                      .join('; ')}
                  </td>
                </tr>
              ))}
            </tbody>
          </table>
        </div>
      )}
    </details>
  );
}
