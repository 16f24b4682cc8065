import { Button, TextInput } from '@mantine/core';
import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import { useState } from 'react';
import { api } from '../api/calls';
import { list } from '../api/types';
import { When } from '../look/marks';
import { Failed, Loaded } from '../look/states';
import { useMay } from '../shell/session';
import { useWords } from '../words/words';

/** Belonging says that a device that is worn or stands at home belongs to a patient, and shows to whom once somebody said for what purpose. */
export function Belonging({ id }: { id: string }) {
  const { t } = useWords();
  const asked = useQuery({ queryKey: ['device', id, 'association'], queryFn: ({ signal }) => api.association(id, signal) });
  if (asked.data && !asked.data.linked && asked.data.earlier === 0) return null; // as nearly every device
  return (
    <section className="card stack tight">
      <h2>{t('belonging.title')}</h2>
      <Loaded of={asked} rows={2}>
        {(a) => (
          <>
            <p>
              {t(a.linked ? 'belonging.linked' : 'belonging.none')}{' '}
              {a.told ? (
                <span className="dim">
                  {t('belonging.told', { source: a.source ?? '' })} <When at={a.told} relative />
                </span>
              ) : null}
            </p>
            {a.earlier > 0 ? <p className="dim">{t('belonging.earlier', { n: a.earlier })}</p> : null}
            {a.legalHold ? (
              <p>
                <span className="chip">{t('belonging.held')}</span> <span className="dim">{t('belonging.heldText')}</span>
              </p>
            ) : null}
            <Held id={id} held={a.legalHold} />
            <Opened id={id} />
          </>
        )}
      </Loaded>
    </section>
  );
}

/** Held keeps what is known of it from being forgotten, or lets go; for who may. */
function Held({ id, held }: { id: string; held: boolean }) {
  const { t } = useWords();
  const may = useMay()('device:hold');
  const client = useQueryClient();
  const [reason, setReason] = useState('');
  const hold = useMutation({
    mutationFn: () => api.holdAssociation(id, !held, reason),
    onSuccess: () => setReason(''),
    onSettled: () => client.invalidateQueries({ queryKey: ['device', id, 'association'] }),
  });
  if (!may) return null;
  return (
    <form
      className="stack tight"
      onSubmit={(e) => {
        e.preventDefault();
        hold.mutate();
      }}
    >
      <TextInput label={t('device.reason')} value={reason} onChange={(e) => setReason(e.currentTarget.value)} />
      <div>
        <Button type="submit" variant="default" disabled={reason.trim().length < 3} loading={hold.isPending}>
          {t(held ? 'belonging.letGo' : 'belonging.hold')}
        </Button>
      </div>
      {hold.error ? <Failed error={hold.error} /> : null}
    </form>
  );
}

function Opened({ id }: { id: string }) {
  const { t, date } = useWords();
  const may = useMay()('device:reveal');
  const [purpose, setPurpose] = useState('');
  const reveal = useMutation({ mutationFn: () => api.revealAssociation(id, purpose), gcTime: 0 });
  if (!may) return <p className="dim">{t('belonging.masked')}</p>;
  if (reveal.data) {
    return (
      <dl className="facts">
        {list(reveal.data.items).map((b) => (
          <Belonged key={b.id} name={b.until ? t('belonging.until', { day: date(b.until) }) : t('belonging.now')} patient={b.patient || t('belonging.gone')} />
        ))}
      </dl>
    );
  }
  return (
    <form
      className="stack tight"
      onSubmit={(e) => {
        e.preventDefault();
        reveal.mutate();
      }}
    >
      <TextInput label={t('message.purpose')} description={t('message.purposeText')} value={purpose} onChange={(e) => setPurpose(e.currentTarget.value)} />
      <div>
        <Button type="submit" variant="default" disabled={purpose.trim().length < 3} loading={reveal.isPending}>
          {t('belonging.reveal')}
        </Button>
      </div>
      {reveal.error ? <Failed error={reveal.error} /> : null}
    </form>
  );
}

function Belonged({ name, patient }: { name: string; patient: string }) {
  return (
    <>
      <dt>{name}</dt>
      <dd className="mono">{patient}</dd>
    </>
  );
}
