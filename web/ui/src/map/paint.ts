// Draws the map on a canvas, without a graphics card. What is expensive, the
// edges, is drawn once into a bitmap larger than the view; while a person drags
// only that bitmap moves.

import type { MapNode, Picture } from '../api/types';
import { type Camera, type Colours, glyph, type Size, ways } from './scene';

/** paint draws the whole picture as the camera sees it. */
export function paint(g: CanvasRenderingContext2D, p: Picture, camera: Camera, size: Size, c: Colours): void {
  const nodes = p.nodes ?? [];
  const edges = p.edges ?? [];
  g.fillStyle = c.page;
  g.fillRect(0, 0, size.width, size.height);
  g.save();
  g.translate(size.width / 2, size.height / 2);
  g.scale(camera.scale, camera.scale);
  g.translate(-camera.x, -camera.y);
  const many = edges.length > 2000;
  g.strokeStyle = c.dim;
  g.globalAlpha = many ? 0.16 : edges.length > 300 ? 0.3 : 0.5;
  for (const way of ways(edges)) {
    g.lineWidth = (many ? 0.6 : way.width) / camera.scale;
    // Dashes of ten thousand lines are noise, and slow.
    g.setLineDash(way.plain && !many ? [6 / camera.scale, 4 / camera.scale] : []);
    g.beginPath();
    for (const e of way.edges) {
      const a = nodes[e.from];
      const b = nodes[e.to];
      if (!a || !b) continue;
      g.moveTo(a.x, a.y);
      g.lineTo(b.x, b.y);
    }
    g.stroke();
  }
  g.globalAlpha = 1;
  g.setLineDash([]);
  marks(g, nodes, camera, c);
  g.restore();
}

/** marks draws the nodes: one path for all of a colour. */
function marks(g: CanvasRenderingContext2D, nodes: readonly MapNode[], camera: Camera, c: Colours): void {
  const bySeverity = new Map<string, MapNode[]>();
  for (const n of nodes) {
    const key = n.affected > 0 ? (n.severity ?? 'unknown') : '';
    const list = bySeverity.get(key);
    if (list) list.push(n);
    else bySeverity.set(key, [n]);
  }
  for (const [severity, list] of bySeverity) {
    g.beginPath();
    for (const n of list) {
      g.moveTo(n.x + n.r, n.y);
      g.arc(n.x, n.y, n.r, 0, 2 * Math.PI);
    }
    g.fillStyle = c.surface;
    g.fill();
    g.strokeStyle = severity ? (c.severity[severity] ?? c.dim) : c.accent;
    g.lineWidth = (severity ? 3 : 1.5) / Math.max(camera.scale, 0.7);
    g.stroke();
  }
  label(g, nodes, camera, c);
}

function label(g: CanvasRenderingContext2D, nodes: readonly MapNode[], camera: Camera, c: Colours): void {
  g.textAlign = 'center';
  g.textBaseline = 'middle';
  g.fillStyle = c.text;
  const few = nodes.length <= 90;
  for (const n of nodes) {
    const seen = n.r * camera.scale;
    if (n.kind === 'zone') {
      g.font = `600 ${12 / camera.scale}px 'Inter Variable', sans-serif`;
      if (seen > 12) g.fillText(String(n.devices), n.x, n.y);
      continue;
    }
    if (seen >= 5) {
      g.font = `600 ${n.r}px 'Inter Variable', sans-serif`;
      g.fillText(glyph(n), n.x, n.y);
    }
    if (few || seen >= 12) {
      g.font = `${11 / camera.scale}px 'Inter Variable', sans-serif`;
      g.fillText(short(n.label), n.x, n.y + n.r + 8 / camera.scale);
    }
  }
  zoneNames(g, nodes, camera, c);
}

/** zoneNames writes the names of zones, the larger first; one that would lie over another waits until somebody comes nearer. */
function zoneNames(g: CanvasRenderingContext2D, nodes: readonly MapNode[], camera: Camera, c: Colours): void {
  const zones = nodes.filter((n) => n.kind === 'zone').sort((a, b) => b.devices - a.devices);
  const high = 14 / camera.scale;
  const taken: { left: number; right: number; y: number }[] = [];
  g.font = `600 ${12 / camera.scale}px 'Inter Variable', sans-serif`;
  g.lineJoin = 'round';
  g.lineWidth = 3 / camera.scale;
  g.strokeStyle = c.surface;
  for (const n of zones) {
    const half = g.measureText(n.label).width / 2 + 3 / camera.scale;
    const place = { left: n.x - half, right: n.x + half, y: n.y + n.r + 10 / camera.scale };
    if (taken.some((t) => t.left < place.right && place.left < t.right && Math.abs(t.y - place.y) < high)) continue;
    taken.push(place);
    g.strokeText(n.label, n.x, place.y); // the ground behind the words
    g.fillText(n.label, n.x, place.y);
  }
}

export function short(text: string): string {
  return text.length > 26 ? `${text.slice(0, 25)}…` : text;
}

/** ring marks the node that the keyboard is on, and its edges. */
export function ring(g: CanvasRenderingContext2D, p: Picture, at: number, camera: Camera, size: Size, c: Colours): void {
  const nodes = p.nodes ?? [];
  const n = nodes[at];
  if (!n) return;
  g.save();
  g.translate(size.width / 2, size.height / 2);
  g.scale(camera.scale, camera.scale);
  g.translate(-camera.x, -camera.y);
  g.strokeStyle = c.accent;
  g.lineWidth = 1.6 / camera.scale;
  g.beginPath();
  for (const e of p.edges ?? []) {
    if (e.from !== at && e.to !== at) continue;
    const a = nodes[e.from];
    const b = nodes[e.to];
    if (!a || !b) continue;
    g.moveTo(a.x, a.y);
    g.lineTo(b.x, b.y);
  }
  g.stroke();
  g.lineWidth = 3 / camera.scale;
  g.beginPath();
  g.arc(n.x, n.y, n.r + 5 / camera.scale, 0, 2 * Math.PI);
  g.stroke();
  g.restore();
}
