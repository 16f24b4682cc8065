import { Button } from '@mantine/core';
import { useQuery } from '@tanstack/react-query';
import { useState } from 'react';
import { api } from '../api/calls';
import { list } from '../api/types';
import { Blank, When } from '../look/marks';
import { Loaded } from '../look/states';
import { useWords } from '../words/words';
import { Difference } from './Compare';

/** History lists every bill that a model has or had, and shows what a bill changed in the one before it. */
export function History({ bill }: { bill: string }) {
  const { t, number } = useWords();
  const [open, setOpen] = useState('');
  const asked = useQuery({ queryKey: ['billHistory', bill], queryFn: ({ signal }) => api.billHistory(bill, signal) });
  return (
    <Loaded of={asked} rows={4}>
      {(page) => (
        <div className="stack">
          <table className="plain">
            <thead>
              <tr>
                <th scope="col">{t('col.version')}</th>
                <th scope="col">{t('col.imported')}</th>
                <th scope="col" className="right">
                  {t('col.components')}
                </th>
                <th scope="col" className="right">
                  {t('bills.quality')}
                </th>
                <th scope="col">{t('history.state')}</th>
              </tr>
            </thead>
            <tbody>
              {list(page.items).map((e) => (
                <tr key={`${e.id} ${e.importedAt}`} aria-current={e.id === bill}>
                  <td className="mono">{e.model.version || <Blank />}</td>
                  <td>
                    <When at={e.importedAt} />
                    <div className="dim">{e.name}</div>
                  </td>
                  <td className="right">{number(e.components)}</td>
                  <td className="right">{t('bills.of10', { n: e.score })}</td>
                  <td>
                    {e.current ? (
                      t('history.current')
                    ) : (
                      <>
                        {t('history.replaced')} <When at={e.replacedAt} />
                      </>
                    )}
                    {e.replaces ? (
                      <div>
                        <Button variant="default" size="compact-xs" aria-expanded={open === e.id} onClick={() => setOpen(open === e.id ? '' : e.id)}>
                          {t('history.changes')}
                        </Button>
                      </div>
                    ) : null}
                  </td>
                </tr>
              ))}
            </tbody>
          </table>
          {list(page.items)
            .filter((e) => e.id === open && e.replaces)
            .slice(0, 1)
            .map((e) => (
              <Difference key={e.id} from={e.replaces ?? ''} to={e.id} />
            ))}
        </div>
      )}
    </Loaded>
  );
}
