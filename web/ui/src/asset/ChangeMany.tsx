// Tags and places of many devices at once: first what would change, then the
// job that changes it, then ten seconds to take it back.

import { Button, Modal, TextInput } from '@mantine/core';
import { useQuery, useQueryClient } from '@tanstack/react-query';
import { type FormEvent, useState } from 'react';
import { api } from '../api/calls';
import { type BulkReport, type DeviceSummary, type Job, list } from '../api/types';
import { Failed, Note } from '../look/states';
import { Progress } from '../look/Progress';
import { useMay } from '../shell/session';
import { useOfferUndo } from '../shell/Undo';
import type { Matching } from '../table/DataTable';
import { useWords } from '../words/words';
import { Told } from '../look/marks';
import { said } from './said';

interface Props {
  devices: DeviceSummary[];
  matching: Matching | undefined;
  done: () => void;
}

type Change = Parameters<typeof api.changeDevices>[0];

/** ChangeMany tags or locates the chosen devices. */
export function ChangeMany(p: Props) {
  const { t } = useWords();
  const [open, setOpen] = useState(false);
  const n = p.matching?.total ?? p.devices.length;
  return (
    <>
      <Button variant="default" data-bulk-change onClick={() => setOpen(true)}>
        {t('bulk.change')}
      </Button>
      <Modal opened={open} onClose={() => setOpen(false)} title={t('bulk.title', { n })} closeButtonProps={{ 'aria-label': t('act.close') }}>
        <Form
          {...p}
          done={() => {
            setOpen(false);
            p.done();
          }}
        />
      </Modal>
    </>
  );
}

const words = (text: string) =>
  text
    .split(',')
    .map((w) => w.trim())
    .filter(Boolean);

function Form({ devices, matching, done }: Props) {
  const { t } = useWords();
  const may = useMay();
  const client = useQueryClient();
  const offerUndo = useOfferUndo();
  const [add, setAdd] = useState('');
  const [remove, setRemove] = useState('');
  const [unit, setUnit] = useState('');
  const [job, setJob] = useState<Job | undefined>(undefined);
  const [error, setError] = useState<unknown>(null);
  const change: Change = {
    ...(matching ? { filter: matching.filter } : { ids: devices.map((d) => d.id) }),
    ...(words(add).length ? { addTags: words(add) } : {}),
    ...(words(remove).length ? { removeTags: words(remove) } : {}),
    ...(unit.trim() ? { location: { unit: unit.trim() } } : {}),
  };
  const nothing = !add.trim() && !remove.trim() && !unit.trim();
  const preview = useQuery({
    queryKey: ['bulk', change],
    queryFn: async () => (await api.changeDevices({ ...change, dryRun: true })).report,
    enabled: !nothing && !job,
    retry: false,
  });
  const submit = async (e: FormEvent) => {
    e.preventDefault();
    setError(null);
    try {
      let j = (await api.changeDevices(change)).job;
      while (j && (j.state === 'running' || j.state === 'queued')) {
        setJob(j);
        await new Promise((go) => setTimeout(go, 400));
        j = await api.job(j.id);
      }
      if (!j) return;
      const id = idOf(j.result);
      if (j.state !== 'done') {
        setError(new Error(j.message ?? j.state));
        setJob(undefined);
        return;
      }
      if (id) {
        offerUndo({
          text: t('bulk.done', { n: j.done }),
          undo: async () => {
            let back = await api.undoChangeDevices(id);
            while (back.state === 'running' || back.state === 'queued') {
              await new Promise((go) => setTimeout(go, 400));
              back = await api.job(back.id);
            }
            await client.invalidateQueries({ queryKey: ['list', 'devices'] });
          },
        });
      }
      done();
    } catch (problem) {
      setJob(undefined);
      setError(problem);
    }
  };
  return (
    <form className="stack" onSubmit={(e) => void submit(e)}>
      {error ? <Failed error={error} /> : null}
      <TextInput label={t('bulk.add')} description={t('bulk.commas')} value={add} onChange={(e) => setAdd(e.currentTarget.value)} data-autofocus />
      <TextInput label={t('bulk.remove')} value={remove} onChange={(e) => setRemove(e.currentTarget.value)} />
      <TextInput
        label={t('bulk.unit')}
        description={may('device:locate') ? undefined : t('state.needs', { action: 'device:locate' })}
        disabled={!may('device:locate')}
        value={unit}
        onChange={(e) => setUnit(e.currentTarget.value)}
      />
      {job ? (
        <Progress label={job.title} value={job.total > 0 ? job.done / job.total : undefined} />
      ) : nothing ? null : preview.error ? (
        <Failed error={preview.error} />
      ) : preview.data ? (
        <Preview of={preview.data} />
      ) : (
        <p role="status" className="dim">
          {t('bulk.looking')}
        </p>
      )}
      <Button type="submit" size="sm" loading={job !== undefined} disabled={nothing || !preview.data?.changing}>
        {t('bulk.change')}
      </Button>
    </form>
  );
}

function Preview({ of: r }: { of: BulkReport }) {
  const words = useWords();
  const { t } = words;
  return (
    <div className="stack tight">
      <Note kind={r.changing > 0 ? 'info' : 'warn'}>{t('bulk.preview', { n: r.changing, same: r.same })}</Note>
      {list(r.refused).map((x) => (
        <Note key={x.reason} kind="warn">
          {t('bulk.refused', { n: x.devices, name: x.example })} {x.why.code ? said(words, x.why) : <Told of={x.reason} />}
        </Note>
      ))}
    </div>
  );
}

function idOf(result: unknown): string {
  const id: unknown = typeof result === 'object' && result !== null ? Reflect.get(result, 'id') : '';
  return typeof id === 'string' ? id : '';
}
