import { Button, TextInput } from '@mantine/core';
import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import { useParams } from '@tanstack/react-router';
import { useEffect, useId, useState } from 'react';
import { api } from '../api/calls';
import { list, type MappingPreview, type MappingShown } from '../api/types';
import desk from '../look/desk.module.css';
import { When, Told } from '../look/marks';
import { Page } from '../look/Page';
import { Failed, Loaded, Note } from '../look/states';
import { useMay } from '../shell/session';
import { useWords } from '../words/words';
import css from './mapping.module.css';

/** MappingPage edits a mapping beside what a message becomes with it. */
export function MappingPage() {
  const { t } = useWords();
  const { name = '' } = useParams({ strict: false });
  const asked = useQuery({ queryKey: ['mapping', name], queryFn: ({ signal }) => api.mapping(name, signal) });
  return (
    <Page title={name} text={asked.data ? <Told of={asked.data.title} /> : t('mappings.text')}>
      <Loaded of={asked} rows={12}>
        {(m) => <Editor key={`${m.name} ${list(m.versions).length} ${String(m.house)}`} shown={m} />}
      </Loaded>
    </Page>
  );
}

/** useLater gives a value once it has stood still for a moment. */
function useLater<T>(value: T, milliseconds: number): T {
  const [later, setLater] = useState(value);
  useEffect(() => {
    const timer = setTimeout(() => setLater(value), milliseconds);
    return () => clearTimeout(timer);
  }, [value, milliseconds]);
  return later;
}

function Editor({ shown }: { shown: MappingShown }) {
  const { t } = useWords();
  const may = useMay();
  const client = useQueryClient();
  const [text, setText] = useState(shown.text);
  const [message, setMessage] = useState(shown.example);
  const [note, setNote] = useState('');
  const textID = useId();
  const messageID = useId();
  const tried = useLater({ text, message }, 400);
  const preview = useQuery({
    queryKey: ['mapping-preview', tried.text, tried.message],
    queryFn: ({ signal }) => api.tryMapping(tried, signal),
    placeholderData: (before) => before,
    gcTime: 0, // a message may be a patient's: it is not kept
  });
  const again = () => client.invalidateQueries({ queryKey: ['mapping', shown.name] }).then(() => client.invalidateQueries({ queryKey: ['mappings'] }));
  const save = useMutation({ mutationFn: () => api.saveMapping({ text, note }), onSuccess: again });
  const retire = useMutation({ mutationFn: () => api.retireMapping(shown.name), onSuccess: again });
  return (
    <div className="stack">
      {save.error ? <Failed error={save.error} /> : null}
      {retire.error ? <Failed error={retire.error} /> : null}
      <div className={desk['desk']}>
        <section className="card stack">
          <label htmlFor={textID}>{t('mappings.mapping')}</label>
          <textarea id={textID} className={desk['text']} rows={20} spellCheck={false} value={text} onChange={(e) => setText(e.currentTarget.value)} />
          {may('mapping:write') ? (
            <div className={css['save']}>
              <TextInput aria-label={t('mappings.note')} placeholder={t('mappings.note')} value={note} onChange={(e) => setNote(e.currentTarget.value)} />
              <Button loading={save.isPending} disabled={Boolean(preview.data?.problem)} onClick={() => save.mutate()}>
                {t('mappings.save')}
              </Button>
              {shown.house ? (
                <Button variant="default" loading={retire.isPending} onClick={() => retire.mutate()}>
                  {t('mappings.retire')}
                </Button>
              ) : null}
            </div>
          ) : (
            <Note kind="warn">{t('state.needs', { action: 'mapping:write' })}</Note>
          )}
          <label htmlFor={messageID}>{t('mappings.message')}</label>
          <textarea
            id={messageID}
            className={desk['text']}
            rows={10}
            spellCheck={false}
            value={message}
            placeholder={t('mappings.paste')}
            onChange={(e) => setMessage(e.currentTarget.value)}
          />
        </section>
        <section className="card stack" aria-live="polite">
          {preview.error ? <Failed error={preview.error} /> : null}
          {preview.data ? <Result of={preview.data} /> : null}
        </section>
      </div>
      <Versions of={shown} />
    </div>
  );
}

function Result({ of: p }: { of: MappingPreview }) {
  const { t, number, word, told } = useWords();
  return (
    <>
      <h2>{t('mappings.result')}</h2>
      {p.problem ? <Note kind="warn"><Told of={p.problem} /></Note> : null}
      {p.mapping ? (
        <p className="dim">
          {p.mapping} · {t('mappings.took', { time: number(p.took.microseconds) })}
        </p>
      ) : null}
      {list(p.tests).map((v) => (
        <Note key={v.test} kind={v.passed ? 'good' : 'warn'}>
          {v.test}
          {list(v.misses).map((m) => (
            <span key={m.expression} className={css['miss']}>
              {t('mappings.miss', { expression: m.expression, expected: m.expected, got: m.got })}
            </span>
          ))}
        </Note>
      ))}
      {list(p.issues).length > 0 ? (
        <>
          <h3>{t('mappings.issues')}</h3>
          <ul className={css['issues']}>
            {list(p.issues).map((i, n) => (
              <li key={n}>
                <span className="mono"><Told of={i.location} /></span> {t('mappings.issue', { severity: word('issue', i.severity), text: told(i.text) })}
              </li>
            ))}
          </ul>
        </>
      ) : null}
      {list(p.changes).length > 0 ? (
        <>
          <h3>{t('mappings.changes')}</h3>
          <ul className={css['issues']}>
            {list(p.changes).map((c, n) => (
              <li key={n} className="mono">
                {c.only === 'after' ? '+' : '−'} {c.element} = {c.value}
              </li>
            ))}
          </ul>
        </>
      ) : null}
      {p.result ? (
        // eslint-disable-next-line jsx-a11y/no-noninteractive-tabindex -- it scrolls
        <pre className={css['result']} tabIndex={0}>
          {pretty(p.result)}
        </pre>
      ) : null}
    </>
  );
}

/** pretty writes JSON on lines; HL7 v2 gets a segment on a line. */
function pretty(text: string): string {
  if (!text.startsWith('{')) return text.replaceAll('\r', '\n');
  try {
    return JSON.stringify(JSON.parse(text), null, 2);
  } catch {
    return text;
  }
}

function Versions({ of: shown }: { of: MappingShown }) {
  const { t, number } = useWords();
  if (list(shown.versions).length === 0) return null;
  return (
    <section className="card stack">
      <h2>{t('mappings.versions')}</h2>
      <table className="plain">
        <thead>
          <tr>
            <th scope="col">{t('col.version')}</th>
            <th scope="col">{t('mappings.at')}</th>
            <th scope="col">{t('mappings.by')}</th>
            <th scope="col">{t('mappings.note')}</th>
            <th scope="col">{t('mappings.force')}</th>
          </tr>
        </thead>
        <tbody>
          {list(shown.versions).map((v) => (
            <tr key={v.number}>
              <td>{number(v.number)}</td>
              <td>
                <When at={v.at} />
              </td>
              <td>{v.by}</td>
              <td>{v.note}</td>
              <td>{v.inForce ? t('mappings.inForce') : ''}</td>
            </tr>
          ))}
        </tbody>
      </table>
    </section>
  );
}
