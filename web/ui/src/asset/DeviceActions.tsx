import { Button, Modal, NativeSelect, TextInput, Tooltip } from '@mantine/core';
import { useQueryClient } from '@tanstack/react-query';
import { type FormEvent, type ReactNode, useState } from 'react';
import { api } from '../api/calls';
import { Problem } from '../api/client';
import { type AttributeName, type Device, list } from '../api/types';
import { Failed, Note } from '../look/states';
import { useMay } from '../shell/session';
import { type Key, useWords } from '../words/words';
import { AskWork } from './WriteBack';

/** DeviceActions is what a person may do to a device. */
export function DeviceActions({ device }: { device: Device }) {
  const { t, locale } = useWords();
  return (
    <div className="row">
      <a href={`/print/device/${encodeURIComponent(device.id)}?lang=${locale}`}>{t('table.print')}</a>
      <Act name="act.tag" needs="device:tag" device={device} form={(p) => <TagForm {...p} />} />
      <Act name="act.locate" needs="device:locate" device={device} form={(p) => <PlaceForm {...p} />} />
      <Act name="act.correct" needs="device:correct" device={device} form={(p) => <CorrectForm {...p} />} />
      <WorkOrder device={device} />
      <Act name="act.split" needs="device:merge" device={device} unable={partsOf(device).length < 2 ? t('device.noSplit') : undefined} form={(p) => <SplitForm {...p} />} />
    </div>
  );
}

/** partsOf is what a device can be split into: its hardware addresses, and what was heard without one. */
const partsOf = (device: Device) => [...list(device.macs), ...list(device.unbound)];

/** WorkOrder asks the maintenance system for something, where it can be told. */
function WorkOrder({ device }: { device: Device }) {
  if (!useMay()('inventory:writeback')) return null;
  return <AskWork plain devices={[device.id]} usual="" done={() => undefined} />;
}

interface FormProps {
  device: Device;
  /** run does the act and closes the form, or shows what went wrong. */
  run: (act: () => Promise<unknown>) => Promise<void>;
  busy: boolean;
  error: ReactNode;
}

function Act({ name, needs, device, unable, form }: { name: Key; needs: string; device: Device; unable?: string | undefined; form: (p: FormProps) => ReactNode }) {
  const { t } = useWords();
  const client = useQueryClient();
  const why = useMay()(needs) ? unable : t('state.needs', { action: needs });
  const [open, setOpen] = useState(false);
  const [busy, setBusy] = useState(false);
  const [error, setError] = useState<unknown>(null);
  const reload = () => client.invalidateQueries({ queryKey: ['device', device.id] });
  const run = async (act: () => Promise<unknown>) => {
    setBusy(true);
    setError(null);
    try {
      await act();
      setOpen(false);
    } catch (problem) {
      setError(problem);
    } finally {
      setBusy(false);
      await reload();
      await client.invalidateQueries({ queryKey: ['list', 'devices'] });
    }
  };
  // Somebody else was faster: what they made of it is loaded by now.
  const stale = error instanceof Problem && (error.status === 412 || error.status === 409);
  const wrong = stale ? <Note kind="warn">{t('device.changed')}</Note> : error ? <Failed error={error} /> : null;
  return (
    <>
      <Tooltip label={why} disabled={!why}>
        <Button
          variant="default"
          data-act={name}
          aria-disabled={Boolean(why)}
          data-disabled={why ? true : undefined}
          onClick={() => {
            if (!why) setOpen(true);
          }}
        >
          {t(name)}
          {why ? <span className="hidden">{why}</span> : null}
        </Button>
      </Tooltip>
      <Modal opened={open} onClose={() => setOpen(false)} title={`${t(name)}: ${device.name}`} closeButtonProps={{ 'aria-label': t('act.close') }}>
        {open ? form({ device, run, busy, error: wrong }) : null}
      </Modal>
    </>
  );
}

