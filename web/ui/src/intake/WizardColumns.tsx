import { Button, NativeSelect, TextInput } from '@mantine/core';
import { useState } from 'react';
import { list, type ListColumns } from '../api/types';
import { useAct } from '../look/act';
import { Failed, Note } from '../look/states';
import { useWords } from '../words/words';

interface Props {
  of: ListColumns;
  fields: Record<string, string>;
  change: (fields: Record<string, string>) => void;
  next: () => void;
  busy: boolean;
  save: (name: string) => Promise<unknown>;
}

/** WizardColumns says what each column holds: guessed, or as it was saved, and every guess can be changed. */
export function WizardColumns({ of: c, fields, change, next, busy, save }: Props) {
  const { t, word } = useWords();
  const [name, setName] = useState(c.saved?.name ?? '');
  const [saved, setSaved] = useState(false);
  const act = useAct();
  const twice = list(c.columns).filter((x) => fields[x.heading] && fields[x.heading] !== '-' && list(c.columns).some((y) => y.heading !== x.heading && fields[y.heading] === fields[x.heading]));
  // Columns that hold something and that nothing is known of: left out by nobody's will.
  const unread = c.saved ? [] : list(c.columns).filter((x) => !fields[x.heading] && list(x.samples).length > 0).map((x) => x.heading);
  const options = [
    { value: '', label: t('wizard.leave') },
    ...list(c.fields).map((f) => ({ value: f, label: word('listfield', f) })),
  ];
  return (
    <section className="card stack">
      <div className="cardhead">
        <h2>{t('wizard.columns')}</h2>
        <span className="dim">{t('wizard.line', { n: c.line })}</span>
      </div>
      {c.saved ? <Note kind="good">{t('wizard.known', { name: c.saved.name })}</Note> : <p className="dim">{t('wizard.guessed')}</p>}
      {unread.length > 0 ? <Note kind="warn">{t('wizard.unread', { list: unread.join(', ') })}</Note> : null}
      {twice.length > 0 ? <Note kind="warn">{t('wizard.twice', { list: twice.map((x) => x.heading).join(', ') })}</Note> : null}
      {/* eslint-disable-next-line jsx-a11y/no-noninteractive-tabindex -- it scrolls */}
      <div className="scrollx" tabIndex={0} role="region" aria-label={t('wizard.columns')}>
        <table className="plain">
          <thead>
            <tr>
              <th scope="col">{t('wizard.heading')}</th>
              <th scope="col">{t('wizard.holds')}</th>
              <th scope="col">{t('wizard.samples')}</th>
            </tr>
          </thead>
          <tbody>
            {list(c.columns).map((x) => (
              <tr key={x.heading}>
                <th scope="row">{x.heading}</th>
                <td>
                  <NativeSelect
                    size="xs"
                    aria-label={t('wizard.holdsOf', { heading: x.heading })}
                    value={fields[x.heading] === '-' ? '' : (fields[x.heading] ?? '')}
                    onChange={(e) => change({ ...fields, [x.heading]: e.currentTarget.value || '-' })}
                    data={options}
                  />
                </td>
                <td className="dim middle">{list(x.samples).join(' · ')}</td>
              </tr>
            ))}
          </tbody>
        </table>
      </div>
      {act.error ? <Failed error={act.error} /> : null}
      <div className="row">
        <Button onClick={next} loading={busy}>
          {t('wizard.preview')}
        </Button>
        <span className="grow" />
        <TextInput size="sm" aria-label={t('wizard.name')} placeholder={t('wizard.name')} value={name} maxLength={64} onChange={(e) => { setName(e.currentTarget.value); setSaved(false); }} />
        <Button variant="default" disabled={name.trim() === ''} loading={act.busy} onClick={() => void act.run(() => save(name.trim())).then(setSaved)}>
          {t('wizard.save')}
        </Button>
        <span role="status" className="dim">
          {saved ? t('wizard.saved') : ''}
        </span>
      </div>
    </section>
  );
}
