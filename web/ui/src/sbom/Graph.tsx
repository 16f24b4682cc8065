import { Button } from '@mantine/core';
import { useInfiniteQuery } from '@tanstack/react-query';
import { useState } from 'react';
import { api } from '../api/calls';
import { type BillNode, list } from '../api/types';
import { Loaded } from '../look/states';
import { useWords } from '../words/words';
import css from './sbom.module.css';

const page = 100;
const deepest = 12;

/** Graph walks the dependencies of a bill, a page of neighbours at a time. */
export function Graph({ bill, of = -1, depth = 0 }: { bill: string; of?: number; depth?: number }) {
  const { t } = useWords();
  const asked = useInfiniteQuery({
    queryKey: ['graph', bill, of],
    queryFn: ({ pageParam, signal }) => api.billGraph(bill, of, pageParam, page, signal),
    initialPageParam: 0,
    getNextPageParam: (last, all) => (all.length * page < last.total ? all.length * page : undefined),
  });
  return (
    <Loaded of={asked} rows={3}>
      {(a) => (
        <>
          <ul className={css['tree']}>
            {a.pages.flatMap((p) => list(p.nodes)).map((n) => (
              <Branch key={n.index} bill={bill} of={n} depth={depth} />
            ))}
          </ul>
          {asked.hasNextPage ? (
            <Button variant="default" size="compact-xs" loading={asked.isFetchingNextPage} onClick={() => void asked.fetchNextPage()}>
              {t('graph.more')}
            </Button>
          ) : null}
        </>
      )}
    </Loaded>
  );
}

function Branch({ bill, of: n, depth }: { bill: string; of: BillNode; depth: number }) {
  const { t } = useWords();
  const [open, setOpen] = useState(false);
  const name = (
    <>
      {n.name} <span className="mono dim">{n.version}</span>
    </>
  );
  return (
    <li>
      {n.dependsOn > 0 && depth < deepest ? (
        <button type="button" className={css['node']} aria-expanded={open} onClick={() => setOpen(!open)}>
          <span aria-hidden="true">{open ? '▾' : '▸'}</span> {name} <span className="dim num">{t('graph.needs', { n: n.dependsOn })}</span>
        </button>
      ) : (
        <span className={css['leaf']}>{name}</span>
      )}
      {open ? <Graph bill={bill} of={n.index} depth={depth + 1} /> : null}
    </li>
  );
}
