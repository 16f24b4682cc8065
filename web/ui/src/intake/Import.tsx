import { Button, NativeSelect, TextInput } from '@mantine/core';
import { useQueryClient } from '@tanstack/react-query';
import { useNavigate, useSearch } from '@tanstack/react-router';
import { FileUp, Upload } from 'lucide-react';
import { type DragEvent, useId, useRef, useState } from 'react';
import { type ImportOptions, upload } from '../api/calls';
import { type ImportKind, type Job, list } from '../api/types';
import { Link } from '../look/Link';
import { Page } from '../look/Page';
import { Progress } from '../look/Progress';
import { Empty, Failed, Loaded, Note } from '../look/states';
import { JobView, useJobs } from '../shell/JobTray';
import { useMay } from '../shell/session';
import { type Key, useWords } from '../words/words';
import css from './import.module.css';

interface Kind {
  kind: ImportKind;
  name: Key;
  text: Key;
  accept: string;
  needs: string;
}

const kinds: Kind[] = [
  { kind: 'pcap', name: 'import.pcap', text: 'import.pcapText', accept: '.pcap,.pcapng,.cap,.gz', needs: 'capture:import' },
  { kind: 'cmms', name: 'import.cmms', text: 'import.cmmsText', accept: '.csv,.xlsx', needs: 'device:import' },
  { kind: 'locations', name: 'import.locations', text: 'import.locationsText', accept: '.csv,.xlsx', needs: 'location:write' },
  { kind: 'leases', name: 'import.leases', text: 'import.leasesText', accept: '', needs: 'device:import' },
  { kind: 'zeek', name: 'import.zeek', text: 'import.zeekText', accept: '.log,.gz', needs: 'capture:import' },
  { kind: 'switch', name: 'import.switch', text: 'import.switchText', accept: '.txt,.csv,.log', needs: 'capture:import' },
  { kind: 'cloud', name: 'import.cloud', text: 'import.cloudText', accept: '.json,.ndjson,.csv', needs: 'capture:import' },
  { kind: 'wlc', name: 'import.wlc', text: 'import.wlcText', accept: '.csv', needs: 'capture:import' },
  { kind: 'flows', name: 'import.flows', text: 'import.flowsText', accept: '.pcap,.pcapng,.cap,.gz', needs: 'capture:import' },
  { kind: 'sbom', name: 'import.sbom', text: 'import.sbomText', accept: '.json,.xml,.spdx,.tag,.yaml,.yml,.rdf', needs: 'bill:import' },
  { kind: 'vex', name: 'import.vex', text: 'import.vexText', accept: '.json', needs: 'finding:triage' },
  { kind: 'mds2', name: 'import.mds2', text: 'import.mds2Text', accept: '.xlsx,.csv,.json', needs: 'mds2:import' },
  { kind: 'maintenance', name: 'import.maintenance', text: 'import.maintenanceText', accept: '.csv,.xlsx', needs: 'maintenance:import' },
  { kind: 'feed', name: 'import.feed', text: 'import.feedText', accept: '.json,.zip,.csv,.gz', needs: 'feed:import' },
];

const authorities = ['', 'manufacturer', 'hospital', 'third-party'] as const;

/** guess tells from a file's name what it most likely is. */
export function guess(name: string): ImportKind | undefined {
  const n = name.toLowerCase();
  if (/\.(pcap|pcapng|cap)(\.gz)?$/.test(n)) return 'pcap';
  if (/leases/.test(n)) return 'leases';
  if (/^(conn|dhcp|http|ssl|x509|snmp|known_\w+)[.\w:-]*\.log(\.gz)?$/.test(n)) return 'zeek';
  if (/mac[-_ ]?(address[-_ ]?)?table|arp/.test(n)) return 'switch';
  if (/vex/.test(n)) return 'vex';
  if (/\.(cdx|bom|spdx)\.(json|xml|ya?ml|rdf)$/.test(n) || /\.spdx(\.rdf)?$/.test(n) || /sbom/.test(n)) return 'sbom';
  if (/mds2/.test(n)) return 'mds2';
  if (/maintenance|loaner/.test(n) && /\.(csv|xlsx)$/.test(n)) return 'maintenance';
  if (/fleet|cloud|remote[-_ ]?monitoring|home[-_ ]?care/.test(n) && /\.(json|ndjson|csv)$/.test(n)) return 'cloud';
  if (/\.(csv|xlsx)$/.test(n)) return 'cmms';
  if (/csaf|osv|kev|known_exploited|cve|epss|recall|\.zip$/.test(n)) return 'feed';
  return undefined;
}

