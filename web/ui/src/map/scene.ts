// What the map draws, as a list that a canvas and an SVG file are made from
// alike: the picture on the screen and the one in a report cannot differ.

import type { MapEdge, MapNode, Picture } from '../api/types';

export interface Colours {
  page: string;
  text: string;
  dim: string;
  line: string;
  accent: string;
  surface: string;
  severity: Record<string, string>;
}

export interface Camera {
  x: number; // of the picture, in the middle of the view
  y: number;
  scale: number;
}

export interface Size {
  width: number;
  height: number;
}

/** The letter that stands for what a device is: not only its colour tells. */
const glyphs: Record<string, string> = {
  'infusion-pump': 'P', 'patient-monitor': 'M', ventilator: 'V', server: 'S', workstation: 'W', pacs: 'A', 'ct-scanner': 'C', 'mr-scanner': 'R',
  ultrasound: 'U', 'x-ray': 'X', phone: 'T', printer: 'D', network: 'N', gateway: 'G', 'integration-engine': 'E', camera: 'K', 'smart-bed': 'B', 'lab-analyser': 'L',
};
export function glyph(n: MapNode): string {
  if (n.kind === 'address') return '?';
  return glyphs[n.class ?? ''] ?? '•';
}

/** bounds is the box around all marks. */
export function bounds(nodes: readonly MapNode[]): { x0: number; y0: number; x1: number; y1: number } {
  let [x0, y0, x1, y1] = [Infinity, Infinity, -Infinity, -Infinity];
  for (const n of nodes) {
    x0 = Math.min(x0, n.x - n.r);
    y0 = Math.min(y0, n.y - n.r);
    x1 = Math.max(x1, n.x + n.r);
    y1 = Math.max(y1, n.y + n.r);
  }
  return nodes.length ? { x0, y0, x1, y1 } : { x0: -1, y0: -1, x1: 1, y1: 1 };
}

/** fit is the camera that shows everything. */
export function fit(p: Picture, size: Size): Camera {
  const b = bounds(p.nodes ?? []);
  const margin = 48;
  const scale = Math.min(2.5, Math.max(0.02, Math.min((size.width - margin) / (b.x1 - b.x0), (size.height - margin) / (b.y1 - b.y0))));
  return { x: (b.x0 + b.x1) / 2, y: (b.y0 + b.y1) / 2, scale };
}

/** weight is how broad an edge is: ten times the packets, one step more. */
export function weight(e: MapEdge): number {
  return Math.min(5, 0.6 + 0.6 * Math.log10(1 + e.packets));
}

/** Edges by the way they are drawn; each way is one path, which is what makes it fast. */
export interface EdgeWay {
  plain: boolean; // some of it was not encrypted: dashed
  width: number;
  edges: MapEdge[];
}

export function ways(edges: readonly MapEdge[]): EdgeWay[] {
  const byWay = new Map<string, EdgeWay>();
  for (const e of edges) {
    const width = Math.round(weight(e) * 2) / 2;
    const key = `${e.plain}${width}`;
    const way = byWay.get(key) ?? { plain: e.plain, width, edges: [] };
    way.edges.push(e);
    byWay.set(key, way);
  }
  return [...byWay.values()];
}

/** A Finder tells which mark lies at a place, by squares of a grid. */
export class Finder {
  private readonly squares = new Map<string, number[]>();
  private readonly side = 64;

  constructor(private readonly nodes: readonly MapNode[]) {
    nodes.forEach((n, i) => {
      for (let x = Math.floor((n.x - n.r) / this.side); x <= Math.floor((n.x + n.r) / this.side); x++) {
        for (let y = Math.floor((n.y - n.r) / this.side); y <= Math.floor((n.y + n.r) / this.side); y++) {
          const key = `${x},${y}`;
          const list = this.squares.get(key);
          if (list) list.push(i);
          else this.squares.set(key, [i]);
        }
      }
    });
  }

  /** at is the mark at a place of the picture, with some slack for fingers. */
  at(x: number, y: number, slack: number): number | undefined {
    let best: number | undefined;
    let least = Infinity;
    for (let sx = Math.floor((x - slack) / this.side); sx <= Math.floor((x + slack) / this.side); sx++) {
      for (let sy = Math.floor((y - slack) / this.side); sy <= Math.floor((y + slack) / this.side); sy++) {
        for (const i of this.squares.get(`${sx},${sy}`) ?? []) {
          const n = this.nodes[i];
          if (!n) continue;
          const d = Math.hypot(n.x - x, n.y - y) - n.r;
          if (d <= slack && d < least) [best, least] = [i, d];
        }
      }
    }
    return best;
  }
}

/** toward is the nearest mark in a direction: where an arrow key leads. */
export function toward(nodes: readonly MapNode[], from: number, dx: number, dy: number): number {
  const here = nodes[from];
  if (!here) return nodes.length > 0 ? 0 : -1;
  let best = from;
  let least = Infinity;
  nodes.forEach((n, i) => {
    const x = n.x - here.x;
    const y = n.y - here.y;
    const along = x * dx + y * dy;
    if (i === from || along <= 0) return;
    const cost = along + 2.5 * Math.abs(x * dy - y * dx);
    if (cost < least) [best, least] = [i, cost];
  });
  return best;
}
