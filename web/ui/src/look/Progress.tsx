import css from './progress.module.css';

/** Progress is a bar from 0 to 1; without a value, work of unknown length. */
export function Progress({ label, value }: { label: string; value: number | undefined }) {
  const known = value !== undefined;
  return (
    <div
      role="progressbar"
      aria-label={label}
      aria-valuemin={0}
      aria-valuemax={100}
      aria-valuenow={known ? Math.round(value * 100) : undefined}
      className={css['bar']}
    >
      <div className={known ? '' : css['unknown']} style={{ width: known ? `${Math.min(100, value * 100)}%` : '30%' }} />
    </div>
  );
}

/** Part of a Shares bar. */
export interface Share {
  name: string;
  value: number;
  look: 'solid' | 'half' | 'hatch' | 'open';
}

/** Shares is one bar cut into parts, told apart by pattern and named beside it. */
export function Shares({ label, parts }: { label: string; parts: Share[] }) {
  const total = parts.reduce((sum, p) => sum + p.value, 0);
  return (
    <div className={css['shares']} role="img" aria-label={`${label}: ${parts.map((p) => `${p.name} ${p.value}`).join(', ')}`}>
      {parts
        .filter((p) => p.value > 0)
        .map((p) => (
          <div key={p.name} className={css[p.look]} style={{ width: `${(100 * p.value) / Math.max(1, total)}%` }} />
        ))}
    </div>
  );
}

/** Swatch names a part of a Shares bar. */
export function Swatch({ look }: { look: Share['look'] }) {
  return <span className={`${css['swatch']} ${css[look]}`} aria-hidden="true" />;
}
