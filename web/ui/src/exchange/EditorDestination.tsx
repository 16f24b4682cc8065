import { Button, Checkbox, Textarea, TextInput } from '@mantine/core';
import type { ChannelKind } from '../api/types';
import { useWords } from '../words/words';
import { at, put, textAt } from './draft';
import { Settings } from './EditorSettings';

/** Destination is one receiver: where it is, what it is for, what it may have. */
export function Destination({ of, kinds, put: give }: { of: unknown; kinds: readonly ChannelKind[]; put: (v: unknown) => void }) {
  const { t } = useWords();
  const set = (path: readonly (string | number)[], value: unknown) => give(put(of, path, value));
  const fields = at(of, ['fields']);
  const name = textAt(of, ['name']);
  return (
    <section className="card stack" aria-label={`${t('editor.destination')} ${name}`}>
      <h2>
        {t('editor.destination')} <span className="mono">{name}</span>
      </h2>
      <TextInput label={t('col.name')} value={name} onChange={(e) => set(['name'], e.currentTarget.value)} />
      <Settings of={of} kinds={kinds} put={give} />
      <TextInput label={t('editor.map')} description={t('editor.mapHelp')} value={textAt(of, ['map'])} onChange={(e) => set(['map'], e.currentTarget.value || undefined)} />
      <TextInput label={t('editor.purpose')} value={textAt(of, ['purpose'])} onChange={(e) => set(['purpose'], e.currentTarget.value || undefined)} />
      <Textarea
        label={t('editor.fields')}
        description={t('editor.fieldsHelp')}
        classNames={{ input: 'mono' }}
        autosize
        minRows={2}
        maxRows={8}
        spellCheck={false}
        value={Array.isArray(fields) ? fields.join('\n') : ''}
        onChange={(e) => set(['fields'], e.currentTarget.value === '' ? undefined : e.currentTarget.value.split('\n'))}
      />
      <Checkbox label={t('editor.pseudonymise')} checked={at(of, ['pseudonymise']) === true} onChange={(e) => set(['pseudonymise'], e.currentTarget.checked || undefined)} />
      <div>
        <Button variant="default" size="compact-sm" onClick={() => give(undefined)}>
          {t('editor.removeDestination')}
        </Button>
      </div>
    </section>
  );
}
