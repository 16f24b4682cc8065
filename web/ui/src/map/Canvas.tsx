import { type KeyboardEvent, type PointerEvent, useCallback, useEffect, useLayoutEffect, useMemo, useRef, useState } from 'react';
import type { Picture } from '../api/types';
import { useWords } from '../words/words';
import { paint, ring } from './paint';
import { type Camera, type Colours, Finder, fit, type Size, toward } from './scene';
import css from './map.module.css';

interface Props {
  picture: Picture;
  chosen: number;
  choose: (node: number) => void;
  open: (node: number) => void;
  back: () => void;
  exclude: (node: number) => void;
}

/** How far beyond the view the bitmap reaches, as a share of the view. */
const beyond = 0.5;

/** colours reads the theme from the page's own variables. */
export function colours(of: Element = document.documentElement): Colours {
  const style = getComputedStyle(of);
  const v = (name: string) => style.getPropertyValue(`--${name}`).trim();
  return {
    page: v('surface'), text: v('text'), dim: v('dim'), line: v('line'), accent: v('accent'), surface: v('sunk'),
    severity: { critical: v('critical'), high: v('high'), medium: v('medium'), low: v('low'), none: v('none'), unknown: v('dim') },
  };
}

/** Canvas is the picture: drag to move, wheel or + and - to come nearer, arrows to walk, Enter to look inside. */
export function Canvas({ picture, chosen, choose, open, back, exclude }: Props) {
  const { t } = useWords();
  const canvas = useRef<HTMLCanvasElement>(null);
  const [size, setSize] = useState<Size>({ width: 0, height: 0 });
  const camera = useRef<Camera>({ x: 0, y: 0, scale: 1 });
  const bitmap = useRef<{ canvas: HTMLCanvasElement; camera: Camera } | undefined>(undefined);
  const nodes = useMemo(() => picture.nodes ?? [], [picture]);
  const finder = useMemo(() => new Finder(nodes), [nodes]);
  const later = useRef(0);

  /** render fills the bitmap for where the camera is now. */
  const render = useCallback(() => {
    if (size.width === 0) return;
    const ratio = Math.min(2, window.devicePixelRatio || 1);
    const wide = { width: size.width * (1 + 2 * beyond), height: size.height * (1 + 2 * beyond) };
    const sheet = bitmap.current?.canvas ?? document.createElement('canvas');
    sheet.width = wide.width * ratio;
    sheet.height = wide.height * ratio;
    const g = sheet.getContext('2d', { alpha: false });
    if (!g) return;
    g.setTransform(ratio, 0, 0, ratio, 0, 0);
    paint(g, picture, camera.current, wide, colours());
    bitmap.current = { canvas: sheet, camera: { ...camera.current } };
  }, [picture, size]);

  /** show moves the bitmap to where the camera is. */
  const show = useCallback(() => {
    const el = canvas.current;
    const held = bitmap.current;
    const g = el?.getContext('2d', { alpha: false });
    if (!el || !held || !g || size.width === 0) return;
    const ratio = Math.min(2, window.devicePixelRatio || 1);
    const c = colours();
    const zoom = camera.current.scale / held.camera.scale;
    const wide = { width: size.width * (1 + 2 * beyond) * zoom, height: size.height * (1 + 2 * beyond) * zoom };
    const x = size.width / 2 + (held.camera.x - camera.current.x) * camera.current.scale - wide.width / 2;
    const y = size.height / 2 + (held.camera.y - camera.current.y) * camera.current.scale - wide.height / 2;
    g.setTransform(ratio, 0, 0, ratio, 0, 0);
    g.fillStyle = c.page;
    g.fillRect(0, 0, size.width, size.height);
    g.imageSmoothingEnabled = zoom !== 1;
    g.drawImage(held.canvas, x, y, wide.width, wide.height);
    ring(g, picture, chosen, camera.current, size, c);
  }, [picture, chosen, size]);

  /** settle draws sharply once the hand rests. */
  const settle = useCallback(() => {
    window.clearTimeout(later.current);
    later.current = window.setTimeout(() => {
      render();
      show();
    }, 120);
  }, [render, show]);

  useLayoutEffect(() => {
    const el = canvas.current?.parentElement;
    if (!el) return undefined;
    const look = () => setSize({ width: el.clientWidth, height: el.clientHeight });
    look();
    const watch = new ResizeObserver(look);
    watch.observe(el);
    return () => watch.disconnect();
  }, []);
  // A new picture or view: all of it is shown.
  useLayoutEffect(() => {
    if (size.width === 0) return;
    const el = canvas.current;
    const ratio = Math.min(2, window.devicePixelRatio || 1);
    if (el) {
      el.width = size.width * ratio;
      el.height = size.height * ratio;
    }
    performance.mark('map-begin');
    camera.current = fit(picture, size);
    render();
    performance.measure('map-picture', 'map-begin');
  }, [picture, size, render]);
  useLayoutEffect(show, [show, render]);
  useEffect(() => {
    const redraw = () => {
      render();
      show();
    };
    const watch = new MutationObserver(redraw);
    watch.observe(document.documentElement, { attributes: true, attributeFilter: ['data-mantine-color-scheme'] });
    return () => watch.disconnect();
  }, [render, show]);

  const place = (e: { clientX: number; clientY: number }) => {
    const box = canvas.current?.getBoundingClientRect();
    const dx = e.clientX - (box?.left ?? 0) - size.width / 2;
    const dy = e.clientY - (box?.top ?? 0) - size.height / 2;
    return { x: camera.current.x + dx / camera.current.scale, y: camera.current.y + dy / camera.current.scale };
  };
  const zoom = useCallback(
    (by: number, at?: { x: number; y: number }) => {
      const c = camera.current;
      const scale = Math.max(0.02, Math.min(8, c.scale * by));
      const about = at ?? { x: c.x, y: c.y };
      camera.current = { x: about.x - ((about.x - c.x) * c.scale) / scale, y: about.y - ((about.y - c.y) * c.scale) / scale, scale };
      show();
      settle();
    },
    [show, settle],
  );
  const pan = useCallback(
    (dx: number, dy: number) => {
      camera.current = { ...camera.current, x: camera.current.x - dx / camera.current.scale, y: camera.current.y - dy / camera.current.scale };
      show();
      settle();
    },
    [show, settle],
  );

  const drag = useRef<{ x: number; y: number; moved: boolean } | undefined>(undefined);
  const down = (e: PointerEvent) => {
    if (e.button !== 0) return;
    drag.current = { x: e.clientX, y: e.clientY, moved: false };
    canvas.current?.setPointerCapture(e.pointerId);
  };
  const move = (e: PointerEvent) => {
    const d = drag.current;
    if (!d) return;
    const dx = e.clientX - d.x;
    const dy = e.clientY - d.y;
    if (!d.moved && Math.hypot(dx, dy) < 4) return;
    drag.current = { x: e.clientX, y: e.clientY, moved: true };
    pan(dx, dy);
  };
  const up = (e: PointerEvent) => {
    const d = drag.current;
    drag.current = undefined;
    if (!d || d.moved) return;
    const at = place(e);
    const hit = finder.at(at.x, at.y, 4 / camera.current.scale);
    if (hit === undefined) choose(-1);
    else if (hit === chosen) open(hit);
    else choose(hit);
  };
  // The wheel must not scroll the page, which only a listener that is not passive may prevent.
  useEffect(() => {
    const el = canvas.current;
    if (!el) return undefined;
    const wheel = (e: WheelEvent) => {
      e.preventDefault();
      zoom(Math.exp(-e.deltaY / 400), place(e));
    };
    el.addEventListener('wheel', wheel, { passive: false });
    return () => el.removeEventListener('wheel', wheel);
    // place reads refs and the size only
    // eslint-disable-next-line react-hooks/exhaustive-deps
  }, [zoom, size]);

  const step = (dx: number, dy: number) => {
    const next = toward(nodes, chosen, dx, dy);
    choose(next);
    const n = nodes[next];
    if (!n) return;
    const c = camera.current;
    const sx = (n.x - c.x) * c.scale;
    const sy = (n.y - c.y) * c.scale;
    if (Math.abs(sx) > size.width / 2 - 40 || Math.abs(sy) > size.height / 2 - 40) {
      camera.current = { ...c, x: n.x, y: n.y };
      settle();
    }
  };
  const onKey = (e: KeyboardEvent) => {
    const arrows: Record<string, [number, number]> = { ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, -1], ArrowDown: [0, 1] };
    const way = arrows[e.key];
    if (way && e.shiftKey) pan(-way[0] * 60, -way[1] * 60);
    else if (way) step(way[0], way[1]);
    else if (e.key === 'Enter' && chosen >= 0) open(chosen);
    else if (e.key === '+' || e.key === '=') zoom(1.25);
    else if (e.key === '-') zoom(0.8);
    else if (e.key === '0') {
      camera.current = fit(picture, size);
      render();
      show();
    } else if (e.key === 'Backspace') back();
    else if (e.key === 'Delete' && chosen >= 0) exclude(chosen);
    else if (e.key === 'Escape' && chosen >= 0) choose(-1);
    else return;
    e.preventDefault();
    e.stopPropagation();
  };
  const on = nodes[chosen];
  return (
    <div className={css['view']}>
      {/* The application role is interactive: it takes the keys that the note below tells. */}
      {/* eslint-disable-next-line jsx-a11y/no-noninteractive-element-interactions */}
      <div
        className={css['stage']}
        role="application"
        aria-label={t('map.label', { n: nodes.length, edges: (picture.edges ?? []).length })}
        aria-describedby="map-keys"
        aria-roledescription={t('map.title')}
        // eslint-disable-next-line jsx-a11y/no-noninteractive-tabindex -- it is walked by keyboard
        tabIndex={0}
        onKeyDown={onKey}
        data-map
      >
        <canvas ref={canvas} className={css['canvas']} onPointerDown={down} onPointerMove={move} onPointerUp={up} aria-hidden="true" />
      </div>
      <p id="map-keys" className="hidden">
        {t('map.keys')}
      </p>
      <p className="hidden" aria-live="polite">
        {on ? `${on.label}. ${t('map.standsFor', { n: on.devices })} ${t('map.affected', { n: on.affected })}` : ''}
      </p>
      <div className={css['zoom']}>
        <button type="button" onClick={() => zoom(1.25)} aria-label={t('map.nearer')}>
          +
        </button>
        <button type="button" onClick={() => zoom(0.8)} aria-label={t('map.farther')}>
          −
        </button>
        <button
          type="button"
          onClick={() => {
            camera.current = fit(picture, size);
            render();
            show();
          }}
          aria-label={t('map.all')}
        >
          ⤢
        </button>
      </div>
    </div>
  );
}
