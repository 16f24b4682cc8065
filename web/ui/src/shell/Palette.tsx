import { Modal, TextInput, useMantineColorScheme } from '@mantine/core';
import { useQuery } from '@tanstack/react-query';
import { useRouter } from '@tanstack/react-router';
import { BookOpen, Building2, FileStack, Keyboard, type LucideIcon, MonitorSmartphone, Search, ShieldAlert, Zap } from 'lucide-react';
import { type KeyboardEvent, useEffect, useState } from 'react';
import { api } from '../api/calls';
import { list } from '../api/types';
import { Failed } from '../look/states';
import { is, write } from '../query/grammar';
import { useWords } from '../words/words';
import { places } from './nav';
import { useHere, useMay } from './session';
import css from './shell.module.css';

interface Hit {
  key: string;
  icon: LucideIcon;
  text: string;
  what: string;
  go: () => void;
}

/** weaknessName recognises the name of a weakness, as it is pasted from somewhere. */
export function weaknessName(text: string): string | undefined {
  const found = /\b(CVE-\d{4}-\d{4,}|GHSA(?:-\w{4}){3}|GO-\d{4}-\d+|PYSEC-\d{4}-\d+|RUSTSEC-\d{4}-\d+)\b/i.exec(text)?.[0];
  return found?.toUpperCase().startsWith('GHSA') ? `GHSA${found.slice(4).toLowerCase()}` : found?.toUpperCase();
}

/** Palette finds pages, devices, flaws, bills, units and acts from anywhere. */
export function Palette({ opened, close, sheet }: { opened: boolean; close: () => void; sheet: () => void }) {
  const { t } = useWords();
  return (
    <Modal opened={opened} onClose={close} title={t('palette.title')} size="lg" yOffset="10vh" centered={false} closeButtonProps={{ 'aria-label': t('act.close') }}>
      <Finder close={close} sheet={sheet} />
    </Modal>
  );
}

interface ManualPart {
  href: string;
  page: string;
  title: string;
}

/** manual finds parts of the manual that every server carries. It is no operation of the API: it holds nothing of the hospital. */
async function manual(text: string, signal: AbortSignal): Promise<ManualPart[]> {
  const answer = await fetch(`/docs/search?q=${encodeURIComponent(text)}`, { headers: { accept: 'application/json' }, signal });
  if (!answer.ok) return [];
  const found: unknown = await answer.json();
  const items: unknown = typeof found === 'object' && found !== null ? Reflect.get(found, 'items') : [];
  return (Array.isArray(items) ? items : []).slice(0, 5).flatMap((i: unknown) => {
    const of = (name: string) => (typeof i === 'object' && i !== null ? String(Reflect.get(i, name) ?? '') : '');
    return of('href').startsWith('/docs/') ? [{ href: of('href'), page: of('page'), title: of('title') }] : [];
  });
}

