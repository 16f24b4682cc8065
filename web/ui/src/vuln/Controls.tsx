import { Button, Modal, TextInput } from '@mantine/core';
import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import { ShieldCheck } from 'lucide-react';
import { type FormEvent, useState } from 'react';
import { api } from '../api/calls';
import { type Control, list } from '../api/types';
import { Link } from '../look/Link';
import { Page } from '../look/Page';
import { Empty, Failed, Loaded } from '../look/states';
import { useFollow } from '../shell/live';
import { useMay } from '../shell/session';
import { useWords } from '../words/words';
import css from './vuln.module.css';
import { Told } from '../look/marks';

/** ControlState is what recorded conversations say of a control, in a word. */
export function ControlState({ of }: { of: string }) {
  const { word } = useWords();
  return <span className={`${css['state']} ${css[of] ?? ''}`}>{word('control', of)}</span>;
}

/** Controls lists what keeps weaknesses from being reached, and whether it does. */
export function Controls() {
  const { t } = useWords();
  const client = useQueryClient();
  const asked = useQuery({ queryKey: ['controls'], queryFn: ({ signal }) => api.controls(signal) });
  useFollow('control', () => void client.invalidateQueries({ queryKey: ['controls'] }));
  return (
    <Page title={t('nav.controls')} text={t('controls.text')}>
      <div className="card">
        <Loaded of={asked} rows={5}>
          {(a) =>
            list(a.items).length === 0 ? (
              <Empty icon={ShieldCheck} title={t('controls.empty')} text={t('controls.emptyText')}>
                <Link href="/findings">{t('nav.findings')}</Link>
              </Empty>
            ) : (
              <ControlTable of={list(a.items)} named />
            )
          }
        </Loaded>
      </div>
    </Page>
  );
}

