import { Checkbox, NativeSelect, TextInput } from '@mantine/core';
import type { ChannelKind } from '../api/types';
import { useWords } from '../words/words';
import { at, example, isObject, kindOf, put, textAt, withKind } from './draft';

/** Settings chooses a kind of door and fills in what it needs. What a kind
 * has beyond its example is written in the YAML beside. */
export function Settings({ of, kinds, put: give }: { of: unknown; kinds: readonly ChannelKind[]; put: (v: unknown) => void }) {
  const { t } = useWords();
  const kind = kindOf(of);
  const known = kinds.find((k) => k.name === kind);
  const settings = at(of, [kind]);
  const first = example(known?.example);
  const names = [...new Set([...Object.keys(first), ...(isObject(settings) ? Object.keys(settings) : [])])];
  return (
    <>
      <NativeSelect
        label={t('editor.kind')}
        description={known?.about}
        value={kind}
        onChange={(e) => {
          const chosen = kinds.find((k) => k.name === e.currentTarget.value);
          if (chosen) give(withKind(of, chosen.name, example(chosen.example)));
        }}
        data={[...(kind ? [] : [{ value: '', label: t('editor.choose') }]), ...kinds.map((k) => ({ value: k.name, label: k.name }))]}
      />
      {names.map((n) => (
        <Setting key={n} name={n} like={first[n]} of={at(settings, [n])} put={(v) => give(put(of, [kind, n], v))} />
      ))}
    </>
  );
}

/** read takes what a person wrote for what the example holds there. */
function read(text: string, like: unknown): unknown {
  if (text === '') return undefined;
  if (like === undefined || typeof like === 'string') return text;
  try {
    return JSON.parse(text);
  } catch {
    return text;
  }
}

function Setting({ name, like, of, put: give }: { name: string; like: unknown; of: unknown; put: (v: unknown) => void }) {
  if (typeof like === 'boolean' || typeof of === 'boolean') return <Checkbox label={name} checked={of === true} onChange={(e) => give(e.currentTarget.checked || undefined)} />;
  const example = typeof like === 'string' ? like : JSON.stringify(like);
  return <TextInput label={name} classNames={{ input: 'mono' }} placeholder={example} value={textAt({ of }, ['of'])} onChange={(e) => give(read(e.currentTarget.value, like ?? of))} />;
}
