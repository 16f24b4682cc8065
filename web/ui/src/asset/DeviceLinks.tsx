import { Button } from '@mantine/core';
import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import { api } from '../api/calls';
import { type Device, type DeviceLink, list } from '../api/types';
import { When } from '../look/marks';
import { Failed, Loaded } from '../look/states';
import { useMay } from '../shell/session';
import { useWords } from '../words/words';

/** DeviceLinks are the merges and splits that made this device, each with its way back. */
export function DeviceLinks({ device }: { device: Device }) {
  const { t } = useWords();
  const asked = useQuery({ queryKey: ['device', device.id, 'links'], queryFn: ({ signal }) => api.links(device.id, signal) });
  if (asked.data && list(asked.data.items).length === 0) return null;
  return (
    <section className="card">
      <h2>{t('device.links')}</h2>
      <Loaded of={asked} rows={1}>
        {(a) => (
          <ul className="bare stack tight">
            {list(a.items).map((l) => (
              <li key={l.id}>
                <LinkRow device={device} link={l} />
              </li>
            ))}
          </ul>
        )}
      </Loaded>
    </section>
  );
}

function LinkRow({ device, link }: { device: Device; link: DeviceLink }) {
  const { t, word } = useWords();
  const may = useMay();
  const client = useQueryClient();
  const undo = useMutation({
    mutationFn: () => api.splitDevice(device.id, device.version, { undo: link.id }),
    onSettled: () => client.invalidateQueries({ queryKey: ['device', device.id] }),
  });
  return (
    <div className="stack tight">
      <div className="row">
        <span className="chip">{word('happening', link.kind)}</span>
        <span className="grow">{link.reason}</span>
        {link.undone ? (
          <span className="dim">{t('device.undone')}</span>
        ) : may('device:merge') ? (
          <Button variant="default" size="compact-xs" loading={undo.isPending} onClick={() => undo.mutate()}>
            {t('act.undo')}
          </Button>
        ) : null}
      </div>
      <span className="dim">
        {link.by} · <When at={link.at} />
      </span>
      {undo.error ? <Failed error={undo.error} /> : null}
    </div>
  );
}
