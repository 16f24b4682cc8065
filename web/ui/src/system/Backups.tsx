import { Button } from '@mantine/core';
import { useQuery } from '@tanstack/react-query';
import { DatabaseBackup } from 'lucide-react';
import { useMemo, useState } from 'react';
import { api } from '../api/calls';
import { type Backup, list } from '../api/types';
import { useAct } from '../look/act';
import { When } from '../look/marks';
import { Page } from '../look/Page';
import { Empty, Failed, Note } from '../look/states';
import { useMay } from '../shell/session';
import { useFollow } from '../shell/live';
import type { Column } from '../table/column';
import { DataTable } from '../table/DataTable';
import { type Speaker, useWords } from '../words/words';

const noFields: never[] = [];

function columnsOf({ t, bytes }: Speaker): Column<Backup>[] {
  return [
    { id: 'madeAt', header: t('backups.made'), width: 170, cell: (b) => <When at={b.madeAt} />, text: (b) => b.madeAt },
    { id: 'name', header: t('col.name'), width: 300, weight: 2, cell: (b) => <span className="mono">{b.name}</span>, text: (b) => b.name },
    { id: 'bytes', header: t('system.size'), width: 110, weight: 0.4, right: true, cell: (b) => bytes(b.bytes), text: (b) => String(b.bytes) },
  ];
}

const renewed = [['list', 'backups'], ['backups'], ['jobs']];

/** Backups shows what could be restored, makes more, and says how it is done. */
export function Backups() {
  const words = useWords();
  const { t } = words;
  const columns = useMemo(() => columnsOf(words), [words]);
  const allowed = useMay()('system:backup');
  const act = useAct(...renewed);
  const asked = useQuery({ queryKey: ['backups'], queryFn: ({ signal }) => api.backupsKept(signal) });
  const [begun, setBegun] = useState(false);
  useFollow('job', () => void asked.refetch());
  const held = asked.data;
  const fetch = useMemo(
    () => async (_: unknown, signal?: AbortSignal) => {
      const all = list((await api.backupsKept(signal)).items);
      return { items: all, total: all.length };
    },
    [],
  );
  const make = async () => setBegun(await act.run(() => api.makeBackup()));
  return (
    <Page
      full
      title={t('nav.backups')}
      text={held ? (held.every ? t('backups.every', { every: held.every, keep: held.keep }) : t('backups.never')) : t('backups.text')}
      actions={
        <Button disabled={!allowed} title={allowed ? undefined : t('targets.forbidden')} loading={act.busy} onClick={() => void make()}>
          {t('backups.make')}
        </Button>
      }
    >
      {act.error ? <Failed error={act.error} /> : null}
      {begun ? <Note kind="good">{t('backups.begun')}</Note> : null}
      {held?.sameDisk ? <Note kind="warn">{t('backups.sameDisk', { folder: held.folder })}</Note> : null}
      <DataTable
        name="backups"
        label={t('nav.backups')}
        columns={columns}
        fields={noFields}
        fetch={fetch}
        id={(b) => b.name}
        title={(b) => b.name}
        live="job"
        side={(name, b) => (b ? <BackupPanel key={name} backup={b} folder={held?.folder ?? ''} keys={held?.keys ?? ''} /> : null)}
        empty={<Empty icon={DatabaseBackup} title={t('backups.empty')} text={t('backups.emptyText', { folder: held?.folder ?? '' })} />}
      />
    </Page>
  );
}

function BackupPanel({ backup: b, folder, keys }: { backup: Backup; folder: string; keys: string }) {
  const { t } = useWords();
  const allowed = useMay()('system:backup');
  const act = useAct(...renewed);
  const [begun, setBegun] = useState(false);
  const file = `${folder}/${b.name}`;
  return (
    <div className="stack">
      {act.error ? <Failed error={act.error} /> : null}
      {begun ? <Note kind="good">{t('backups.trying')}</Note> : null}
      <div>
        <Button variant="default" disabled={!allowed} loading={act.busy} onClick={() => void act.run(() => api.verifyBackup(b.name)).then(setBegun)}>
          {t('backups.verify')}
        </Button>
      </div>
      <h3>{t('backups.restore')}</h3>
      <ol className="steps">
        <li>
          {t('backups.step1')}
          <code className="block">sudo systemctl stop bedrail</code>
        </li>
        <li>{t('backups.step2', { keys })}</li>
        <li>
          {t('backups.step3')}
          <code className="block">bedrail backup restore {file} --config /etc/bedrail/bedrail.yaml</code>
        </li>
        <li>
          {t('backups.step4')}
          <code className="block">sudo systemctl start bedrail</code>
        </li>
      </ol>
      <p className="dim">{t('backups.note')}</p>
    </div>
  );
}
