import { Button, Checkbox, NativeSelect, PasswordInput, Textarea, TextInput } from '@mantine/core';
import { type FormEvent, useState } from 'react';
import { ShownOnce } from '../access/ShownOnce';
import { api } from '../api/calls';
import { list, type Target, type TargetInput } from '../api/types';
import { useAct } from '../look/act';
import { Failed } from '../look/states';
import { useWords } from '../words/words';

const ways = ['webhook', 'syslog', 'email'] as const;
const levels = ['info', 'warning', 'urgent'] as const;
const digests = ['at-once', 'daily', 'weekly'] as const;
const securities = ['starttls', 'tls', 'none'] as const;
const formats = ['cef', 'ocsf', 'atna'] as const;
const addresses = { webhook: 'https://example.org/hook', syslog: 'siem.example.org:6514', email: 'mail.example.org:587' } as const;

/** chosen narrows what a select gives to one of its words. */
function chosen<W extends string>(of: readonly W[], text: string): W {
  return of.find((w) => w === text) ?? (of[0] as W);
}
const parts = (text: string) =>
  text
    .split(/[\s,]+/)
    .map((p) => p.trim())
    .filter(Boolean);

function begin(of: Target | undefined): TargetInput {
  if (!of) return { name: '', way: 'webhook', on: true, level: 'warning', address: '', digest: 'at-once', hour: 7 };
  const { name, way, on, level, address, digest, hour, format, patients, security, ca, from, user } = of;
  return { name, way, on, level, address, digest, hour, format, patients, security, ca, from, user, kinds: list(of.kinds), sites: list(of.sites), to: list(of.to) };
}

