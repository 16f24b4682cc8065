import { useQuery } from '@tanstack/react-query';
import { api } from '../api/calls';
import { Link } from './Link';

/** DeviceLink names a device of which only the id is known; the id stands there until the name is, and where it may not be seen. */
export function DeviceLink({ id }: { id: string }) {
  const device = useQuery({ queryKey: ['device', id], queryFn: ({ signal }) => api.device(id, signal), retry: false, staleTime: 60_000 });
  return <Link href={`/devices/${encodeURIComponent(id)}`}>{device.data ? device.data.name : <span className="mono">{id}</span>}</Link>;
}
