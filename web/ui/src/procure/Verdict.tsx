import { CircleCheck, CircleHelp, CircleX, TriangleAlert } from 'lucide-react';
import { useWords } from '../words/words';

/** VerdictChip says what an assessment came to: a shape and a word. */
export function VerdictChip({ of }: { of: string }) {
  const { word } = useWords();
  const Icon = of === 'acceptable' ? CircleCheck : of === 'conditional' ? TriangleAlert : of === 'incomplete' ? CircleHelp : CircleX;
  return (
    <span className="chip">
      <Icon size={13} aria-hidden="true" />
      {word('stage', of)}
    </span>
  );
}
