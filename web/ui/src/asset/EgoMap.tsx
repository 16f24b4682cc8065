import { useQuery } from '@tanstack/react-query';
import { api } from '../api/calls';
import { type Device, list } from '../api/types';
import { Link } from '../look/Link';
import { Note } from '../look/states';
import { useWords } from '../words/words';
import css from './device.module.css';
import { protocolName } from './names';

const most = 16;
const cx = 360;
const cy = 190;

interface Peer {
  key: string;
  name: string;
  id: string;
  bytes: number;
  in: boolean;
  out: boolean;
  services: string[];
}

/** EgoMap draws the busiest peers around a device: who opens, over which service, how much. The table below lists them all. */
export function EgoMap({ device }: { device: Device }) {
  const words = useWords();
  const { t, bytes } = words;
  const asked = useQuery({ queryKey: ['device', device.id, 'conversations'], queryFn: ({ signal }) => api.conversations(device.id, signal) });
  if (!asked.data || list(asked.data.items).length === 0) return null; // the table says so
  const peers = new Map<string, Peer>();
  for (const c of list(asked.data.items)) {
    const key = c.peer.deviceId || c.peer.address;
    const p = peers.get(key) ?? { key, name: c.peer.name || c.peer.address, id: c.peer.deviceId ?? '', bytes: 0, in: false, out: false, services: [] };
    const out = c.direction === 'out' || c.direction === 'outbound';
    p.bytes += c.bytesUp + c.bytesDown;
    p.out ||= out;
    p.in ||= !out;
    const service = c.protocol ? protocolName(words, c.protocol) : `${c.transport}/${c.port}`;
    if (!p.services.includes(service)) p.services.push(service);
    peers.set(key, p);
  }
  const all = [...peers.values()].sort((a, b) => b.bytes - a.bytes);
  const shown = all.slice(0, most);
  const top = Math.max(1, ...shown.map((p) => p.bytes));
  return (
    <section className="card stack">
      <div className="cardhead">
        <h2>{t('device.ego')}</h2>
        <Link href={`/map?device=${encodeURIComponent(device.id)}`}>{t('device.onMap')}</Link>
      </div>
      <svg viewBox="0 0 720 380" role="img" aria-label={t('device.egoText', { n: all.length })} className={css['ego']}>
        {shown.map((p, i) => {
          const angle = (2 * Math.PI * i) / shown.length - Math.PI / 2;
          const x = cx + Math.cos(angle) * 230;
          const y = cy + Math.sin(angle) * 140;
          const right = x >= cx;
          return (
            <g key={p.key}>
              <title>{`${p.name}: ${p.services.join(', ')}, ${bytes(p.bytes)}`}</title>
              <line className={css['tie']} x1={cx} y1={cy} x2={x} y2={y} strokeWidth={1 + (3 * Math.log1p(p.bytes)) / Math.log1p(top)} strokeDasharray={p.out ? undefined : '6 4'} />
              <circle className={p.id ? css['peer'] : css['stranger']} cx={x} cy={y} r="7" />
              <text x={x + (right ? 12 : -12)} y={y + 1} textAnchor={right ? 'start' : 'end'} className={css['tag']}>
                {p.name.length > 22 ? `${p.name.slice(0, 21)}…` : p.name}
              </text>
              <text x={x + (right ? 12 : -12)} y={y + 14} textAnchor={right ? 'start' : 'end'} className={css['small']}>
                {p.services.slice(0, 2).join(', ')}
              </text>
            </g>
          );
        })}
        <circle className={css['self']} cx={cx} cy={cy} r="12" />
        <text x={cx} y={cy + 28} textAnchor="middle" className={css['tag']}>
          {device.name.length > 34 ? `${device.name.slice(0, 33)}…` : device.name}
        </text>
      </svg>
      <p className="dim">{t('device.egoLegend')}</p>
      {all.length > shown.length ? <Note>{t('device.egoMore', { n: shown.length, all: all.length })}</Note> : null}
    </section>
  );
}
