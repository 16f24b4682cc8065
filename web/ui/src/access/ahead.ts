// What the first page will ask for, asked while its screen is still being
// fetched and drawn: who is here, and then the long list that the address
// names.

import type { QueryClient } from '@tanstack/react-query';
import { api } from '../api/calls';
import { list } from '../api/types';
import { placeOf } from '../shell/nav';
import { pageOf } from '../table/range';

/** sessionOf is the question who is signed in. */
export const sessionOf = { queryKey: ['session'], queryFn: ({ signal }: { signal: AbortSignal }) => api.session(signal), staleTime: Infinity };

/** askAhead fills the cache; whatever fails is asked again by the screen, which says so. */
export async function askAhead(client: QueryClient, at: Pick<Location, 'pathname' | 'search'>): Promise<void> {
  try {
    const here = await client.fetchQuery({ ...sessionOf, retry: false });
    if (here.mustChangePassword || here.mustEnrolSecondFactor) return;
    const needs = placeOf(at.pathname)?.needs;
    if (needs !== undefined && !list(here.permissions).includes(needs)) return;
    const view = new URLSearchParams(at.search);
    const filter = view.get('filter') ?? '';
    const sort = view.get('sort') ?? '';
    if (at.pathname === '/devices') await client.prefetchQuery(pageOf('devices', api.devices, filter, sort, 0));
    if (at.pathname === '/findings') await client.prefetchQuery(pageOf('findings', api.findings, filter, sort, 0));
  } catch {
    // The door asks again and says what is wrong.
  }
}