interface Sending {
  key: number;
  file: File;
  kind: ImportKind;
  sent: number;
  stop: AbortController;
  error?: unknown;
  job?: Job;
}

/** Import takes files by browser and shows how their reading goes. */
export function Import() {
  const { t, word } = useWords();
  const may = useMay();
  const search: Record<string, unknown> = useSearch({ strict: false });
  const navigate = useNavigate();
  const chosen = kinds.find((k) => k.kind === search['kind']) ?? kinds[0];
  const [model, setModel] = useState({ manufacturer: '', model: '', version: '', site: '' });
  const [authority, setAuthority] = useState<(typeof authorities)[number]>('');
  const [sending, setSending] = useState<Sending[]>([]);
  const [over, setOver] = useState(false);
  const next = useRef(0);
  const field = useRef<HTMLInputElement>(null);
  const id = useId();
  const client = useQueryClient();
  const jobs = useJobs();
  if (!chosen) return null;
  const allowed = may(chosen.needs);

  const change = (key: number, patch: Partial<Sending>) =>
    setSending((all) => all.map((s) => (s.key === key ? { ...s, ...patch } : s)));
  const send = async (file: File) => {
    const kind = search['kind'] ? chosen.kind : (guess(file.name) ?? chosen.kind);
    const one: Sending = { key: next.current++, file, kind, sent: 0, stop: new AbortController() };
    setSending((all) => [one, ...all]);
    const options: ImportOptions = { kind, name: file.name };
    if (kind === 'vex' && authority) options.authority = authority;
    if (kind === 'sbom' || kind === 'mds2' || kind === 'vex') Object.assign(options, { manufacturer: model.manufacturer, model: model.model, version: model.version });
    if (kind !== 'sbom' && kind !== 'feed' && kind !== 'mds2' && kind !== 'vex') options.site = model.site;
    try {
      const job = await upload(file, options, (sent) => change(one.key, { sent }), one.stop.signal);
      setSending((all) => all.filter((s) => s.key !== one.key));
      await client.invalidateQueries({ queryKey: ['jobs'] });
      await client.invalidateQueries({ queryKey: ['job', job.id] });
    } catch (error) {
      if (error instanceof DOMException && error.name === 'AbortError') setSending((all) => all.filter((s) => s.key !== one.key));
      else change(one.key, { error });
    }
  };
  const take = (files: FileList | null) => {
    if (allowed) for (const f of files ?? []) void send(f);
  };
  const drop = (e: DragEvent) => {
    e.preventDefault();
    setOver(false);
    take(e.dataTransfer.files);
  };
  return (
    <Page title={t('nav.import')} text={t('import.text')}>
      <div className="grid2">
        <section className="card stack">
          <h2>{t('import.what')}</h2>
          <NativeSelect
            aria-label={t('import.what')}
            value={chosen.kind}
            onChange={(e) => void navigate({ to: '.', search: { kind: e.currentTarget.value }, replace: true })}
            data={kinds.map((k) => ({ value: k.kind, label: t(k.name) }))}
          />
          <p className="dim">{t(chosen.text)}</p>
          {chosen.kind === 'cmms' || chosen.kind === 'locations' ? (
            <p>
              <Link href={`/import/list?kind=${chosen.kind}`}>{t('import.wizard')}</Link>
            </p>
          ) : null}
          {chosen.kind === 'vex' ? (
            <NativeSelect
              label={t('import.authority')}
              value={authority}
              onChange={(e) => setAuthority(authorities.find((a) => a === e.currentTarget.value) ?? '')}
              data={authorities.map((a) => ({ value: a, label: a ? word('authority', a) : t('import.authorityAuto') }))}
            />
          ) : null}
          {chosen.kind === 'sbom' || chosen.kind === 'mds2' || chosen.kind === 'vex' ? (
            <div className={css['model']}>
              <TextInput label={t('attribute.manufacturer')} value={model.manufacturer} onChange={(e) => setModel({ ...model, manufacturer: e.currentTarget.value })} />
              <TextInput label={t('attribute.model')} value={model.model} onChange={(e) => setModel({ ...model, model: e.currentTarget.value })} />
              <TextInput label={t('attribute.softwareVersion')} value={model.version} onChange={(e) => setModel({ ...model, version: e.currentTarget.value })} />
            </div>
          ) : chosen.kind !== 'feed' ? (
            <TextInput label={t('import.site')} value={model.site} onChange={(e) => setModel({ ...model, site: e.currentTarget.value })} />
          ) : null}
          {allowed ? null : <Note kind="warn">{t('state.needs', { action: chosen.needs })}</Note>}
          <div
            className={`${css['drop']} ${over ? css['over'] : ''}`}
            onDragOver={(e) => {
              e.preventDefault();
              setOver(true);
            }}
            onDragLeave={() => setOver(false)}
            onDrop={drop}
          >
            <FileUp size={26} strokeWidth={1.5} aria-hidden="true" />
            <p>{t('import.drop')}</p>
            <Button size="sm" data-choose-file leftSection={<Upload size={15} aria-hidden="true" />} disabled={!allowed} onClick={() => field.current?.click()}>
              {t('import.choose')}
            </Button>
            <label htmlFor={id} className="hidden">
              {t('import.choose')}
            </label>
            <input
              ref={field}
              id={id}
              type="file"
              multiple
              hidden
              accept={chosen.accept}
              onChange={(e) => {
                take(e.currentTarget.files);
                e.currentTarget.value = '';
              }}
            />
          </div>
        </section>
        <section className="card stack">
          <h2>{t('job.title')}</h2>
          {sending.map((s) => (
            <SendingView key={s.key} of={s} drop={() => setSending((all) => all.filter((x) => x.key !== s.key))} />
          ))}
          <Loaded of={jobs} rows={3}>
            {(j) =>
              list(j.items).length === 0 && sending.length === 0 ? (
                <Empty icon={Upload} title={t('import.empty')} text={t('import.emptyText')} />
              ) : (
                <ul className={css['jobs']}>
                  {list(j.items).map((job) => (
                    <li key={job.id}>
                      <JobView job={job} />
                    </li>
                  ))}
                </ul>
              )
            }
          </Loaded>
        </section>
      </div>
    </Page>
  );
}

function SendingView({ of: s, drop }: { of: Sending; drop: () => void }) {
  const { t, bytes } = useWords();
  return (
    <div className="stack tight">
      <div className="row">
        <strong className="grow">{s.file.name}</strong>
        <span className="chip">{t(kinds.find((k) => k.kind === s.kind)?.name ?? 'word.unknown')}</span>
      </div>
      {s.error ? (
        <>
          <Failed error={s.error} />
          <div>
            <Button variant="subtle" onClick={drop}>
              {t('act.close')}
            </Button>
          </div>
        </>
      ) : (
        <>
          <Progress label={s.file.name} value={s.file.size > 0 ? s.sent / s.file.size : undefined} />
          <div className="row dim">
            <span className="grow num">{t('job.of', { done: bytes(s.sent), total: bytes(s.file.size) })}</span>
            <Button variant="subtle" color="gray" onClick={() => s.stop.abort()}>
              {t('act.cancel')}
            </Button>
          </div>
        </>
      )}
    </div>
  );
}

