import { useWords } from '../words/words';
import css from './exchange.module.css';

/** Spark draws numbers as bars beside one another; its text says the same. */
export function Spark({ of, wide }: { of: number[]; wide?: boolean }) {
  const { t, number } = useWords();
  const most = Math.max(1, ...of);
  const width = 4;
  return (
    <svg
      className={wide ? css['wide'] : css['spark']}
      viewBox={`0 0 ${of.length * width} 24`}
      preserveAspectRatio="none"
      role="img"
      aria-label={t('quality.sparkText', { now: number(of.at(-1) ?? 0), most: number(most) })}
    >
      {of.map((n, i) => {
        const height = n === 0 ? 1 : Math.max(2, (22 * n) / most);
        // The place of a bar is its hour: there is nothing else to tell it by.
        return <rect key={`h${of.length - i}`} x={i * width} y={24 - height} width={width - 1} height={height} className={n === 0 ? css['none'] : css['bar']} />;
      })}
    </svg>
  );
}