/** ControlTable shows controls; named says for which weakness, too. */
export function ControlTable({ of, named = false }: { of: Control[]; named?: boolean }) {
  const { t, day, date } = useWords();
  const client = useQueryClient();
  const may = useMay()('finding:triage');
  const retire = useMutation({
    mutationFn: (id: string) => api.retireControl(id),
    onSuccess: () => Promise.all(['controls', 'advisory', 'finding', 'list'].map((k) => client.invalidateQueries({ queryKey: [k] }))),
  });
  return (
    // eslint-disable-next-line jsx-a11y/no-noninteractive-tabindex -- it scrolls
    <div className="scrollx" tabIndex={0} role="region" aria-label={t('nav.controls')}>
      {retire.error ? <Failed error={retire.error} /> : null}
      <table className="plain">
        <thead>
          <tr>
            <th scope="col">{t('col.status')}</th>
            {named ? <th scope="col">{t('col.vulnerability')}</th> : null}
            <th scope="col">{t('attribute.model')}</th>
            <th scope="col">{t('controls.closes')}</th>
            <th scope="col">{t('col.reason')}</th>
            <th scope="col">{t('decide.owner')}</th>
            <th scope="col">{t('decide.until')}</th>
            <th scope="col">
              <span className="hidden">{t('controls.retire')}</span>
            </th>
          </tr>
        </thead>
        <tbody>
          {of.map((c) => (
            <tr key={c.id}>
              <td>
                <ControlState of={c.state} />
              </td>
              {named ? (
                <td>
                  <Link href={`/advisories/${encodeURIComponent(c.vulnerability)}`} className="mono">
                    {c.vulnerability}
                  </Link>
                </td>
              ) : null}
              <td>{[c.model.manufacturer, c.model.model, c.model.version].filter(Boolean).join(' ')}</td>
              <td>
                {list(c.services).length === 0 ? t('controls.everything') : list(c.services).map((s) => `${s.transport || '*'}/${s.port}`).join(', ')}
                {list(c.allow).length > 0 ? <div className="dim">{t('controls.except', { list: list(c.allow).join(', ') })}</div> : null}
              </td>
              <td>
                <Told of={c.reason} />
                {c.note ? <div className="dim">{c.note}</div> : null}
                {list(c.against)
                  .slice(0, 3)
                  .map((i) => (
                    <div key={i.peer + i.device + i.port} className="mono dim">
                      {i.peer} → {i.deviceName} {i.transport}/{i.port} · {date(i.last)}
                    </div>
                  ))}
              </td>
              <td>{c.owner}</td>
              <td>{day(c.expires)}</td>
              <td>
                {may && c.state !== 'retired' ? (
                  <Button variant="default" size="compact-xs" loading={retire.isPending && retire.variables === c.id} onClick={() => retire.mutate(c.id)}>
                    {t('controls.retire')}
                  </Button>
                ) : null}
              </td>
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  );
}

interface Bound {
  vulnerability: string;
  model: Control['model'];
}

/** BindControl opens the form that puts a control in force. */
export function BindControl({ of }: { of: Bound }) {
  const { t } = useWords();
  const [open, setOpen] = useState(false);
  if (!useMay()('finding:triage')) return null;
  return (
    <>
      <Button variant="default" className={css['noprint']} onClick={() => setOpen(true)}>
        {t('controls.add')}
      </Button>
      <Modal opened={open} onClose={() => setOpen(false)} size="lg" title={t('controls.add')} closeButtonProps={{ 'aria-label': t('act.close') }}>
        {open ? <BindForm of={of} done={() => setOpen(false)} /> : null}
      </Modal>
    </>
  );
}

/** services reads "tcp/443, udp/161". What it cannot read is told: left out, it would close everything. */
function services(text: string): { read: { transport: string; port: number }[]; unread: string[] } {
  const parts = text.split(/[\s,]+/).filter(Boolean);
  const split = parts.map((part) => /^(tcp|udp)\/(\d{1,5})$/i.exec(part));
  return {
    read: split.flatMap((m) => (m && Number(m[2]) <= 65535 ? [{ transport: (m[1] ?? '').toLowerCase(), port: Number(m[2]) }] : [])),
    unread: parts.filter((_, i) => !split[i] || Number(split[i]?.[2]) > 65535),
  };
}

function BindForm({ of, done }: { of: Bound; done: () => void }) {
  const { t } = useWords();
  const client = useQueryClient();
  const [closes, setCloses] = useState('');
  const [allow, setAllow] = useState('');
  const [days, setDays] = useState('7');
  const [until, setUntil] = useState('');
  const [owner, setOwner] = useState('');
  const [note, setNote] = useState('');
  const closed = services(closes);
  const bind = useMutation({
    mutationFn: () =>
      api.bindControl({
        ...of,
        services: closed.read,
        allow: allow.split(/[\s,]+/).filter(Boolean),
        days: Number(days),
        expires: `${until}T00:00:00Z`,
        owner,
        note,
      }),
    onSuccess: async () => {
      await Promise.all(['controls', 'advisory', 'finding', 'list'].map((k) => client.invalidateQueries({ queryKey: [k] })));
      done();
    },
  });
  const submit = (e: FormEvent) => {
    e.preventDefault();
    if (closed.unread.length === 0) bind.mutate();
  };
  return (
    <form className="stack" onSubmit={submit}>
      <p className="dim">{t('controls.addText')}</p>
      {bind.error ? <Failed error={bind.error} /> : null}
      <TextInput label={t('controls.closes')} description={t('controls.closesHint')} value={closes} error={closed.unread.length > 0 ? t('controls.unread', { list: closed.unread.join(', ') }) : undefined} onChange={(e) => setCloses(e.currentTarget.value)} data-autofocus />
      <TextInput label={t('controls.allow')} description={t('controls.allowHint')} value={allow} onChange={(e) => setAllow(e.currentTarget.value)} />
      <div className={css['form']}>
        <TextInput type="number" min={1} max={30} label={t('controls.days')} value={days} required onChange={(e) => setDays(e.currentTarget.value)} />
        <TextInput type="date" label={t('decide.until')} value={until} required onChange={(e) => setUntil(e.currentTarget.value)} />
        <TextInput label={t('decide.owner')} value={owner} required onChange={(e) => setOwner(e.currentTarget.value)} />
      </div>
      <TextInput label={t('decide.note')} value={note} onChange={(e) => setNote(e.currentTarget.value)} />
      <Button type="submit" size="sm" loading={bind.isPending}>
        {t('controls.add')}
      </Button>
    </form>
  );
}
