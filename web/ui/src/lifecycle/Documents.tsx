import { Button } from '@mantine/core';
import { useQuery } from '@tanstack/react-query';
import { Paperclip } from 'lucide-react';
import { useId, useRef } from 'react';
import { address } from '../api/client';
import { api, attach } from '../api/calls';
import { list } from '../api/types';
import { useAct } from '../look/act';
import { Failed, Loaded } from '../look/states';
import { useMay } from '../shell/session';
import { useWords } from '../words/words';

/** Documents shows and takes files that belong to something. */
export function Documents({ subject }: { subject: string }) {
  const { t, bytes } = useWords();
  const may = useMay();
  const act = useAct(['documents', subject]);
  const field = useRef<HTMLInputElement>(null);
  const id = useId();
  const readable = may('document:read');
  const asked = useQuery({ queryKey: ['documents', subject], queryFn: ({ signal }) => api.documents(subject, signal), enabled: readable });
  if (!readable) return null;
  return (
    <section className="stack tight">
      <h3>{t('documents.title')}</h3>
      {act.error ? <Failed error={act.error} /> : null}
      <Loaded of={asked} rows={2}>
        {(d) => (
          <ul className="bare stack tight">
            {list(d.items).map((x) => (
              <li key={x.id} className="row">
                <a className="grow" href={address(`/documents/${encodeURIComponent(x.id)}/content`)} download={x.name}>
                  {x.name}
                </a>
                <span className="dim num">{bytes(x.size)}</span>
                {x.sealed ? <span className="chip">{t('documents.sealed')}</span> : null}
              </li>
            ))}
            {list(d.items).length === 0 ? <li className="dim">{t('documents.none')}</li> : null}
          </ul>
        )}
      </Loaded>
      {may('document:write') ? (
        <div>
          <label htmlFor={id} className="hidden">
            {t('documents.attach')}
          </label>
          <input
            ref={field}
            id={id}
            type="file"
            hidden
            onChange={(e) => {
              const file = e.currentTarget.files?.[0];
              if (file) void act.run(() => attach(subject, file));
              e.currentTarget.value = '';
            }}
          />
          <Button variant="default" loading={act.busy} leftSection={<Paperclip size={14} aria-hidden="true" />} onClick={() => field.current?.click()}>
            {t('documents.attach')}
          </Button>
        </div>
      ) : null}
    </section>
  );
}
