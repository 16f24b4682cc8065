import { useQuery } from '@tanstack/react-query';
import { Mails } from 'lucide-react';
import { useMemo } from 'react';
import { api } from '../api/calls';
import { type Device, list, type ListQuery, type Message } from '../api/types';
import { Link } from '../look/Link';
import { When } from '../look/marks';
import { Empty, Loaded, Note } from '../look/states';
import { Documents } from '../lifecycle/Documents';
import type { Field } from '../query/grammar';
import { useMay } from '../shell/session';
import type { Column } from '../table/column';
import { DataTable } from '../table/DataTable';
import { type Speaker, useWords } from '../words/words';
import css from './device.module.css';

const fields: readonly Field[] = [
  { name: 'channel', kind: 'text' },
  { name: 'state', kind: 'word', values: ['pending', 'held', 'dead', 'delivered', 'duplicate', 'rejected', 'filtered'] },
  { name: 'trust', kind: 'word', values: ['trusted', 'unknown', 'mismatched', 'quarantined', 'vulnerable'] },
  { name: 'type', kind: 'text' },
  { name: 'received', kind: 'time' },
];

function columnsOf({ t, word, number }: Speaker): Column<Message>[] {
  return [
    { id: 'received', header: t('message.received'), width: 170, weight: 0.7, sort: 'received', cell: (m) => <When at={m.receivedAt} />, text: (m) => m.receivedAt },
    {
      id: 'channel',
      header: t('message.channel'),
      width: 140,
      cell: (m) => <Link href={`/channels?row=${encodeURIComponent(m.channel)}`} tabIndex={-1}>{m.channel}</Link>,
      text: (m) => m.channel,
    },
    { id: 'type', header: t('col.kind'), width: 130, cell: (m) => <span className="mono">{m.type}</span>, text: (m) => m.type },
    { id: 'trust', header: t('message.trust'), width: 120, weight: 0.6, cell: (m) => word('trust', m.trust), text: (m) => m.trust },
    { id: 'state', header: t('col.status'), width: 110, weight: 0.6, cell: (m) => word('carried', m.state), text: (m) => m.state },
    { id: 'issues', header: t('message.issues'), width: 120, weight: 0.5, cell: (m) => (m.severity ? `${number(m.issues)} (${word('issue', m.severity)})` : ''), text: (m) => m.severity ?? '' },
  ];
}

/** DeviceExchange is which channels and messages carry what the device says, and how far its sender was trusted. */
export function DeviceExchange({ id }: { id: string }) {
  const words = useWords();
  const { t } = words;
  const columns = useMemo(() => columnsOf(words), [words]);
  const fetch = useMemo(
    () => (q: ListQuery, signal?: AbortSignal) => api.messages({ ...q, filter: `device:${id} ${q.filter ?? ''}`.trim(), sort: q.sort || '-received' }, signal),
    [id],
  );
  if (!useMay()('message:read')) return <Note>{t('state.needs', { action: 'message:read' })}</Note>;
  return (
    <div className={css['table']}>
      <p className="dim">{t('device.exchangeText')}</p>
      <DataTable
        name={`device-messages-${id}`}
        label={t('device.exchange')}
        columns={columns}
        fields={fields}
        fetch={fetch}
        id={(m) => m.id}
        title={(m) => m.id}
        href={(m) => `/messages?row=${encodeURIComponent(m.id)}`}
        live="exchange"
        empty={<Empty icon={Mails} title={t('device.noMessages')} text={t('device.noMessagesText')} />}
      />
    </div>
  );
}

/** DeviceDocuments are the papers of the device itself and of its model. */
export function DeviceDocuments({ of: d }: { of: Device }) {
  const { t } = useWords();
  const known = Boolean(d.manufacturer.value && d.model.value);
  const readable = useMay()('document:read');
  const record = useQuery({
    queryKey: ['record', d.manufacturer.value, d.model.value],
    queryFn: ({ signal }) => api.modelRecord(d.manufacturer.value, d.model.value, signal),
    enabled: known && readable,
  });
  if (!readable) return <Note>{t('state.needs', { action: 'document:read' })}</Note>;
  return (
    <div className="grid2">
      <section className="card stack">
        <h2>{t('device.ownDocuments')}</h2>
        <Documents subject={d.id} />
      </section>
      <section className="card stack">
        <h2>{t('device.modelDocuments')}</h2>
        {known ? (
          <Loaded of={record} rows={3}>
            {(r) => (
              <>
                <p>
                  <Link href={`/ledger?filter=${encodeURIComponent(`model:"${d.model.value}"`)}`}>
                    {d.manufacturer.value} {d.model.value}
                  </Link>
                </p>
                {list(r.knownThen).length > 0 ? <p className="dim">{list(r.knownThen).join(', ')}</p> : null}
                <Documents subject={r.id} />
              </>
            )}
          </Loaded>
        ) : (
          <p className="dim">{t('device.modelUnknown')}</p>
        )}
      </section>
    </div>
  );
}
