import { Button } from '@mantine/core';
import { MailX } from 'lucide-react';
import { useMemo } from 'react';
import { api } from '../api/calls';
import type { Letter } from '../api/types';
import { useAct } from '../look/act';
import { Link } from '../look/Link';
import { When, Told } from '../look/marks';
import { Page } from '../look/Page';
import { Empty, Failed, Note } from '../look/states';
import type { Field } from '../query/grammar';
import { useMay } from '../shell/session';
import type { Column } from '../table/column';
import { DataTable } from '../table/DataTable';
import { type Speaker, useWords } from '../words/words';

const fields: readonly Field[] = [
  { name: 'state', kind: 'word', values: ['waiting', 'sent', 'dead'] },
  { name: 'target', kind: 'text' },
  { name: 'tries', kind: 'number' },
  { name: 'at', kind: 'time' },
  { name: 'due', kind: 'time' },
];

function columnsOf({ t, word, number, told }: Speaker): Column<Letter>[] {
  return [
    { id: 'at', header: t('col.time'), width: 150, sort: 'at', cell: (l) => <When at={l.at} />, text: (l) => l.at },
    { id: 'target', header: t('letters.target'), width: 140, sort: 'target', cell: (l) => l.name, text: (l) => l.name },
    { id: 'state', header: t('letters.state'), width: 110, weight: 0.4, sort: 'state', cell: (l) => <span className="chip">{word('letter', l.state)}</span>, text: (l) => l.state },
    { id: 'title', header: t('letters.notice'), width: 280, weight: 2, cell: (l) => told(l.notice.title), text: (l) => l.notice.title },
    { id: 'kind', header: t('col.kind'), width: 150, cell: (l) => <span className="mono">{l.notice.kind}</span>, text: (l) => l.notice.kind },
    { id: 'tries', header: t('letters.tries'), width: 95, weight: 0.3, sort: 'tries', right: true, cell: (l) => number(l.tries), text: (l) => String(l.tries) },
    { id: 'error', header: t('letters.error'), width: 260, weight: 1.6, cell: (l) => told(l.lastError), text: (l) => l.lastError ?? '' },
    { id: 'due', header: t('letters.due'), width: 145, sort: 'due', off: true, cell: (l) => (l.state === 'waiting' ? <When at={l.due} relative /> : ''), text: (l) => l.due },
  ];
}

/** Letters are notices on their way; the dead ones are tried again or dropped. */
export function Letters() {
  const words = useWords();
  const { t } = words;
  const columns = useMemo(() => columnsOf(words), [words]);
  return (
    <Page
      full
      title={t('nav.letters')}
      text={
        <>
          {t('letters.text')} <Link href="/notifications">{t('nav.targets')}</Link> · <Link href="/letters?filter=state:dead">{t('letters.dead')}</Link>
        </>
      }
    >
      <DataTable
        name="letters"
        label={t('nav.letters')}
        columns={columns}
        fields={fields}
        fetch={api.letters}
        id={(l) => l.id}
        title={(l) => l.notice.title}
        live="notice"
        side={(_, l) => (l ? <LetterPanel key={l.id + l.state} letter={l} /> : null)}
        bulk={(rows, done) => <Change letters={rows} done={done} />}
        empty={<Empty icon={MailX} title={t('letters.empty')} text={t('letters.emptyText')} />}
      />
    </Page>
  );
}

function LetterPanel({ letter: l }: { letter: Letter }) {
  const { t, word, number } = useWords();
  return (
    <div className="stack">
      {l.lastError ? <Note kind="warn"><Told of={l.lastError} /></Note> : null}
      <dl className="facts">
        <dt>{t('letters.target')}</dt>
        <dd>
          {l.name} · {word('way', l.way)}
        </dd>
        <dt>{t('letters.state')}</dt>
        <dd>{word('letter', l.state)}</dd>
        <dt>{t('letters.tries')}</dt>
        <dd>{number(l.tries)}</dd>
        {l.state === 'waiting' ? (
          <>
            <dt>{t('letters.due')}</dt>
            <dd>
              <When at={l.due} />
            </dd>
          </>
        ) : null}
        <dt>{t('col.kind')}</dt>
        <dd className="mono">{l.notice.kind}</dd>
        <dt>{t('targets.level')}</dt>
        <dd>{t(`bell.${l.notice.level}`)}</dd>
      </dl>
      {l.notice.href ? <Link href={l.notice.href}>{l.notice.title}</Link> : null}
      {l.state === 'dead' ? <Change letters={[l]} done={() => undefined} /> : null}
    </div>
  );
}

function Change({ letters, done }: { letters: Letter[]; done: () => void }) {
  const { t } = useWords();
  const allowed = useMay()('letter:retry');
  const act = useAct(['list', 'letters'], ['list', 'targets']);
  const ids = letters.filter((l) => l.state === 'dead').map((l) => l.id);
  const change = async (how: typeof api.retryLetters) => {
    if (await act.run(() => how(ids))) done();
  };
  return (
    <>
      {act.error ? <Failed error={act.error} /> : null}
      <div className="row">
        <Button variant="default" disabled={!allowed || ids.length === 0} title={allowed ? undefined : t('letters.forbidden')} loading={act.busy} onClick={() => void change(api.retryLetters)}>
          {t('letters.retry', { n: ids.length })}
        </Button>
        <Button variant="default" disabled={!allowed || ids.length === 0} title={allowed ? undefined : t('letters.forbidden')} onClick={() => void change(api.discardLetters)}>
          {t('letters.discard', { n: ids.length })}
        </Button>
      </div>
    </>
  );
}
