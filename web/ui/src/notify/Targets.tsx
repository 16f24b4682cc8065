import { Button, Modal } from '@mantine/core';
import { useQuery } from '@tanstack/react-query';
import { BellRing } from 'lucide-react';
import { useMemo, useState } from 'react';
import { api } from '../api/calls';
import { list, type Target } from '../api/types';
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
import { ShownOnce } from '../access/ShownOnce';
import { TargetForm } from './TargetForm';

const fields: readonly Field[] = [
  { name: 'name', kind: 'text' },
  { name: 'way', kind: 'word', values: ['webhook', 'syslog', 'email'] },
  { name: 'on', kind: 'word', values: ['yes', 'no'] },
  { name: 'level', kind: 'word', values: ['info', 'warning', 'urgent'] },
];

function columnsOf({ t, word, number }: Speaker): Column<Target>[] {
  const what = (x: Target) => list(x.kinds).join(', ') || t('targets.all');
  return [
    { id: 'name', header: t('col.name'), width: 170, weight: 1.2, sort: 'name', cell: (x) => x.name, text: (x) => x.name },
    { id: 'way', header: t('targets.way'), width: 110, weight: 0.5, sort: 'way', cell: (x) => word('way', x.way), text: (x) => x.way },
    { id: 'on', header: t('letters.state'), width: 80, weight: 0.3, sort: 'on', cell: (x) => <span className="chip">{x.on ? t('targets.on') : t('targets.off')}</span>, text: (x) => (x.on ? t('targets.on') : t('targets.off')) },
    { id: 'address', header: t('targets.address'), width: 240, weight: 1.6, sort: 'address', cell: (x) => <span className="mono">{x.address}</span>, text: (x) => x.address },
    { id: 'level', header: t('targets.level'), width: 130, weight: 0.6, sort: 'level', cell: (x) => t(`bell.${x.level}`), text: (x) => x.level },
    { id: 'kinds', header: t('targets.kinds'), width: 160, off: true, cell: what, text: what },
    { id: 'waiting', header: t('targets.waiting'), width: 100, weight: 0.3, sort: 'waiting', right: true, cell: (x) => number(x.waiting), text: (x) => String(x.waiting) },
    { id: 'dead', header: t('targets.dead'), width: 120, weight: 0.3, sort: 'dead', right: true, cell: (x) => (x.dead > 0 ? <strong>{number(x.dead)}</strong> : number(x.dead)), text: (x) => String(x.dead) },
    { id: 'lastSent', header: t('targets.lastSent'), width: 135, sort: 'lastSent', cell: (x) => (x.lastSent ? <When at={x.lastSent} relative /> : t('word.never')), text: (x) => x.lastSent ?? '' },
  ];
}

/** Targets says who outside of Bedrail is told of notices. */
export function Targets() {
  const words = useWords();
  const { t } = words;
  const columns = useMemo(() => columnsOf(words), [words]);
  const allowed = useMay()('target:write');
  const [adding, setAdding] = useState(false);
  return (
    <Page
      full
      title={t('nav.targets')}
      text={
        <>
          {t('targets.text')} <Link href="/letters">{t('nav.letters')}</Link>
        </>
      }
      actions={
        <Button disabled={!allowed} title={allowed ? undefined : t('targets.forbidden')} onClick={() => setAdding(true)}>
          {t('targets.add')}
        </Button>
      }
    >
      <DataTable
        name="targets"
        label={t('nav.targets')}
        columns={columns}
        fields={fields}
        fetch={api.targets}
        id={(x) => x.id}
        title={(x) => x.name}
        side={(_, x) => (x ? <TargetPanel key={x.id + x.version} target={x} /> : null)}
        empty={<Empty icon={BellRing} title={t('targets.empty')} text={t('targets.emptyText')} />}
      />
      <Modal opened={adding} onClose={() => setAdding(false)} title={t('targets.add')} size="lg" closeButtonProps={{ 'aria-label': t('act.close') }}>
        {adding ? <TargetForm done={() => setAdding(false)} /> : null}
      </Modal>
    </Page>
  );
}

const renewed = [['list', 'targets'], ['list', 'letters']];

