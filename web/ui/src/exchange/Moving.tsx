import { Button, FileInput } from '@mantine/core';
import { useMutation, useQueryClient } from '@tanstack/react-query';
import { useState } from 'react';
import { api } from '../api/calls';
import { list } from '../api/types';
import { Link } from '../look/Link';
import { Page } from '../look/Page';
import { Failed, Note } from '../look/states';
import { useMay } from '../shell/session';
import { useWords } from '../words/words';
import { Told } from '../look/marks';

type Answer = Awaited<ReturnType<typeof api.importChannels>>;
type One = NonNullable<Answer['channels']>[number];

/** Moving brings channels of another engine in: first it only looks. */
export function Moving() {
  const { t } = useWords();
  const may = useMay()('channel:write');
  const client = useQueryClient();
  const [file, setFile] = useState<File | null>(null);
  const look = useMutation({ mutationFn: async (f: File) => api.importChannels(await f.text(), true) });
  const make = useMutation({
    mutationFn: async (f: File) => api.importChannels(await f.text(), false),
    onSuccess: () => client.invalidateQueries({ queryKey: ['channels'] }),
  });
  const shown = make.data ?? look.data;
  const usable = list(look.data?.channels).filter((c) => c.usable).length;
  const choose = (f: File | null) => {
    setFile(f);
    make.reset();
    look.reset();
    if (f) look.mutate(f);
  };
  return (
    <Page title={t('moving.title')} text={t('moving.text')} actions={<Link href="/channels">{t('nav.channels')}</Link>}>
      <section className="card stack">
        {may ? null : <Note kind="warn">{t('state.needs', { action: 'channel:write' })}</Note>}
        <div className="row">
          <FileInput label={t('moving.file')} placeholder={t('import.choose')} accept=".xml" value={file} disabled={!may} onChange={choose} clearable className="grow" />
          <Button disabled={!file || usable === 0 || make.isSuccess} loading={make.isPending} onClick={() => file && make.mutate(file)}>
            {t('moving.make', { n: usable })}
          </Button>
        </div>
        {look.error ? <Failed error={look.error} /> : null}
        {make.error ? <Failed error={make.error} /> : null}
        {shown ? null : <p className="dim">{look.isPending ? t('moving.reading') : t('moving.empty')}</p>}
      </section>
      {list(shown?.channels).map((c) => (
        <Moved key={c.name} of={c} />
      ))}
    </Page>
  );
}

function Moved({ of: c }: { of: One }) {
  const { t } = useWords();
  const left = list(c.left);
  return (
    <section className="card stack" aria-label={c.name}>
      <h2>
        {c.from} → <span className="mono">{c.name}</span>
      </h2>
      {c.problem ? <Note kind="warn"><Told of={c.problem} /></Note> : null}
      {c.made ? (
        <Note kind="good">
          {t('moving.made')} <Link href={`/channels?selected=${c.name}`}>{t('act.open')}</Link>
        </Note>
      ) : null}
      {left.length === 0 ? (
        <p>{t('moving.whole')}</p>
      ) : (
        <ul>
          {left.map((l) => (
            <li key={`${l.severity} ${l.place} ${l.text}`}>
              <strong>{t(`moving.left.${l.severity}`)}</strong> <Told of={l.place} /> — <Told of={l.text} />
            </li>
          ))}
        </ul>
      )}
      <details>
        <summary>{t('channels.definition')}</summary>
        <code className="block">{JSON.stringify(c.definition, null, 2)}</code>
      </details>
    </section>
  );
}
