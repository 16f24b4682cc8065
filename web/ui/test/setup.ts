import { cleanup } from '@testing-library/react';
import { afterEach, beforeEach, vi } from 'vitest';

// What jsdom lacks and the components ask for.
Object.defineProperty(window, 'matchMedia', {
  value: (query: string) => ({
    matches: false,
    media: query,
    addEventListener: () => undefined,
    removeEventListener: () => undefined,
    addListener: () => undefined,
    removeListener: () => undefined,
  }),
});
class Observer {
  constructor(private readonly tell: (entries: { target: Element; borderBoxSize: { inlineSize: number; blockSize: number }[]; contentRect: { width: number; height: number } }[]) => void) {}
  observe(target: Element): void {
    this.tell([{ target, borderBoxSize: [{ inlineSize: 1200, blockSize: 600 }], contentRect: { width: 1200, height: 600 } }]);
  }
  unobserve(): void {}
  disconnect(): void {}
}
vi.stubGlobal('ResizeObserver', Observer);
for (const [name, size] of [
  ['offsetWidth', 1200],
  ['offsetHeight', 600],
  ['clientHeight', 600],
] as const) {
  Object.defineProperty(HTMLElement.prototype, name, { configurable: true, value: size });
}
Element.prototype.scrollTo = () => undefined;
Element.prototype.scrollIntoView = () => undefined;
window.scrollTo = () => undefined;

// Node's own unfinished storage hides jsdom's.
const held = new Map<string, string>();
vi.stubGlobal('localStorage', {
  getItem: (k: string) => held.get(k) ?? null,
  setItem: (k: string, v: string) => void held.set(k, v),
  removeItem: (k: string) => void held.delete(k),
  clear: () => held.clear(),
});

beforeEach(() => held.clear());
afterEach(() => {
  cleanup();
  vi.restoreAllMocks();
});
