import { Button, Modal, NativeSelect, Textarea, TextInput, Tooltip } from '@mantine/core';
import { useMutation, useQueryClient } from '@tanstack/react-query';
import { type FormEvent, useEffect, useRef, useState } from 'react';
import { api } from '../api/calls';
import { list } from '../api/types';
import { Failed, Note } from '../look/states';
import { useMay } from '../shell/session';
import { useWords } from '../words/words';
import { RubricFields } from './Rubric';
import css from './vuln.module.css';

const states = ['accepted', 'mitigated', 'not-affected', 'fixed', 'affected', 'investigating'] as const;
type State = (typeof states)[number];
const justifications = [
  '',
  'component_not_present',
  'vulnerable_code_not_present',
  'vulnerable_code_not_in_execute_path',
  'vulnerable_code_cannot_be_controlled_by_adversary',
  'inline_mitigations_already_exist',
];

/** DecideButton opens the form in which findings are decided about. */
export function DecideButton({ ids, vector = '', done }: { ids: string[]; vector?: string; done?: () => void }) {
  const { t } = useWords();
  const [open, setOpen] = useState(false);
  const may = useMay()('finding:triage');
  return (
    <>
      <Tooltip label={t('state.needs', { action: 'finding:triage' })} disabled={may}>
        <Button variant="default" data-decide aria-disabled={!may} data-disabled={may ? undefined : true} onClick={() => may && setOpen(true)}>
          {t('decide.title')}
        </Button>
      </Tooltip>
      <Modal opened={open} onClose={() => setOpen(false)} size="lg" title={t('decide.about', { n: ids.length })} closeButtonProps={{ 'aria-label': t('act.close') }}>
        {open ? (
          <DecideForm
            ids={ids}
            vector={vector}
            done={() => {
              setOpen(false);
              done?.();
            }}
          />
        ) : null}
      </Modal>
    </>
  );
}

/** DecideForm asks what is decided, shows what that would touch, and then does it. */
function DecideForm({ ids, vector, done }: { ids: string[]; vector: string; done: () => void }) {
  const { t, word, number } = useWords();
  const client = useQueryClient();
  const [state, setState] = useState<State>('accepted');
  const [justification, setJustification] = useState('');
  const [note, setNote] = useState('');
  const [owner, setOwner] = useState('');
  const [until, setUntil] = useState('');
  const [rubric, setRubric] = useState('');
  const body = {
    ids,
    state,
    note,
    owner,
    ...(justification && state === 'not-affected' ? { justification } : {}),
    ...(rubric ? { rubric } : {}),
    ...(until ? { expires: `${until}T00:00:00Z` } : {}),
  };
  const look = useMutation({ mutationFn: () => api.decide({ ...body, preview: true }) });
  const act = useMutation({
    mutationFn: () => api.decide(body),
    onSuccess: async () => {
      await Promise.all(['finding', 'list', 'advisory'].map((k) => client.invalidateQueries({ queryKey: [k] })));
      done();
    },
  });
  // While it is asked for, the button is off and loses the focus: it comes back.
  const button = useRef<HTMLButtonElement>(null);
  useEffect(() => {
    if (look.data) button.current?.focus();
  }, [look.data]);
  const change = <T,>(set: (v: T) => void) => (v: T) => {
    set(v);
    look.reset();
  };
  const effects = list(look.data?.items);
  const overruled = effects.filter((e) => e.overruled).length;
  const submit = (e: FormEvent) => {
    e.preventDefault();
    if (look.data) act.mutate();
    else look.mutate();
  };
  return (
    <form className="stack" onSubmit={submit}>
      <NativeSelect
        label={t('decide.state')}
        value={state}
        onChange={(e) => change(setState)(states.find((s) => s === e.currentTarget.value) ?? 'accepted')}
        data={states.map((s) => ({ value: s, label: word('decision', s) }))}
        data-autofocus
      />
      {state === 'not-affected' ? (
        <NativeSelect
          label={t('decide.justification')}
          value={justification}
          onChange={(e) => change(setJustification)(e.currentTarget.value)}
          data={justifications.map((j) => ({ value: j, label: j ? word('justification', j) : '–' }))}
        />
      ) : null}
      <Textarea label={t('decide.note')} value={note} onChange={(e) => change(setNote)(e.currentTarget.value)} autosize minRows={2} />
      <div className={css['form']}>
        <TextInput label={t('decide.owner')} value={owner} onChange={(e) => change(setOwner)(e.currentTarget.value)} />
        <TextInput
          type="date"
          label={t('decide.until')}
          value={until}
          required={state === 'accepted' || state === 'mitigated'}
          onChange={(e) => change(setUntil)(e.currentTarget.value)}
        />
      </div>
      <details className={css['more']}>
        <summary>{t('rubric.title')}</summary>
        <RubricFields vector={vector} change={change(setRubric)} />
      </details>
      {look.error ?? act.error ? <Failed error={look.error ?? act.error} /> : null}
      {look.data ? (
        <>
          <Note kind={overruled > 0 ? 'warn' : 'info'}>
            {t('decide.preview', { n: effects.length, devices: effects.reduce((sum, e) => sum + e.devices, 0) })}
            {overruled > 0 ? ` ${t('decide.overruled', { n: overruled })}` : ''}
          </Note>
          <table className="plain" data-preview>
            <thead>
              <tr>
                <th scope="col">{t('col.vulnerability')}</th>
                <th scope="col">{t('attribute.model')}</th>
                <th scope="col" className="right">
                  {t('home.devices')}
                </th>
                <th scope="col">{t('decide.change')}</th>
              </tr>
            </thead>
            <tbody>
              {effects.slice(0, 20).map((e) => (
                <tr key={e.id}>
                  <td className="mono">{e.vulnerability}</td>
                  <td>{[e.model.manufacturer, e.model.model, e.model.version].filter(Boolean).join(' ')}</td>
                  <td className="right">{number(e.devices)}</td>
                  <td>
                    {word('decision', e.from)} → {word('decision', e.to)}
                  </td>
                </tr>
              ))}
            </tbody>
          </table>
        </>
      ) : null}
      <Button ref={button} type="submit" size="sm" loading={look.isPending || act.isPending}>
        {look.data ? t('decide.do') : t('decide.look')}
      </Button>
    </form>
  );
}
