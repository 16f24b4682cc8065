import { useQuery } from '@tanstack/react-query';
import { useParams } from '@tanstack/react-router';
import { BedDouble } from 'lucide-react';
import { api } from '../api/calls';
import { type AffectedDevice, type FindingDetail, list } from '../api/types';
import { Link } from '../look/Link';
import { Blank, KevMark, SeverityMark, VerdictMark, When, Told } from '../look/marks';
import { Page } from '../look/Page';
import { Empty, Loaded, Note } from '../look/states';
import { useWords } from '../words/words';
import { DecideButton } from './Decide';
import { Ranked } from './Ranking';
import css from './vuln.module.css';

function useFinding(id: string) {
  return useQuery({ queryKey: ['finding', id], queryFn: ({ signal }) => api.finding(id, signal) });
}

/** FindingPage says why a model is exposed, and at which beds. */
export function FindingPage() {
  const { id = '' }: { id?: string } = useParams({ strict: false });
  const asked = useFinding(id);
  return (
    <Loaded of={asked} rows={12}>
      {(f) => (
        <Page
          title={f.vulnerability}
          text={
            <span className="row">
              <SeverityMark of={f.severity} score={f.score} />
              <VerdictMark of={f.status} />
              {f.kev ? <KevMark /> : null}
              <span>{f.title}</span>
            </span>
          }
        >
          <Acts of={f} />
          <Decided of={f} />
          <div className={css['pair']}>
            <div className="stack">
              <Why of={f} />
              <About of={f} />
            </div>
            {f.ranking ? <Ranked of={f.ranking} /> : null}
          </div>
          <Where of={f} />
        </Page>
      )}
    </Loaded>
  );
}

/** FindingPanel is the same beside the list. */
export function FindingPanel({ id }: { id: string }) {
  const asked = useFinding(id);
  return (
    <Loaded of={asked} rows={8}>
      {(f) => (
        <div className="stack">
          <div className="row">
            <SeverityMark of={f.severity} score={f.score} />
            <VerdictMark of={f.status} />
            {f.kev ? <KevMark /> : null}
          </div>
          <p>{f.title}</p>
          <Acts of={f} />
          <Decided of={f} />
          <Why of={f} />
          {f.ranking ? <Ranked of={f.ranking} /> : null}
          <Where of={f} />
          <About of={f} />
        </div>
      )}
    </Loaded>
  );
}

function Acts({ of: f }: { of: FindingDetail }) {
  const { t } = useWords();
  return (
    <div className="row">
      <DecideButton ids={[f.id]} vector={f.vector} />
      {f.kind === 'contradiction' ? <Link href="/contradictions">{t('nav.contradictions')}</Link> : <Link href={`/advisories/${encodeURIComponent(f.vulnerability)}`}>{t('finding.whole')}</Link>}
    </div>
  );
}

/** Decided says whose word counts, and who says otherwise. */
function Decided({ of: f }: { of: FindingDetail }) {
  const { t, word, day } = useWords();
  if (!f.decision) return null;
  const all = [f.decision, ...list(f.conflicts)];
  return (
    <section className="card">
      <h2>{t('decide.said')}</h2>
      {all.length > 1 ? <Note kind="warn">{t('decide.conflict')}</Note> : null}
      <dl className="facts">
        {all.map((d) => (
          <div key={d.id} className="stack tight">
            <dt>
              {word('authority', d.authority)} · {d.source}
            </dt>
            <dd>
              {word('decision', d.state)}
              {d.justification ? ` · ${word('justification', d.justification)}` : ''}
              {d.note ? <div>{d.note}</div> : null}
              {d.rubric ? (
                <div>
                  {t('rubric.title')}: <span className="mono">{d.rubric}</span>
                </div>
              ) : null}
              <div className="dim">
                {d.owner ? `${d.owner} · ` : ''}
                {day(d.at)}
                {d.expires ? ` · ${t('decide.untilDay', { day: day(d.expires) })}` : ''}
              </div>
            </dd>
          </div>
        ))}
      </dl>
    </section>
  );
}

function modelText(m: FindingDetail['model']): string {
  return [m.manufacturer, m.model, m.version].filter(Boolean).join(' ');
}

