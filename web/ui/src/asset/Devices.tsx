import { Button, Checkbox, Modal, TextInput } from '@mantine/core';
import { MonitorSmartphone } from 'lucide-react';
import { type FormEvent, useMemo, useState } from 'react';
import { api } from '../api/calls';
import { Problem } from '../api/client';
import { type Claim, type DeviceSummary, list } from '../api/types';
import { Link } from '../look/Link';
import { asSeverity, Blank, ClaimText, Seen, SeverityMark, When } from '../look/marks';
import { Page } from '../look/Page';
import { Empty, Failed } from '../look/states';
import { useMay } from '../shell/session';
import type { Column } from '../table/column';
import { DataTable } from '../table/DataTable';
import { type Speaker, useWords } from '../words/words';
import { ChangeMany } from './ChangeMany';
import { DevicePanel } from './DevicePanel';
import { counted, deviceFields } from './fields';
import { placeText } from './place';

function known(c: Claim | undefined): string {
  return c && c.status !== 'unknown' ? c.value : '';
}

/** columnsOf are the columns of the list of devices. */
export function columnsOf({ t, word, number, day }: Speaker): Column<DeviceSummary>[] {
  const claim = (id: 'manufacturer' | 'model' | 'serialNumber' | 'softwareVersion' | 'operatingSystem', sort: string, width: number, off = false): Column<DeviceSummary> => ({
    id,
    header: t(`attribute.${id}`),
    width,
    sort,
    off,
    cell: (d) => <ClaimText of={d[id]} />,
    text: (d) => known(d[id]),
  });
  const words = (id: 'addresses' | 'macs' | 'hostnames' | 'tags' | 'protocols' | 'roles', width: number, off: boolean): Column<DeviceSummary> => ({
    id,
    header: t(`col.${id}`),
    width,
    off,
    cell: (d) =>
      list(d[id]).length === 0 ? '' : <span className={id === 'addresses' || id === 'macs' ? 'mono' : ''}>{list(d[id]).join(', ')}</span>,
    text: (d) => list(d[id]).join(' '),
  });
  return [
    {
      id: 'name',
      header: t('col.device'),
      width: 144,
      weight: 1.5,
      sort: 'name',
      cell: (d) => (
        <Link href={`/devices/${encodeURIComponent(d.id)}`} tabIndex={-1}>
          {d.name}
        </Link>
      ),
      text: (d) => d.name,
    },
    {
      id: 'class',
      header: t('attribute.class'),
      width: 120,
      sort: 'class',
      cell: (d) => <ClaimText of={d.class} group="class" />,
      text: (d) => known(d.class) && word('class', d.class.value),
    },
    claim('manufacturer', 'manufacturer', 106),
    claim('model', 'model', 128),
    claim('softwareVersion', 'version', 138),
    {
      id: 'location',
      header: t('col.location'),
      width: 130,
      weight: 1.3,
      sort: 'unit',
      cell: (d) => (placeText(d.location) ? <span title={placeText(d.location)}>{placeText(d.location)}</span> : <Blank />),
      text: (d) => placeText(d.location),
    },
    words('addresses', 132, false),
    {
      id: 'exposure',
      header: t('col.exposure'),
      width: 106,
      sort: 'affected',
      cell: (d) =>
        d.exposure && d.exposure.affected > 0 ? (
          <SeverityMark of={d.exposure.highest ?? 'unknown'} />
        ) : d.exposure && d.exposure.undecidable > 0 ? (
          <span className="dim">{t('verdict.undecidable')}</span>
        ) : (
          ''
        ),
      text: (d) => (d.exposure?.affected ? t(`severity.${asSeverity(d.exposure.highest)}`) : d.exposure?.undecidable ? t('verdict.undecidable') : ''),
    },
    {
      id: 'lastSeen',
      header: t('col.lastSeen'),
      width: 130,
      sort: 'last_seen',
      cell: (d) => <Seen at={d.lastSeen} reported={d.reported} relative />,
      text: (d) => d.lastSeen ?? '',
    },
    claim('serialNumber', 'serial', 135, true),
    claim('operatingSystem', 'os', 170, true),
    {
      id: 'support',
      header: t('col.osSupport'),
      width: 150,
      off: true,
      sort: 'support_ends',
      cell: (d) =>
        d.support.state === 'none' ? (
          ''
        ) : (
          <span className="row" title={d.support.of}>
            {word('support', d.support.state)} {d.support.ends ? <span className="num dim">{day(d.support.ends)}</span> : null}
          </span>
        ),
      text: (d) => (d.support.state === 'none' ? '' : [word('support', d.support.state), d.support.ends, d.support.of].filter(Boolean).join(' ')),
    },
    words('macs', 150, true),
    words('hostnames', 140, true),
    words('protocols', 140, true),
    words('roles', 145, true),
    words('tags', 120, true),
    {
      id: 'assetTag',
      header: t('col.assetTag'),
      width: 135,
      off: true,
      sort: 'asset_tag',
      cell: (d) => <span className="mono">{d.assetTag ?? ''}</span>,
      text: (d) => d.assetTag ?? '',
    },
    {
      id: 'state',
      header: t('col.state'),
      width: 115,
      off: true,
      sort: 'state',
      cell: (d) => word('presence', d.state),
      text: (d) => word('presence', d.state),
    },
    {
      id: 'posture',
      header: t('col.posture'),
      width: 200,
      off: true,
      cell: (d) => list(d.posture).map((c) => word('posture', c)).join(', '),
      text: (d) => list(d.posture).map((c) => word('posture', c)).join(', '),
    },
    {
      id: 'attachment',
      header: t('col.attachment'),
      width: 145,
      off: true,
      sort: 'attachment',
      cell: (d) => d.attachment,
      text: (d) => d.attachment,
    },
    {
      id: 'conflicts',
      header: t('col.conflicts'),
      width: 110,
      off: true,
      right: true,
      cell: (d) => (d.conflicts ? number(d.conflicts) : ''),
      text: (d) => String(d.conflicts),
    },
    {
      id: 'firstSeen',
      header: t('col.firstSeen'),
      width: 165,
      off: true,
      sort: 'first_seen',
      cell: (d) => <Seen at={d.firstSeen} reported={d.reported} />,
      text: (d) => d.firstSeen ?? '',
    },
    {
      id: 'reported',
      header: t('col.reported'),
      width: 130,
      off: true,
      sort: 'reported',
      cell: (d) => (d.reported ? <When at={d.reported} relative /> : ''),
      text: (d) => d.reported ?? '',
    },
  ];
}