/** TargetForm makes a target or changes one. */
export function TargetForm({ of, done }: { of?: Target; done: () => void }) {
  const { t, word } = useWords();
  const act = useAct(['list', 'targets']);
  const [x, setX] = useState(() => begin(of));
  const [kinds, setKinds] = useState(list(x.kinds).join(' '));
  const [sites, setSites] = useState(list(x.sites).join(', '));
  const [to, setTo] = useState(list(x.to).join(', '));
  const [password, setPassword] = useState('');
  const [clientCert, setClientCert] = useState('');
  const [clientKey, setClientKey] = useState('');
  const [secret, setSecret] = useState('');
  const repository = x.way === 'syslog' && x.format === 'atna';
  const set = (change: Partial<TargetInput>) => setX((old) => ({ ...old, ...change }));
  const submit = async (e: FormEvent) => {
    e.preventDefault();
    const siteNames = sites.split(',').map((s) => s.trim()).filter(Boolean);
    const secrets = { ...(password ? { password } : {}), ...(x.way === 'syslog' && clientCert ? { clientCert, clientKey } : {}) };
    const body: TargetInput = { ...x, kinds: parts(kinds), sites: siteNames, to: x.way === 'email' ? parts(to) : [], secrets };
    let shown = '';
    const kept = await act.run(async () => {
      shown = (of ? await api.changeTarget(of.id, of.version, body) : await api.addTarget(body)).signingSecret ?? '';
    });
    if (kept && shown) setSecret(shown);
    else if (kept) done();
  };
  if (secret) return <ShownOnce text={secret} what={t('targets.secret')} />;
  return (
    <form className="stack" onSubmit={(e) => void submit(e)}>
      {act.error ? <Failed error={act.error} /> : null}
      <TextInput label={t('col.name')} value={x.name} onChange={(e) => set({ name: e.currentTarget.value })} required data-autofocus />
      <NativeSelect
        label={t('targets.way')}
        value={x.way}
        disabled={of !== undefined}
        onChange={(e) => set({ way: chosen(ways, e.currentTarget.value) })}
        data={ways.map((w) => ({ value: w, label: word('way', w) }))}
      />
      <TextInput label={t('targets.address')} placeholder={addresses[x.way]} value={x.address} onChange={(e) => set({ address: e.currentTarget.value })} required />
      {x.way === 'syslog' ? (
        <NativeSelect
          label={t('targets.format')}
          description={repository ? t('targets.atnaHelp') : undefined}
          value={x.format ?? 'cef'}
          onChange={(e) => set({ format: chosen(formats, e.currentTarget.value), patients: undefined })}
          data={formats.map((f) => ({ value: f, label: word('syslogFormat', f) }))}
        />
      ) : null}
      {repository ? <Checkbox label={t('targets.patients')} description={t('targets.patientsHelp')} checked={x.patients ?? false} onChange={(e) => set({ patients: e.currentTarget.checked })} /> : null}
      {x.way === 'email' ? (
        <>
          <NativeSelect
            label={t('targets.security')}
            value={x.security ?? 'starttls'}
            onChange={(e) => set({ security: chosen(securities, e.currentTarget.value) })}
            data={securities.map((s) => ({ value: s, label: word('security', s) }))}
          />
          <TextInput label={t('targets.from')} value={x.from ?? ''} onChange={(e) => set({ from: e.currentTarget.value })} required />
          <TextInput label={t('targets.to')} description={t('targets.commas')} value={to} onChange={(e) => setTo(e.currentTarget.value)} required />
          <TextInput label={t('targets.user')} value={x.user ?? ''} onChange={(e) => set({ user: e.currentTarget.value })} autoComplete="off" />
          {x.user ? <PasswordInput label={t('targets.password')} description={of ? t('targets.unchanged') : undefined} value={password} onChange={(e) => setPassword(e.currentTarget.value)} autoComplete="new-password" /> : null}
          <NativeSelect
            label={t('targets.digest')}
            value={x.digest ?? 'at-once'}
            onChange={(e) => set({ digest: chosen(digests, e.currentTarget.value) })}
            data={digests.map((d) => ({ value: d, label: word('digest', d) }))}
          />
          {x.digest && x.digest !== 'at-once' ? (
            <TextInput type="number" min={0} max={23} label={t('targets.hour')} value={String(x.hour ?? 7)} onChange={(e) => set({ hour: Number(e.currentTarget.value) })} />
          ) : null}
        </>
      ) : null}
      {repository ? null : (
        <>
          <NativeSelect
            label={t('targets.level')}
            value={x.level ?? 'warning'}
            onChange={(e) => set({ level: chosen(levels, e.currentTarget.value) })}
            data={levels.map((l) => ({ value: l, label: t(`bell.${l}`) }))}
          />
          <TextInput label={t('targets.kinds')} description={t('targets.kindsHelp')} value={kinds} onChange={(e) => setKinds(e.currentTarget.value)} />
          <TextInput label={t('targets.sites')} description={t('targets.commas')} value={sites} onChange={(e) => setSites(e.currentTarget.value)} />
        </>
      )}
      <Textarea label={t('targets.ca')} description={t('targets.caHelp')} value={x.ca ?? ''} onChange={(e) => set({ ca: e.currentTarget.value })} autosize minRows={2} maxRows={6} spellCheck={false} />
      {x.way === 'syslog' ? (
        <>
          <Textarea label={t('targets.clientCert')} description={t('targets.clientCertHelp')} value={clientCert} onChange={(e) => setClientCert(e.currentTarget.value)} autosize minRows={2} maxRows={6} spellCheck={false} />
          {clientCert ? <Textarea label={t('targets.clientKey')} description={t('targets.clientKeyHelp')} value={clientKey} onChange={(e) => setClientKey(e.currentTarget.value)} autosize minRows={2} maxRows={6} spellCheck={false} required /> : null}
        </>
      ) : null}
      <Checkbox label={t('targets.isOn')} checked={x.on} onChange={(e) => set({ on: e.currentTarget.checked })} />
      <Button type="submit" size="sm" loading={act.busy}>
        {of ? t('act.save') : t('targets.add')}
      </Button>
    </form>
  );
}
