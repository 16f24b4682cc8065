import { NativeSelect } from '@mantine/core';
import { useQuery, useQueryClient } from '@tanstack/react-query';
import { useEffect, useRef } from 'react';
import { api } from '../api/calls';
import { chooseRange, chooseSite, ranges, useRangeOfTime, useSite } from '../api/scope';
import { list } from '../api/types';
import { useWords } from '../words/words';
import { useHere, useMay } from './session';
import css from './shell.module.css';

/** Scope is the site and the time that every screen is about. */
export function Scope() {
  const { t } = useWords();
  const { session } = useHere();
  const may = useMay();
  const client = useQueryClient();
  const chosen = useSite();
  const range = useRangeOfTime();
  // Asked without the chosen site, or there would be no way back.
  const asked = useQuery({ queryKey: ['sites'], queryFn: ({ signal }) => api.sites(signal), enabled: may('device:read'), staleTime: 300_000 });
  const sites = [...new Set([...list(list(asked.data?.fields)[0]?.values).map((v) => v.value), session.site ?? ''])].filter(Boolean).sort();
  const gone = chosen !== '' && asked.data !== undefined && !sites.includes(chosen);
  useEffect(() => {
    if (gone) chooseSite('');
  }, [gone]);
  // Wherever it was chosen, all that is shown is of another site now.
  const shown = useRef(chosen);
  useEffect(() => {
    if (shown.current === chosen) return;
    shown.current = chosen;
    void client.invalidateQueries();
  }, [chosen, client]);
  return (
    <div className={css['scope']}>
      {sites.length > 1 || chosen ? (
        <NativeSelect
          aria-label={t('scope.site')}
          value={chosen}
          data={[{ value: '', label: t('scope.allSites') }, ...sites.map((s) => ({ value: s, label: s }))]}
          onChange={(e) => chooseSite(e.currentTarget.value)}
        />
      ) : sites[0] ? (
        <span className="chip">{sites[0]}</span>
      ) : null}
      <NativeSelect
        aria-label={t('scope.range')}
        value={range}
        data={ranges.map((r) => ({ value: r, label: t(`scope.${r}`) }))}
        onChange={(e) => {
          const next = ranges.find((r) => r === e.currentTarget.value);
          if (next) chooseRange(next);
        }}
      />
    </div>
  );
}
