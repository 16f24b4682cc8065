import { list, type MessageTrace } from '../api/types';

/** A Stop is one station of a message, with the entry of the record that shows it. */
export interface Stop {
  id: string;
  kind: 'received' | 'read' | 'bound' | 'made' | 'answered' | 'waits';
  name: string; // the destination, where there is one
  text: string; // one short line
  more: string; // what else is known
  seq?: number;
  at?: string;
  good: boolean;
  column: number;
  row: number;
}

/** commitment finds what the record committed to as what, in a note of it. */
export function commitment(note: string, what: string): string {
  const words = note.split(' ');
  const i = words.indexOf(what);
  return i < 0 ? '' : (words[i + 1] ?? '');
}

/** stops lays out the way of a message: bytes, what was read, whose, and for
 * each receiver what was made and what was answered. */
export function stops(trace: MessageTrace): Stop[] {
  const m = trace.message;
  const steps = list(trace.steps);
  const received = steps.find((s) => s.did === 'message:receive');
  const out: Stop[] = [
    { id: 'received', kind: 'received', name: m.channel, text: commitment(received?.note ?? '', 'raw').slice(0, 16), more: received?.note ?? '', seq: received?.seq, at: m.receivedAt, good: m.outcome === 'accepted', column: 0, row: 0 },
    { id: 'read', kind: 'read', name: '', text: `${m.format} ${m.type}`, more: list(m.found).map((f) => `${f.location ?? ''} ${f.text}`).join('; '), good: m.severity !== 'error' && m.severity !== 'fatal', column: 1, row: 0 },
    { id: 'bound', kind: 'bound', name: m.device ?? '', text: m.trust, more: list(m.stamp.reasons).join('; '), good: m.trust === 'trusted' || m.trust === 'unknown', column: 2, row: 0 },
  ];
  list(m.deliveries).forEach((d, row) => {
    const mine = steps.filter((s) => s.did === 'message:deliver' && s.note.split(' ')[1] === d.destination);
    const last = mine.at(-1);
    const note = last?.note ?? '';
    const left = [...list(d.share?.removed).map((p) => `−${p}`), ...list(d.share?.replaced).map((p) => `~${p}`)].join(' ');
    out.push({ id: `made-${d.destination}`, kind: 'made', name: d.destination, text: d.mapping || commitment(note, 'sent').slice(0, 16), more: [d.share?.purpose, left].filter(Boolean).join(': '), good: true, column: 3, row });
    const done = d.state === 'delivered';
    out.push({
      id: `answered-${d.destination}`,
      kind: done || d.state === 'dead' ? 'answered' : 'waits',
      name: d.destination,
      text: [d.code, commitment(note, 'ack').slice(0, 12)].filter(Boolean).join(' ') || d.state,
      more: [d.state, d.note].filter(Boolean).join(': '),
      seq: last?.seq,
      at: d.doneAt,
      good: done || d.state === 'filtered',
      column: 4,
      row,
    });
  });
  return out;
}
