import { Button, Textarea, TextInput } from '@mantine/core';
import { useMutation, useQueryClient } from '@tanstack/react-query';
import { useState } from 'react';
import { api } from '../api/calls';
import { list, type MessageDetail } from '../api/types';
import { When, Told } from '../look/marks';
import { Failed, Note } from '../look/states';
import { useWords } from '../words/words';

/** Belongs says how it is known whom a message is about, and what became of it. */
export function Belongs({ of }: { of: MessageDetail }) {
  const { t, word } = useWords();
  const a = of.association;
  return (
    <>
      {a ? (
        <>
          <dt>{t('message.belongs')}</dt>
          <dd>
            {a.disagrees || a.ambiguous ? <strong>{word('doubt', a.disagrees ? 'disagrees' : 'ambiguous')}</strong> : t('message.sure')} <span className="dim"><Told of={a.reason} /></span>
          </dd>
        </>
      ) : null}
      {list(of.revisions).length > 0 ? (
        <>
          <dt>{t('message.revisions')}</dt>
          <dd>
            {list(of.revisions).map((r) => (
              <div key={r.revision}>
                {r.revision}: {word('revision', r.kind)} <When at={r.at} relative /> <span className="dim">{r.reason}</span>
              </div>
            ))}
          </dd>
        </>
      ) : null}
    </>
  );
}

/** stepsOf reads lines such as OBX-6.1=mm[Hg]; an empty text takes it out. */
function stepsOf(text: string): { set?: string; value?: string; remove?: string }[] {
  return text
    .split('\n')
    .map((line) => line.trim())
    .filter(Boolean)
    .map((line) => {
      const at = line.indexOf('=');
      if (at < 0) return { remove: line };
      return { set: line.slice(0, at).trim(), value: line.slice(at + 1).trim() };
    });
}

/** Repair mends a copy of a message and sends that. */
export function Repair({ of }: { of: MessageDetail }) {
  const { t, number } = useWords();
  const client = useQueryClient();
  const [steps, setSteps] = useState('');
  const [reason, setReason] = useState('');
  const mend = useMutation({
    mutationFn: (dryRun: boolean) => api.repair(of.id, { steps: stepsOf(steps), reason, release: !dryRun, dryRun }),
    onSuccess: (_, dryRun) => (dryRun ? undefined : client.invalidateQueries({ queryKey: ['message', of.id] })),
  });
  const ready = reason.trim().length >= 3 && stepsOf(steps).length > 0;
  return (
    <details>
      <summary>{t('message.repair')}</summary>
      <div className="stack tight">
        <p className="dim">{t('message.repairText')}</p>
        <Textarea label="OBX[2]-6.1=mm[Hg]" autosize minRows={2} value={steps} onChange={(e) => setSteps(e.currentTarget.value)} className="mono" />
        <TextInput label={t('message.why')} value={reason} onChange={(e) => setReason(e.currentTarget.value)} />
        <div className="row">
          <Button variant="default" size="compact-sm" disabled={!ready} loading={mend.isPending && mend.variables} onClick={() => mend.mutate(true)}>
            {t('message.repairTry')}
          </Button>
          <Button variant="default" size="compact-sm" disabled={!ready} loading={mend.isPending && !mend.variables} onClick={() => mend.mutate(false)}>
            {t('message.repairSend')}
          </Button>
        </div>
        {mend.data ? (
          <Note kind={mend.data.valid ? 'good' : 'warn'}>
            {mend.data.valid ? t('message.repairGood') : t('message.repairLeft', { n: number(list(mend.data.left).length) })}
            <ul>
              {list(mend.data.left).map((i) => (
                <li key={`${i.location ?? ''}${i.rule ?? ''}`}>
                  <span className="mono">{i.location}</span> <Told of={i.text} />
                </li>
              ))}
            </ul>
          </Note>
        ) : null}
        {mend.error ? <Failed error={mend.error} /> : null}
      </div>
    </details>
  );
}
