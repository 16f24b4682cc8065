import { Button, TextInput } from '@mantine/core';
import { type FormEvent, useState } from 'react';
import { api } from '../api/calls';
import { type AttributeName, type Device, list } from '../api/types';
import { useAct } from '../look/act';
import { Failed, Note } from '../look/states';
import { useMay } from '../shell/session';
import { useWords } from '../words/words';

/** Correcting lets a person say what an attribute is, beside its evidence, and take that back. */
export function Correcting({ name, of: d }: { name: AttributeName; of: Device }) {
  const { t } = useWords();
  const may = useMay()('device:correct');
  const act = useAct(['device', d.id], ['list']);
  const [value, setValue] = useState('');
  const [open, setOpen] = useState(false);
  const person = list(d[name].evidence).find((e) => e.source === 'person');
  if (!may) return null;
  const say = async (text: string) => {
    if (await act.run(() => api.changeDevice(d.id, d.version, { corrections: { [name]: text } }))) setOpen(false);
  };
  const submit = (e: FormEvent) => {
    e.preventDefault();
    void say(value.trim());
  };
  return (
    <div className="stack tight">
      {person ? <Note kind="good">{t('device.corrected', { by: person.field })}</Note> : null}
      {act.error ? <Failed error={act.error} /> : null}
      {open ? (
        <form className="row" onSubmit={submit}>
          <TextInput size="sm" aria-label={t('device.right')} value={value} maxLength={200} required data-autofocus onChange={(e) => setValue(e.currentTarget.value)} />
          <Button type="submit" size="sm" loading={act.busy}>
            {t('act.save')}
          </Button>
          <Button variant="default" onClick={() => setOpen(false)}>
            {t('act.cancel')}
          </Button>
        </form>
      ) : (
        <div className="row">
          <Button
            variant="default"
            size="compact-sm"
            onClick={() => {
              setValue(d[name].value);
              setOpen(true);
            }}
          >
            {t('act.correct')}
          </Button>
          {person ? (
            <Button variant="default" size="compact-sm" loading={act.busy} onClick={() => void say('')}>
              {t('device.takeBack')}
            </Button>
          ) : null}
        </div>
      )}
    </div>
  );
}
