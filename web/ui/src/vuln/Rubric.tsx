import { NativeSelect, TextInput } from '@mantine/core';
import { useState } from 'react';
import { useWords } from '../words/words';

// The 18 impacts of the rubric for medical devices (MITRE 0.12.04): what of the
// device is hit, by what of CVSS. Their names are X, the metric, the letter.
const kinds = ['T', 'D', 'W', 'P', 'S', 'O'] as const;
const metrics = ['C', 'I', 'A'] as const;
const answers = ['', 'N', 'L', 'H', 'U'] as const;

/** RubricFields asks for the answers of the rubric and gives the vector with them; empty while nothing is answered. */
export function RubricFields({ vector, change }: { vector: string; change: (rubric: string) => void }) {
  const { t, word } = useWords();
  const [base, setBase] = useState(/^CVSS:3/.test(vector) ? vector : '');
  const [given, setGiven] = useState<Readonly<Record<string, string>>>({});
  const [attack, setAttack] = useState('');
  const tell = (b: string, g: Readonly<Record<string, string>>, a: string) => {
    setBase(b);
    setGiven(g);
    setAttack(a);
    const said = [...Object.entries(g).flatMap(([id, v]) => (v ? [`${id}:${v}`] : [])), ...a.split(/[\s/,]+/).filter(Boolean)];
    change(said.length > 0 ? [b.trim(), ...said].join('/') : '');
  };
  return (
    <div className="stack">
      <p className="dim">{t('rubric.text')}</p>
      <TextInput label={t('rubric.vector')} value={base} placeholder="CVSS:3.1/AV:N/AC:L/PR:N/UI:N/S:U/C:H/I:H/A:H" onChange={(e) => tell(e.currentTarget.value, given, attack)} />
      {/* eslint-disable-next-line jsx-a11y/no-noninteractive-tabindex -- it scrolls */}
      <div className="scrollx" tabIndex={0} role="region" aria-label={t('rubric.title')}>
        <table className="plain">
          <thead>
            <tr>
              <th scope="col">{t('rubric.hits')}</th>
              {metrics.map((m) => (
                <th key={m} scope="col">
                  {word('rubric', m)}
                </th>
              ))}
            </tr>
          </thead>
          <tbody>
            {kinds.map((k) => (
              <tr key={k}>
                <th scope="row">{word('rubric', `of${k}`)}</th>
                {metrics.map((m) => (
                  <td key={m}>
                    <NativeSelect
                      size="xs"
                      aria-label={`X${m}${k}: ${word('rubric', `of${k}`)}, ${word('rubric', m)}`}
                      value={given[`X${m}${k}`] ?? ''}
                      onChange={(e) => tell(base, { ...given, [`X${m}${k}`]: e.currentTarget.value }, attack)}
                      data={answers.map((a) => ({ value: a, label: a ? word('rubric', `is${a}`) : '–' }))}
                    />
                  </td>
                ))}
              </tr>
            ))}
          </tbody>
        </table>
      </div>
      <TextInput label={t('rubric.attack')} description={t('rubric.attackHint')} value={attack} onChange={(e) => tell(base, given, e.currentTarget.value)} />
    </div>
  );
}