/** Standing says how far an audit repository has been told. */
function Standing({ of }: { of: string }) {
  const { t, number } = useWords();
  const asked = useQuery({ queryKey: ['repositories'], queryFn: ({ signal }) => api.repositories(signal), refetchInterval: 5000 });
  const one = list(asked.data?.items).find((r) => r.target === of);
  if (!one) return null;
  return (
    <>
      <dt>{t('targets.behind')}</dt>
      <dd>
        {number(one.behind)} {one.lastError ? <span className="dim"><Told of={one.lastError} /></span> : null}
      </dd>
      {one.nextTry ? (
        <>
          <dt>{t('targets.nextTry')}</dt>
          <dd>
            <When at={one.nextTry} relative />
          </dd>
        </>
      ) : null}
    </>
  );
}

function TargetPanel({ target: x }: { target: Target }) {
  const { t, word } = useWords();
  const allowed = useMay()('target:write');
  const act = useAct(...renewed);
  const [editing, setEditing] = useState(false);
  const [sure, setSure] = useState(false);
  const [sent, setSent] = useState(false);
  const [secret, setSecret] = useState('');
  const test = async () => {
    setSent(false);
    setSent(await act.run(() => api.testTarget(x.id)));
  };
  const rotate = () =>
    act.run(async () => {
      setSecret((await api.rotateTarget(x.id)).signingSecret ?? '');
    });
  return (
    <div className="stack">
      {x.lastError ? <Note kind="warn"><Told of={x.lastError} /></Note> : null}
      <dl className="facts">
        <dt>{t('targets.way')}</dt>
        <dd>
          {word('way', x.way)} {x.format ? <span className="dim">{word('syslogFormat', x.format)}</span> : null}
        </dd>
        <dt>{t('targets.address')}</dt>
        <dd className="mono">{x.address}</dd>
        {x.way === 'email' ? (
          <>
            <dt>{t('targets.to')}</dt>
            <dd>{list(x.to).join(', ')}</dd>
            <dt>{t('targets.digest')}</dt>
            <dd>{word('digest', x.digest)}</dd>
          </>
        ) : null}
        {x.format === 'atna' ? (
          <Standing of={x.id} />
        ) : (
          <>
            <dt>{t('targets.level')}</dt>
            <dd>{t(`bell.${x.level}`)}</dd>
            <dt>{t('targets.kinds')}</dt>
            <dd>{list(x.kinds).join(', ') || t('targets.all')}</dd>
            <dt>{t('targets.sites')}</dt>
            <dd>{list(x.sites).join(', ') || t('targets.all')}</dd>
          </>
        )}
        <dt>{t('targets.changed')}</dt>
        <dd>
          <When at={x.changedAt} /> · {x.changedBy}
        </dd>
      </dl>
      {act.error ? <Failed error={act.error} /> : null}
      {sent ? <Note kind="good">{t('targets.sent')}</Note> : null}
      {secret ? <ShownOnce text={secret} what={t('targets.secret')} /> : null}
      {x.dead > 0 ? <Link href="/letters?filter=state:dead">{t('targets.seeDead', { n: x.dead })}</Link> : null}
      {allowed ? (
        <div className="row">
          <Button variant="default" loading={act.busy} onClick={() => void test()}>
            {t('targets.test')}
          </Button>
          <Button variant="default" onClick={() => setEditing(true)}>
            {t('act.change')}
          </Button>
          {x.way === 'webhook' ? (
            <Button variant="default" onClick={() => void rotate()}>
              {t('targets.rotate')}
            </Button>
          ) : null}
          <Button variant="default" aria-expanded={sure} onClick={() => setSure(!sure)}>
            {t('targets.remove')}
          </Button>
        </div>
      ) : (
        <p className="dim">{t('targets.forbidden')}</p>
      )}
      {sure ? (
        <>
          <Note kind="warn">{t('targets.sure', { name: x.name })}</Note>
          <div>
            <Button color="red" onClick={() => void act.run(() => api.removeTarget(x.id))}>
              {t('targets.remove')}
            </Button>
          </div>
        </>
      ) : null}
      <Modal opened={editing} onClose={() => setEditing(false)} title={x.name} size="lg" closeButtonProps={{ 'aria-label': t('act.close') }}>
        {editing ? <TargetForm of={x} done={() => setEditing(false)} /> : null}
      </Modal>
    </div>
  );
}