/** Devices lists every device that is known. */
export function Devices() {
  const words = useWords();
  const { t } = words;
  const may = useMay();
  // The words are the columns' only ingredient.
  const columns = useMemo(() => columnsOf(words), [words]);
  return (
    <Page
      full
      title={t('nav.devices')}
      actions={
        <Link href="/import" className="row">
          {t('devices.add')}
        </Link>
      }
    >
      <DataTable
        name="devices"
        label={t('nav.devices')}
        columns={columns}
        fields={deviceFields}
        fetch={api.devices}
        facets={async (field, filter, signal) => {
          if (!counted.has(field)) return [];
          const answer = await api.deviceFacets(field, filter, signal);
          return list(list(answer.fields)[0]?.values);
        }}
        id={(d) => d.id}
        title={(d) => d.name}
        href={(d) => `/devices/${encodeURIComponent(d.id)}`}
        side={(id) => <DevicePanel id={id} />}
        bulk={
          may('device:tag') || may('device:merge')
            ? (rows, done, matching) => (
                <>
                  {may('device:tag') ? <ChangeMany devices={rows} matching={matching} done={done} /> : null}
                  {may('device:merge') && rows.length === 2 && !matching ? <MergeTwo devices={rows} done={done} /> : null}
                </>
              )
            : undefined
        }
        bulkAll
        live="device"
        empty={
          <Empty icon={MonitorSmartphone} title={t('devices.empty')} text={t('devices.emptyText')}>
            <Link href="/import">{t('devices.import')}</Link>
          </Empty>
        }
      />
    </Page>
  );
}

function MergeTwo({ devices, done }: { devices: DeviceSummary[]; done: () => void }) {
  const { t } = useWords();
  const [open, setOpen] = useState(false);
  const [reason, setReason] = useState('');
  const [despite, setDespite] = useState(false);
  const [busy, setBusy] = useState(false);
  const [error, setError] = useState<unknown>(null);
  const submit = async (e: FormEvent) => {
    e.preventDefault();
    setBusy(true);
    try {
      await api.mergeDevices(devices.map((d) => d.id), reason.trim(), despite);
      setOpen(false);
      done();
    } catch (problem) {
      setError(problem);
    } finally {
      setBusy(false);
    }
  };
  return (
    <>
      <Button variant="default" onClick={() => setOpen(true)}>
        {t('device.merge')}
      </Button>
      <Modal opened={open} onClose={() => setOpen(false)} title={t('device.merge')} closeButtonProps={{ 'aria-label': t('act.close') }}>
        <form className="stack" onSubmit={(e) => void submit(e)}>
          <p>{t('device.mergeText')}</p>
          <ul>
            {devices.map((d) => (
              <li key={d.id}>
                {d.name} <span className="mono dim">{list(d.macs).join(', ')}</span>
              </li>
            ))}
          </ul>
          {error ? <Failed error={error} /> : null}
          {/* Only once the record has said that the serial numbers differ. */}
          {error instanceof Problem && error.reason === 'serials' ? <Checkbox checked={despite} onChange={(e) => setDespite(e.currentTarget.checked)} label={t('device.mergeDespite')} /> : null}
          <TextInput label={t('device.reason')} value={reason} onChange={(e) => setReason(e.currentTarget.value)} required data-autofocus />
          <Button type="submit" size="sm" loading={busy} disabled={!reason.trim()}>
            {t('device.merge')}
          </Button>
        </form>
      </Modal>
    </>
  );
}
