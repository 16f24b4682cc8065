import { useQuery } from '@tanstack/react-query';
import { Radio } from 'lucide-react';
import { api } from '../api/calls';
import { list } from '../api/types';
import { When, Told } from '../look/marks';
import { Page } from '../look/Page';
import { Empty, Loaded, Note } from '../look/states';
import { Progress } from '../look/Progress';
import { useWords } from '../words/words';

/** System says how the server itself is doing. */
export function System() {
  const { t, bytes, number, percent, word } = useWords();
  const asked = useQuery({ queryKey: ['system'], queryFn: ({ signal }) => api.system(signal), refetchInterval: 10_000 });
  return (
    <Page title={t('nav.system')} text={t('system.text')}>
      <Loaded of={asked} rows={8}>
        {(s) => (
          <>
            {list(s.warnings).map((w) => (
              <Note key={w.code + w.detail} kind="warn">
                <strong><Told of={w.detail} /></strong> <Told of={w.mend} />
              </Note>
            ))}
            {s.store.readOnly ? <Note kind="warn">{t('system.readOnly', { why: s.store.why ?? '' })}</Note> : null}
            <div className="grid2">
              <section className="card">
                <h2>{t('system.program')}</h2>
                <dl className="facts">
                  <dt>{t('col.version')}</dt>
                  <dd className="mono">
                    {s.version} {s.commit && s.commit !== 'unknown' ? <span className="dim">{s.commit}</span> : null}
                  </dd>
                  <dt>{t('system.started')}</dt>
                  <dd>
                    <When at={s.startedAt} />
                  </dd>
                  {s.bus ? (
                    <>
                      <dt>{t('system.bus')}</dt>
                      <dd>
                        {word('bus', s.bus.state)} · {t('system.pending', { n: s.bus.pending })}
                      </dd>
                    </>
                  ) : null}
                </dl>
              </section>
              <section className="card">
                <h2>{t('system.store')}</h2>
                <dl className="facts">
                  <dt>{t('system.engine')}</dt>
                  <dd>{s.store.engine}</dd>
                  <dt>{t('system.size')}</dt>
                  <dd className="num">{bytes(s.store.bytes)}</dd>
                  <dt>{t('system.disk')}</dt>
                  <dd className="num">
                    {t('system.free', { free: bytes(s.disk.free), total: bytes(s.disk.total) })} · {word('disk', s.disk.state)}
                  </dd>
                </dl>
                {s.disk.total > 0 ? <Progress label={t('system.disk')} value={1 - s.disk.free / s.disk.total} /> : null}
              </section>
            </div>
            <section className="card">
              <h2>{t('system.capture')}</h2>
              {list(s.capture).length === 0 ? (
                <Empty icon={Radio} title={t('system.noCapture')} text={t('system.noCaptureText')} />
              ) : (
                <table className="plain">
                  <thead>
                    <tr>
                      <th scope="col">{t('col.source')}</th>
                      <th scope="col" className="right">
                        {t('system.seen')}
                      </th>
                      <th scope="col" className="right">
                        {t('system.lost')}
                      </th>
                    </tr>
                  </thead>
                  <tbody>
                    {list(s.capture).map((c, i) => (
                      <tr key={i}>
                        <td className="mono">{c.source} {c.error ? <div>{c.error}</div> : null}</td>
                        <td className="right">{number(c.packets)}</td>
                        <td className="right">
                          {number(c.dropped)}{' '}
                          <span className="dim">{percent(c.dropped / Math.max(1, c.packets + c.dropped))}</span>
                        </td>
                      </tr>
                    ))}
                  </tbody>
                </table>
              )}
            </section>
          </>
        )}
      </Loaded>
    </Page>
  );
}
