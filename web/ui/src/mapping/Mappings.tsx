import { useQuery } from '@tanstack/react-query';
import { Shuffle } from 'lucide-react';
import { api } from '../api/calls';
import { list } from '../api/types';
import { Link } from '../look/Link';
import { Page } from '../look/Page';
import { Empty, Loaded } from '../look/states';
import { useWords } from '../words/words';
import { Told } from '../look/marks';

/** Mappings lists how messages become FHIR, and back. */
export function Mappings() {
  const { t, number } = useWords();
  const asked = useQuery({ queryKey: ['mappings'], queryFn: ({ signal }) => api.mappings({ limit: 200 }, signal) });
  return (
    <Page title={t('nav.mappings')} text={t('mappings.text')}>
      <div className="card">
        <Loaded of={asked} rows={8}>
          {(a) =>
            list(a.items).length === 0 ? (
              <Empty icon={Shuffle} title={t('mappings.empty')} text={t('mappings.none')} />
            ) : (
              // eslint-disable-next-line jsx-a11y/no-noninteractive-tabindex -- it scrolls
              <div className="scrollx" tabIndex={0} role="region" aria-label={t('nav.mappings')}>
                <table className="plain">
                  <thead>
                    <tr>
                      <th scope="col">{t('col.name')}</th>
                      <th scope="col">{t('mappings.about')}</th>
                      <th scope="col">{t('mappings.way')}</th>
                      <th scope="col" className="right">
                        {t('col.version')}
                      </th>
                      <th scope="col" className="right">
                        {t('mappings.tests')}
                      </th>
                      <th scope="col">{t('mappings.maker')}</th>
                    </tr>
                  </thead>
                  <tbody>
                    {list(a.items).map((m) => (
                      <tr key={m.name}>
                        <td>
                          <Link href={`/mappings/${m.name}`}>{m.name}</Link>
                        </td>
                        <td><Told of={m.title} /></td>
                        <td>
                          {m.from} → {m.to}
                        </td>
                        <td className="right">{number(m.version)}</td>
                        <td className="right">{number(m.tests)}</td>
                        <td>{m.house ? t('mappings.house') : 'Bedrail'}</td>
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