function Finder({ close, sheet }: { close: () => void; sheet: () => void }) {
  const { t, word, locale } = useWords();
  const router = useRouter();
  const may = useMay();
  const [text, setText] = useState('');
  const [asked, setAsked] = useState('');
  const [at, setAt] = useState(0);
  useEffect(() => {
    const timer = setTimeout(() => setAsked(text.trim()), 150);
    return () => clearTimeout(timer);
  }, [text]);
  const filter = asked ? write(asked.split(/\s+/).map((w) => ({ field: '', op: '', values: [w], not: false }))) : '';
  const devices = useQuery({
    queryKey: ['find', 'devices', filter],
    queryFn: ({ signal }) => api.devices({ filter, limit: 6 }, signal),
    enabled: filter.length > 1 && may('device:read'),
  });
  const findings = useQuery({
    queryKey: ['find', 'findings', filter],
    queryFn: ({ signal }) => api.findings({ filter, limit: 6 }, signal),
    enabled: filter.length > 1 && may('finding:read'),
  });

  const bills = useQuery({
    queryKey: ['find', 'bills', filter],
    queryFn: ({ signal }) => api.bills({ filter, limit: 5 }, signal),
    enabled: filter.length > 1 && may('bill:read'),
  });
  const units = useQuery({
    queryKey: ['find', 'units'],
    queryFn: async ({ signal }) => list(list((await api.deviceFacets('unit', '', signal)).fields)[0]?.values),
    enabled: may('device:read'),
    staleTime: 60_000,
  });
  const pages = useQuery({ queryKey: ['find', 'docs', asked], queryFn: ({ signal }) => manual(asked, signal), enabled: asked.length > 2, staleTime: 600_000 });
  const { setColorScheme } = useMantineColorScheme();
  const { signOut } = useHere();

  const go = (href: string) => () => {
    close();
    router.history.push(href);
  };
  const wanted = text.trim().toLowerCase();
  const named = weaknessName(text);
  const act = (key: string, text: string, what: () => void): Hit => ({ key, icon: Zap, text, what: t('palette.action'), go: () => { close(); what(); } });
  const out = (key: string, text: string, href: string, what = t('palette.docs')): Hit => ({ key, icon: BookOpen, text, what, go: () => window.location.assign(href) });
  const acts: Hit[] = [
    act('dark', `${t('shell.scheme')}: ${t('shell.dark')}`, () => setColorScheme('dark')),
    act('light', `${t('shell.scheme')}: ${t('shell.light')}`, () => setColorScheme('light')),
    act('print', t('table.print'), () => window.print()),
    act('out', t('shell.signOut'), () => void signOut()),
    ...(may('audit:verify') ? [act('verify', t('audit.verify'), go('/audit'))] : []),
    out('emergency', t('homes.emergency'), `/emergency?lang=${locale}`),
    out('problems', t('palette.problems'), '/docs/problems'),
  ];
  const hits: Hit[] = [
    ...(named && may('finding:read')
      ? [{ key: named, icon: ShieldAlert, text: t('palette.advisory', { id: named }), what: t('palette.finding'), go: go(`/advisories/${encodeURIComponent(named)}`) }]
      : []),
    ...places
      .filter((p) => t(p.name).toLowerCase().includes(wanted))
      .map((p) => ({ key: p.href, icon: p.icon, text: t(p.name), what: t('palette.page'), go: go(p.href) })),
    ...(t('shortcuts.title').toLowerCase().includes(wanted)
      ? [{ key: 'sheet', icon: Keyboard, text: t('shortcuts.title'), what: t('palette.action'), go: () => { close(); sheet(); } }]
      : []),
    ...(filter.length > 1 ? list(devices.data?.items) : []).map((d) => ({
      key: d.id,
      icon: MonitorSmartphone,
      text: `${d.name} · ${word('class', d.class?.value ?? '')}`,
      what: t('palette.device'),
      go: go(`/devices/${encodeURIComponent(d.id)}`),
    })),
    ...(filter.length > 1 ? list(findings.data?.items) : []).map((f) => ({
      key: f.id,
      icon: ShieldAlert,
      text: `${f.vulnerability} · ${f.model.manufacturer} ${f.model.model}`,
      what: t('palette.finding'),
      go: go(`/findings/${encodeURIComponent(f.id)}`),
    })),
    ...(filter.length > 1 ? list(bills.data?.items) : []).map((b) => ({
      key: b.id,
      icon: FileStack,
      text: [b.name, b.model.manufacturer, b.model.model, b.model.version].filter(Boolean).join(' · '),
      what: t('palette.bill'),
      go: go(`/bills?row=${encodeURIComponent(b.id)}`),
    })),
    ...(wanted ? list(units.data) : [])
      .filter((u) => u.value.toLowerCase().includes(wanted))
      .slice(0, 5)
      .map((u) => ({ key: `unit ${u.value}`, icon: Building2, text: u.value, what: t('palette.unit', { n: u.count }), go: go(`/devices?filter=${encodeURIComponent(write([is('unit', u.value)]))}`) })),
    ...(wanted.length > 2 ? (pages.data ?? []) : []).map((p) => out(p.href, p.page === p.title ? p.title : `${p.page} · ${p.title}`, p.href, t('palette.manual'))),
    ...acts.filter((a) => wanted && a.text.toLowerCase().includes(wanted)),
  ];
  const spot = Math.min(at, hits.length - 1);
  const onKey = (e: KeyboardEvent) => {
    if (e.key === 'ArrowDown') setAt(Math.min(hits.length - 1, spot + 1));
    else if (e.key === 'ArrowUp') setAt(Math.max(0, spot - 1));
    else if (e.key === 'Enter') hits[spot]?.go();
    else return;
    e.preventDefault();
  };
  return (
    <div className="stack">
      <TextInput
        data-autofocus
        leftSection={<Search size={15} aria-hidden="true" />}
        placeholder={t('palette.hint')}
        aria-label={t('palette.title')}
        role="combobox"
        aria-expanded={hits.length > 0}
        aria-controls="palette-hits"
        aria-activedescendant={spot >= 0 ? `palette-${spot}` : undefined}
        value={text}
        onChange={(e) => {
          setText(e.currentTarget.value);
          setAt(0);
        }}
        onKeyDown={onKey}
      />
      {devices.error ? <Failed error={devices.error} /> : null}
      <ul id="palette-hits" role="listbox" aria-label={t('palette.results')} className={css['results']}>
        {hits.map((h, i) => (
          // The field above takes the keys of this list.
          // eslint-disable-next-line jsx-a11y/click-events-have-key-events
          <li key={h.key} id={`palette-${i}`} role="option" aria-selected={i === spot} onClick={h.go} onMouseEnter={() => setAt(i)}>
            <h.icon size={16} aria-hidden="true" />
            <span>{h.text}</span>
            <span className={css['what']}>{h.what}</span>
          </li>
        ))}
      </ul>
      {hits.length === 0 ? <p className="dim">{t('palette.none')}</p> : null}
    </div>
  );
}
