// Live events (Server-Sent Events), read by fetch rather than EventSource so
// that a broken stream can be told from an ended session and so that every
// reconnection says where it stopped.

import { address } from './client';

/** A Happening is one event of the server. */
export interface Happening {
  id: string;
  kind: string;
  data: unknown;
}

/** State of the connection as the banner shows it. */
export type Line = 'connecting' | 'open' | 'lost';

/** parseEvents takes whole events off the front of text and returns the rest. */
export function parseEvents(text: string): { events: Happening[]; rest: string } {
  const blocks = text.replaceAll('\r\n', '\n').split('\n\n');
  const rest = blocks.pop() ?? '';
  const events: Happening[] = [];
  for (const block of blocks) {
    let id = '';
    let kind = 'message';
    const data: string[] = [];
    for (const line of block.split('\n')) {
      const colon = line.indexOf(':');
      if (colon <= 0) continue; // a comment, or a heartbeat
      const value = line.slice(colon + 1).replace(/^ /, '');
      if (line.startsWith('id:')) id = value;
      else if (line.startsWith('event:')) kind = value;
      else if (line.startsWith('data:')) data.push(value);
    }
    if (data.length > 0) events.push({ id, kind, data: parse(data.join('\n')) });
  }
  return { events, rest };
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return text;
  }
}

/** wait before try n, in milliseconds: doubling, at most half a minute. */
export function pause(n: number): number {
  return Math.min(30_000, 1000 * 2 ** n);
}

const silence = 45_000; // three missed heartbeats

/** listen follows all events that the person may see until signal ends it. */
export async function listen(
  tell: (h: Happening) => void,
  line: (l: Line) => void,
  signal: AbortSignal,
): Promise<void> {
  let last = '';
  for (let tries = 0; !signal.aborted; tries++) {
    const stop = new AbortController();
    const end = () => stop.abort();
    signal.addEventListener('abort', end);
    try {
      const headers: Record<string, string> = { accept: 'text/event-stream' };
      if (last) headers['last-event-id'] = last;
      const response = await fetch(address('/events'), { headers, signal: stop.signal });
      if (response.ok && response.body) {
        line('open');
        tries = 0;
        await read(response.body, stop, (h) => {
          if (h.id) last = h.id;
          tell(h);
        });
      }
    } catch {
      // told below, as for a stream that simply ended
    }
    signal.removeEventListener('abort', end);
    if (signal.aborted) return;
    line('lost');
    await again(pause(tries));
  }
}

/** tryAgain is the event by which a person does not wait for the next try. */
export const tryAgain = 'bedrail:try-again';

/** again waits, or until somebody or the network asks for another try. */
function again(ms: number): Promise<void> {
  return new Promise((go) => {
    const end = () => {
      clearTimeout(timer);
      window.removeEventListener(tryAgain, end);
      window.removeEventListener('online', end);
      go();
    };
    const timer = setTimeout(end, ms);
    window.addEventListener(tryAgain, end);
    window.addEventListener('online', end);
  });
}

async function read(body: ReadableStream<Uint8Array>, stop: AbortController, tell: (h: Happening) => void) {
  const reader = body.getReader();
  const decoder = new TextDecoder();
  let kept = '';
  let alarm = setTimeout(() => stop.abort(), silence);
  try {
    for (;;) {
      const { done, value } = await reader.read();
      if (done) return;
      clearTimeout(alarm);
      alarm = setTimeout(() => stop.abort(), silence);
      const { events, rest } = parseEvents(kept + decoder.decode(value, { stream: true }));
      kept = rest;
      events.forEach(tell);
    }
  } finally {
    clearTimeout(alarm);
  }
}