function Why({ of: f }: { of: FindingDetail }) {
  const { t, word } = useWords();
  return (
    <section className="card">
      <h2>{t('finding.why')}</h2>
      <div className="stack tight">
        <p>{f.match.text || <Told of={f.match.reason} />}</p>
        {f.reason && f.reason !== f.match.reason ? <p><Told of={f.reason} /></p> : null}
        {f.status === 'undecidable' ? <Note kind="warn">{t(f.kind === 'contradiction' ? 'finding.contradictionText' : 'finding.undecidable')}</Note> : null}
        <dl className="facts">
          <dt>{t('attribute.model')}</dt>
          <dd>{modelText(f.model)}</dd>
          {f.component?.name ? (
            <>
              <dt>{t('col.component')}</dt>
              <dd>
                {f.component.name} {f.component.version}
                {f.component.purl ? <div className="mono dim">{f.component.purl}</div> : null}
              </dd>
            </>
          ) : null}
          {f.kind === 'contradiction' ? null : (
            <>
              <dt>{t('finding.match')}</dt>
              <dd>{word('match', f.match.by)}</dd>
              <dt>{t('finding.fixed')}</dt>
              <dd>{list(f.fixed).length > 0 ? list(f.fixed).join(', ') : t('finding.noFix')}</dd>
            </>
          )}
        </dl>
      </div>
    </section>
  );
}

function About({ of: f }: { of: FindingDetail }) {
  const { t, day } = useWords();
  const references = list(f.advisory?.references).filter((r) => /^https?:\/\//.test(r));
  return (
    <section className="card">
      <h2>{t('finding.advisory')}</h2>
      <dl className="facts">
        {f.advisory ? (
          <>
            <dt>{t('col.name')}</dt>
            <dd>
              <span className="mono">{f.advisory.id}</span>
              {f.advisory.title && f.advisory.title !== f.title ? <div>{f.advisory.title}</div> : null}
            </dd>
            <dt>{t('finding.published')}</dt>
            <dd>{day(f.advisory.published)}</dd>
          </>
        ) : null}
        <dt>{t('finding.aliases')}</dt>
        <dd className="mono">{list(f.aliases).join(', ') || '–'}</dd>
        <dt>{t('col.source')}</dt>
        <dd>{list(f.sources).join(', ')}</dd>
        {references.length > 0 ? (
          <>
            <dt>{t('finding.references')}</dt>
            <dd>
              {references.slice(0, 8).map((r) => (
                <div key={r}>
                  <a href={r} rel="noreferrer noopener" target="_blank">
                    {r}
                  </a>
                </div>
              ))}
            </dd>
          </>
        ) : null}
      </dl>
    </section>
  );
}

function Where({ of: f }: { of: FindingDetail }) {
  const { t } = useWords();
  const devices = list(f.devices);
  const decided = devices.filter((d) => d.status !== 'undecidable');
  const open = devices.filter((d) => d.status === 'undecidable');
  return (
    <>
      <section className="card">
        <h2>{t('finding.beds', { n: decided.length })}</h2>
        {decided.length === 0 ? <Empty icon={BedDouble} title={t('finding.noBeds')} text={t('finding.noBedsText')} /> : <Beds of={decided} />}
      </section>
      {open.length > 0 ? (
        <section className="card">
          <h2>{t('finding.open', { n: open.length })}</h2>
          <p className="dim">{t('finding.openText')}</p>
          <Beds of={open} reasons />
        </section>
      ) : null}
    </>
  );
}

function Beds({ of, reasons = false }: { of: AffectedDevice[]; reasons?: boolean }) {
  const { t } = useWords();
  return (
    // eslint-disable-next-line jsx-a11y/no-noninteractive-tabindex -- it scrolls
    <div className="scrollx" tabIndex={0} role="region" aria-label={t('col.units')}>
      <table className="plain">
        <thead>
          <tr>
            <th scope="col">{t('col.unit')}</th>
            <th scope="col">{t('col.room')}</th>
            <th scope="col">{t('col.bed')}</th>
            <th scope="col">{t('col.device')}</th>
            {reasons ? <th scope="col">{t('col.reason')}</th> : null}
            <th scope="col">{t('col.lastSeen')}</th>
          </tr>
        </thead>
        <tbody>
          {of.map((d) => (
            <tr key={d.id}>
              <td>{d.unit || <Blank />}</td>
              <td>{d.room || <Blank />}</td>
              <td>
                {d.bed || <Blank />} {d.precision === 'stale' ? <span className="dim">({t('precision.stale')})</span> : null}
              </td>
              <td>
                <Link href={`/devices/${encodeURIComponent(d.id)}`}>{d.name}</Link>
              </td>
              {reasons ? <td><Told of={d.reason} /></td> : null}
              <td>
                <When at={d.lastSeen} relative />
              </td>
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  );
}
