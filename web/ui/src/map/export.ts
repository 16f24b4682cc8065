// The map as files: the picture as PNG and SVG, its edges as CSV.

import type { Picture } from '../api/types';
import { type Column } from '../table/column';
import { saveBlob, toCSV } from '../table/export';
import { paint, short } from './paint';
import { bounds, type Colours, fit, glyph, ways } from './scene';

function name(kind: string): string {
  return `bedrail-map-${new Date().toISOString().slice(0, 10)}.${kind}`;
}

/** savePNG draws the whole picture anew, twice as large as a screen. */
export function savePNG(p: Picture, c: Colours): Promise<void> {
  const size = { width: 2400, height: 1600 };
  const canvas = document.createElement('canvas');
  canvas.width = size.width;
  canvas.height = size.height;
  const g = canvas.getContext('2d');
  if (!g) return Promise.reject(new Error('no canvas'));
  paint(g, p, fit(p, size), size, c);
  return new Promise((done, fail) =>
    canvas.toBlob((blob) => {
      if (!blob) return fail(new Error('no picture'));
      saveBlob(name('png'), blob);
      done();
    }, 'image/png'),
  );
}

const escape = (text: string) => text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;').replaceAll('"', '&quot;');
const round = (n: number) => Math.round(n * 10) / 10;

/** toSVG writes the same marks as the canvas shows. */
export function toSVG(p: Picture, c: Colours): string {
  const nodes = p.nodes ?? [];
  const edges = p.edges ?? [];
  const b = bounds(nodes);
  const box = `${round(b.x0 - 40)} ${round(b.y0 - 40)} ${round(b.x1 - b.x0 + 80)} ${round(b.y1 - b.y0 + 80)}`;
  const lines = ways(edges).map((way) => {
    const path = way.edges
      .map((e) => {
        const from = nodes[e.from];
        const to = nodes[e.to];
        return from && to ? `M${round(from.x)} ${round(from.y)}L${round(to.x)} ${round(to.y)}` : '';
      })
      .join('');
    return `<path d="${path}" fill="none" stroke="${c.dim}" stroke-opacity="0.4" stroke-width="${way.width}"${way.plain ? ' stroke-dasharray="6 4"' : ''}/>`;
  });
  const marks = nodes.map((n) => {
    const severity = n.affected > 0 ? (n.severity ?? 'unknown') : '';
    const inside = n.kind === 'zone' ? String(n.devices) : glyph(n);
    return (
      `<g><title>${escape(n.label)}</title><circle cx="${round(n.x)}" cy="${round(n.y)}" r="${round(n.r)}" fill="${c.surface}" stroke="${severity ? (c.severity[severity] ?? c.dim) : c.accent}" stroke-width="${severity ? 3 : 1.5}"/>` +
      `<text x="${round(n.x)}" y="${round(n.y)}" font-size="${n.kind === 'zone' ? 12 : round(n.r)}" dominant-baseline="central">${escape(inside)}</text>` +
      `<text x="${round(n.x)}" y="${round(n.y + n.r + 11)}" font-size="${n.kind === 'zone' ? 12 : 9}">${escape(short(n.label))}</text></g>`
    );
  });
  return `<svg xmlns="http://www.w3.org/2000/svg" viewBox="${box}" font-family="Inter, sans-serif" text-anchor="middle" fill="${c.text}"><rect x="${round(b.x0 - 40)}" y="${round(b.y0 - 40)}" width="100%" height="100%" fill="${c.page}"/>${lines.join('')}${marks.join('')}</svg>\n`;
}

export function saveSVG(p: Picture, c: Colours): void {
  saveBlob(name('svg'), new Blob([toSVG(p, c)], { type: 'image/svg+xml' }));
}

export function saveCSV<Row>(rows: Row[], columns: Column<Row>[]): void {
  saveBlob(name('csv'), new Blob([toCSV(rows, columns)], { type: 'text/csv;charset=utf-8' }));
}
