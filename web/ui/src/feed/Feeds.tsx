import { Button } from '@mantine/core';
import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import { Rss } from 'lucide-react';
import { api } from '../api/calls';
import { list } from '../api/types';
import { Link } from '../look/Link';
import { When } from '../look/marks';
import { Page } from '../look/Page';
import { Empty, Failed, Loaded, Note } from '../look/states';
import { useFollow } from '../shell/live';
import { useMay } from '../shell/session';
import { useWords } from '../words/words';

/** Feeds says what is known about flaws, and how old that is. */
export function Feeds() {
  const { t, number, word, age } = useWords();
  const may = useMay();
  const client = useQueryClient();
  const asked = useQuery({ queryKey: ['feeds'], queryFn: ({ signal }) => api.feeds(signal) });
  const sync = useMutation({
    mutationFn: (name: string) => api.syncFeed(name),
    onSuccess: () => client.invalidateQueries({ queryKey: ['jobs'] }),
  });
  useFollow('feed', () => void client.invalidateQueries({ queryKey: ['feeds'] }));
  return (
    <Page title={t('nav.feeds')} text={t('feeds.text')} actions={<Link href="/import?kind=feed">{t('feeds.import')}</Link>}>
      {sync.error ? <Failed error={sync.error} /> : null}
      {sync.isSuccess ? <Note kind="good">{t('feeds.started')}</Note> : null}
      <div className="card">
        <Loaded of={asked} rows={5}>
          {(a) =>
            list(a.items).length === 0 ? (
              <Empty icon={Rss} title={t('feeds.empty')} text={t('feeds.none')}>
                <Link href="/import?kind=feed">{t('feeds.import')}</Link>
              </Empty>
            ) : (
              // eslint-disable-next-line jsx-a11y/no-noninteractive-tabindex -- it scrolls
              <div className="scrollx" tabIndex={0} role="region" aria-label={t('nav.feeds')}>
                <table className="plain">
                  <thead>
                    <tr>
                      <th scope="col">{t('col.name')}</th>
                      <th scope="col">{t('col.kind')}</th>
                      <th scope="col" className="right">
                        {t('col.records')}
                      </th>
                      <th scope="col">{t('col.newest')}</th>
                      <th scope="col">{t('col.imported')}</th>
                      <th scope="col">{t('col.source')}</th>
                      <th scope="col">
                        <span className="hidden">{t('feeds.sync')}</span>
                      </th>
                    </tr>
                  </thead>
                  <tbody>
                    {list(a.items).map((f) => (
                      <tr key={f.name}>
                        <td>
                          {f.name}
                          {f.missing ? <div className="stale">{t('feeds.missing')}</div> : null}
                          {f.problem ? <div className="stale">{f.problem}</div> : null}
                        </td>
                        <td>{word('feed', f.kind)}</td>
                        <td className="right">{number(f.records)}</td>
                        <td>
                          <When at={f.newest} relative /> {f.stale ? <span className="stale">{t('feeds.stale')}</span> : null}
                        </td>
                        <td>
                          <When at={f.importedAt} />
                          {f.importedAt ? <div className="dim">{age(f.importedAt)}</div> : null}
                        </td>
                        <td className="mono">
                          {f.source}
                          {list(f.mirrors).map((m) => (
                            <div key={m} className="dim">
                              {t('feeds.mirror')} {m}
                            </div>
                          ))}
                        </td>
                        <td>
                          {may('feed:import') && f.configured ? (
                            <Button variant="default" size="compact-xs" loading={sync.isPending && sync.variables === f.configured} onClick={() => sync.mutate(f.configured ?? '')}>
                              {t('feeds.sync')}
                            </Button>
                          ) : null}
                        </td>
                      </tr>
                    ))}
                  </tbody>
                </table>
              </div>
            )
          }
        </Loaded>
      </div>
    </Page>
  );
}
