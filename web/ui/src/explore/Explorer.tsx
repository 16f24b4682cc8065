// Every operation of the API, from the document that the server itself makes:
// try one with one's own session, and take it along as curl or as a command.

import { Button, CopyButton, NativeSelect, Textarea, TextInput } from '@mantine/core';
import { useQuery } from '@tanstack/react-query';
import { useNavigate, useSearch } from '@tanstack/react-router';
import { type FormEvent, useState } from 'react';
import { Page } from '../look/Page';
import { Loaded, Note } from '../look/states';
import { useWords } from '../words/words';
import css from './explorer.module.css';
import { asCommand } from './command';
import { asCurl, fill, type Operation, readDocument } from './operations';

async function fetchDocument(signal: AbortSignal): Promise<Operation[]> {
  const answer = await fetch('/api/openapi.json', { signal, credentials: 'same-origin' });
  if (!answer.ok) throw new Error(`HTTP ${answer.status}`);
  return readDocument(await answer.json());
}

/** Explorer lists the operations by capability and tries one. */
export function Explorer() {
  const { t } = useWords();
  const search: Record<string, unknown> = useSearch({ strict: false });
  const navigate = useNavigate();
  const asked = useQuery({ queryKey: ['openapi'], queryFn: ({ signal }) => fetchDocument(signal), staleTime: Infinity });
  const [wanted, setWanted] = useState('');
  const chosen = typeof search['op'] === 'string' ? search['op'] : '';
  return (
    <Page full title={t('explore.title')} text={t('explore.text')} actions={<a href="/api/openapi.json">OpenAPI 3.1</a>}>
      <Loaded of={asked} rows={12}>
        {(all) => {
          const word = wanted.trim().toLowerCase();
          const some = all.filter((o) => `${o.method} ${o.path} ${o.summary} ${o.tag}`.toLowerCase().includes(word));
          const tags = [...new Set(some.map((o) => o.tag))];
          const op = all.find((o) => o.id === chosen);
          return (
            <div className={css['panes']}>
              <div className={css['list']}>
                <TextInput aria-label={t('explore.find')} placeholder={t('explore.find')} value={wanted} onChange={(e) => setWanted(e.currentTarget.value)} />
                <nav aria-label={t('explore.title')}>
                  {tags.map((tag) => (
                    <div key={tag}>
                      <h2>{tag}</h2>
                      <ul>
                        {some
                          .filter((o) => o.tag === tag)
                          .map((o) => (
                            <li key={o.id}>
                              <button type="button" aria-current={o.id === chosen ? 'true' : undefined} onClick={() => void navigate({ to: '.', search: { op: o.id } })}>
                                <span className={`mono ${css['method']}`}>{o.method}</span> <span lang="en">{o.summary}</span>
                              </button>
                            </li>
                          ))}
                      </ul>
                    </div>
                  ))}
                </nav>
              </div>
              {/* eslint-disable-next-line jsx-a11y/no-noninteractive-tabindex -- it scrolls */}
              <div className={css['one']} tabIndex={0} role="region" aria-label={op?.summary ?? t('explore.title')}>
                {op ? <One key={op.id} of={op} /> : <p className="dim">{t('explore.choose', { n: all.length })}</p>}
              </div>
            </div>
          );
        }}
      </Loaded>
    </Page>
  );
}

interface Answered {
  status: number;
  took: number;
  text: string;
}

function One({ of: op }: { of: Operation }) {
  const { t, number } = useWords();
  const [values, setValues] = useState<Record<string, string>>({});
  const [body, setBody] = useState(op.body);
  const [answer, setAnswer] = useState<Answered | undefined>(undefined);
  const [busy, setBusy] = useState(false);
  const reads = op.method === 'GET';
  const [sure, setSure] = useState(false);
  const address = fill(op, values);
  const tryIt = async (e: FormEvent) => {
    e.preventDefault();
    setBusy(true);
    const began = performance.now();
    try {
      const headers: Record<string, string> = { accept: 'application/json' };
      for (const p of op.parameters) if (p.in === 'header' && values[p.name]) headers[p.name] = values[p.name] ?? '';
      if (op.bodyType && body) headers['content-type'] = op.bodyType;
      const r = await fetch(address, { method: op.method, headers, body: op.bodyType && body ? body : undefined, credentials: 'same-origin' });
      const text = await r.text();
      let shown = text;
      try {
        shown = JSON.stringify(JSON.parse(text), null, 2);
      } catch {
        // what is no JSON is shown as it came
      }
      setAnswer({ status: r.status, took: Math.round(performance.now() - began), text: shown.slice(0, 200_000) });
    } catch (problem) {
      setAnswer({ status: 0, took: Math.round(performance.now() - began), text: String(problem) });
    } finally {
      setBusy(false);
    }
  };
  const command = asCommand(op, values, op.bodyType ? body : '');
  const curl = asCurl(op, window.location.origin + address, op.bodyType ? body : '');
  return (
    <form className="stack" onSubmit={(e) => void tryIt(e)}>
      <h2 lang="en">{op.summary}</h2>
      <p className="mono">
        {op.method} {op.path}
      </p>
      {op.about ? <p>{op.about}</p> : null}
      {op.parameters.map((p) =>
        p.values.length > 0 ? (
          <NativeSelect
            key={p.name}
            label={p.name}
            description={p.about}
            data={['', ...p.values]}
            value={values[p.name] ?? ''}
            required={p.required}
            onChange={(e) => setValues({ ...values, [p.name]: e.currentTarget.value })}
          />
        ) : (
          <TextInput
            key={p.name}
            label={`${p.name} (${p.in})`}
            description={p.about}
            value={values[p.name] ?? ''}
            required={p.required}
            onChange={(e) => setValues({ ...values, [p.name]: e.currentTarget.value })}
          />
        ),
      )}
      {op.bodyType === 'application/octet-stream' ? (
        <Note>{t('explore.file')}</Note>
      ) : op.bodyType ? (
        <Textarea label={t('explore.body')} description={op.bodyType} value={body} onChange={(e) => setBody(e.currentTarget.value)} minRows={6} autosize maxRows={16} spellCheck={false} />
      ) : null}
      {reads ? null : (
        <label className="row">
          <input type="checkbox" checked={sure} onChange={(e) => setSure(e.target.checked)} />
          <span>{t('explore.changes')}</span>
        </label>
      )}
      <div className="row">
        <Button type="submit" size="sm" loading={busy} disabled={(!reads && !sure) || op.bodyType === 'application/octet-stream' || op.streams}>
          {t('explore.try')}
        </Button>
        <Copy text={curl} label={t('explore.curl')} />
        <Copy text={command} label={t('explore.command')} />
      </div>
      <code className="block">{curl}</code>
      <code className="block">{command}</code>
      {answer ? (
        <div className="stack tight" role="status">
          <strong className="num">
            {answer.status || t('state.unreachable')} · {number(answer.took)} ms
          </strong>
          <code className={`block ${css['answer']}`}>{answer.text}</code>
        </div>
      ) : null}
    </form>
  );
}

function Copy({ text, label }: { text: string; label: string }) {
  const { t } = useWords();
  return (
    <CopyButton value={text}>
      {({ copied, copy }) => (
        <Button variant="default" data-copy onClick={copy}>
          {copied ? t('act.copied') : label}
        </Button>
      )}
    </CopyButton>
  );
}