function TagForm({ device, run, busy, error }: FormProps) {
  const { t } = useWords();
  const [tags, setTags] = useState(list(device.tags).join(', '));
  const submit = (e: FormEvent) => {
    e.preventDefault();
    const wanted = [...new Set(tags.split(',').map((x) => x.trim()))].filter(Boolean);
    void run(() => api.changeDevice(device.id, device.version, { tags: wanted }));
  };
  return (
    <form className="stack" onSubmit={submit}>
      {error}
      <TextInput label={t('col.tags')} description={t('device.tagHint')} value={tags} onChange={(e) => setTags(e.currentTarget.value)} data-autofocus />
      <Button type="submit" size="sm" loading={busy}>
        {t('act.save')}
      </Button>
    </form>
  );
}

const places = ['site', 'building', 'floor', 'unit', 'room', 'bed'] as const;

function PlaceForm({ device, run, busy, error }: FormProps) {
  const { t } = useWords();
  const [place, setPlace] = useState<Partial<Record<(typeof places)[number], string>>>(() =>
    Object.fromEntries(places.map((p) => [p, device.location[p] ?? ''])),
  );
  const submit = (e: FormEvent) => {
    e.preventDefault();
    void run(() => api.changeDevice(device.id, device.version, { location: place }));
  };
  return (
    <form className="stack" onSubmit={submit}>
      {error}
      <p className="dim">{t('device.placeText')}</p>
      <div className="grid2">
        {places.map((p) => (
          <TextInput key={p} label={t(`col.${p}`)} value={place[p] ?? ''} onChange={(e) => setPlace({ ...place, [p]: e.currentTarget.value })} />
        ))}
      </div>
      <Button type="submit" size="sm" loading={busy}>
        {t('act.save')}
      </Button>
    </form>
  );
}

const correctable: readonly AttributeName[] = ['class', 'manufacturer', 'model', 'serialNumber', 'softwareVersion', 'operatingSystem'];

function CorrectForm({ device, run, busy, error }: FormProps) {
  const { t } = useWords();
  const [name, setName] = useState<AttributeName>('class');
  const [value, setValue] = useState(device.class.value);
  const submit = (e: FormEvent) => {
    e.preventDefault();
    void run(() => api.changeDevice(device.id, device.version, { corrections: { [name]: value.trim() } }));
  };
  return (
    <form className="stack" onSubmit={submit}>
      {error}
      <p className="dim">{t('device.correctText')}</p>
      <NativeSelect
        label={t('col.attribute')}
        value={name}
        onChange={(e) => {
          const next = correctable.find((a) => a === e.currentTarget.value) ?? 'class';
          setName(next);
          setValue(device[next]?.value ?? '');
        }}
        data={correctable.map((a) => ({ value: a, label: t(`attribute.${a}`) }))}
      />
      <TextInput label={t('device.right')} value={value} onChange={(e) => setValue(e.currentTarget.value)} required />
      <Button type="submit" size="sm" loading={busy}>
        {t('act.save')}
      </Button>
    </form>
  );
}

function SplitForm({ device, run, busy, error }: FormProps) {
  const { t } = useWords();
  const macs = list(device.macs);
  const parts = partsOf(device);
  const [chosen, setChosen] = useState<string[]>([]);
  const submit = (e: FormEvent) => {
    e.preventDefault();
    void run(() => api.splitDevice(device.id, device.version, { macs: chosen.filter((c) => macs.includes(c)), addresses: chosen.filter((c) => !macs.includes(c)) }));
  };
  return (
    <form className="stack" onSubmit={submit}>
      {error}
      <fieldset>
        <legend>{t('device.splitText')}</legend>
        {parts.map((part) => (
          <label key={part} className="row">
            <input
              type="checkbox"
              checked={chosen.includes(part)}
              onChange={(e) => setChosen(e.target.checked ? [...chosen, part] : chosen.filter((x) => x !== part))}
            />
            <span className="mono">{part}</span>
          </label>
        ))}
      </fieldset>
      <Button type="submit" size="sm" loading={busy} disabled={chosen.length === 0 || chosen.length === parts.length}>
        {t('act.split')}
      </Button>
    </form>
  );
}
