import { useQuery } from '@tanstack/react-query';
import { api } from '../api/calls';
import { attributeNames, list } from '../api/types';
import { Link } from '../look/Link';
import { asStatus, Blank, ClaimText, KevMark, Seen, SeverityMark, StatusMark, SureText, VerdictMark } from '../look/marks';
import { Loaded } from '../look/states';
import { useWords } from '../words/words';
import { newest } from './names';
import { fullPlace } from './place';

/** DevicePanel is a device at a glance, beside the list. */
export function DevicePanel({ id }: { id: string }) {
  const { t } = useWords();
  const device = useQuery({ queryKey: ['device', id], queryFn: ({ signal }) => api.device(id, signal) });
  const exposures = useQuery({ queryKey: ['device', id, 'exposures'], queryFn: ({ signal }) => api.exposures(id, signal) });
  return (
    <div className="stack">
      <Loaded of={device} rows={6}>
        {(d) => (
          <dl className="facts">
            {attributeNames.map((name) => (
              <Row key={name} name={t(`attribute.${name}`)}>
                <ClaimText of={d[name]} group={name === 'class' ? 'class' : undefined} />{' '}
                {d[name] && d[name].status !== 'unknown' ? (
                  <>
                    {d[name].value ? <span className="dim">{t(`status.${asStatus(d[name].status)}`)}</span> : null} <SureText of={d[name].sure} />
                  </>
                ) : null}
              </Row>
            ))}
            <Row name={t('col.location')}>
              {fullPlace(d.location) || <Blank />} {fullPlace(d.location) ? <StatusMark of={d.location.status} /> : null}
            </Row>
            <Row name={t('col.addresses')}>
              <span className="mono">{list(d.addresses).join(', ')}</span>
            </Row>
            <Row name={t('col.macs')}>
              <span className="mono">{list(d.macs).join(', ')}</span>
            </Row>
            <Row name={t('col.tags')}>
              <span className="row">
                {list(d.tags).map((tag) => (
                  <span key={tag} className="chip">
                    {tag}
                  </span>
                ))}
              </span>
            </Row>
            <Row name={t('col.lastSeen')}>
              <Seen at={d.lastSeen} reported={newest(d.reports)} />
            </Row>
          </dl>
        )}
      </Loaded>
      <h3>{t('device.exposures')}</h3>
      <Loaded of={exposures} rows={2}>
        {(e) =>
          list(e.items).length === 0 ? (
            <p className="dim">{t('device.noExposures')}</p>
          ) : (
            <ul className="bare stack tight">
              {list(e.items)
                .slice(0, 12)
                .map((x) => (
                  <li key={x.finding} className="row">
                    <Link href={`/findings/${encodeURIComponent(x.finding)}`}>{x.vulnerability}</Link>
                    <SeverityMark of={x.severity} />
                    <VerdictMark of={x.status} />
                    {x.kev ? <KevMark /> : null}
                  </li>
                ))}
            </ul>
          )
        }
      </Loaded>
    </div>
  );
}

function Row({ name, children }: { name: string; children: React.ReactNode }) {
  return (
    <>
      <dt>{name}</dt>
      <dd>{children}</dd>
    </>
  );
}
