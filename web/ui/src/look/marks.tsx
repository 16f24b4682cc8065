// The one severity mark, the one way to show a claim, the one way to write a
// time: colour is never the only carrier.

import type { ReactNode } from 'react';
import type { Claim, Severity, Status, Sure, Verdict } from '../api/types';
import { type Key, useWords } from '../words/words';
import css from './marks.module.css';

const shapes: Record<Severity, ReactNode> = {
  critical: <path d="M6 .6 11.6 4.7 9.5 11.3H2.5L.4 4.7Z" fill="currentColor" />,
  high: <path d="M6 .8 11.6 11H.4Z" fill="currentColor" />,
  medium: <path d="M6 .3 11.7 6 6 11.7.3 6Z" fill="currentColor" />,
  low: <circle cx="6" cy="6" r="5" fill="currentColor" />,
  none: <rect x="1.5" y="1.5" width="9" height="9" fill="none" stroke="currentColor" strokeWidth="1.6" />,
  unknown: (
    <>
      <circle cx="6" cy="6" r="5" fill="none" stroke="currentColor" strokeWidth="1.2" strokeDasharray="2 1.4" />
      <path d="M4.5 4.7a1.5 1.5 0 1 1 2.1 1.4c-.4.2-.6.4-.6.9M6 8.6v.2" fill="none" stroke="currentColor" strokeWidth="1.2" />
    </>
  ),
};

export function asSeverity(text: string | undefined): Severity {
  switch (text) {
    case 'critical':
    case 'high':
    case 'medium':
    case 'low':
    case 'none':
      return text;
    default:
      return 'unknown';
  }
}

/** SeverityMark is colour, shape and word. */
export function SeverityMark({ of, score }: { of: string; score?: number }) {
  const { t, number } = useWords();
  const s = asSeverity(of);
  return (
    <span className={`${css['mark']} ${css[s]}`}>
      <svg width="12" height="12" viewBox="0 0 12 12" aria-hidden="true">
        {shapes[s]}
      </svg>
      {t(`severity.${s}`)}
      {score ? <span className="num dim">{number(score)}</span> : null}
    </span>
  );
}

/** asStatus reads how far an attribute can be believed. */
export function asStatus(text: string): Status {
  switch (text) {
    case 'confirmed':
    case 'likely':
    case 'candidate':
    case 'conflict':
      return text;
    default:
      return 'unknown';
  }
}

/** asVerdict reads whether something is exposed; what is not known is never clean. */
export function asVerdict(text: string): Verdict {
  switch (text) {
    case 'affected':
    case 'not-affected':
      return text;
    default:
      return 'undecidable';
  }
}

const verdicts: Record<Verdict, Key> = {
  affected: 'verdict.affected',
  undecidable: 'verdict.undecidable',
  'not-affected': 'verdict.not-affected',
};

/** VerdictMark says whether a device or model is exposed. */
export function VerdictMark({ of: text }: { of: string }) {
  const { t } = useWords();
  const of = asVerdict(text);
  const shape = of === 'affected' ? shapes.high : of === 'undecidable' ? shapes.unknown : shapes.none;
  return (
    <span className={`${css['verdict']} ${of === 'affected' ? css['high'] : css['none']}`}>
      <svg width="12" height="12" viewBox="0 0 12 12" aria-hidden="true">
        {shape}
      </svg>
      {t(verdicts[of])}
    </span>
  );
}

/** KevMark says that a flaw is known to be exploited. */
export function KevMark() {
  const { t } = useWords();
  return (
    <span className={css['kev']} title={t('finding.kevLong')}>
      {t('finding.kev')}
    </span>
  );
}

/** StatusMark says in a word how far an attribute can be believed. */
export function StatusMark({ of: text }: { of: string }) {
  const { t } = useWords();
  const of = asStatus(text);
  return (
    <span className={`${css['status']} ${css[of] ?? ''}`}>
      <span className={css['dot']} aria-hidden="true" />
      {t(`status.${of}`)}
    </span>
  );
}

/** ClaimText is a derived fact with its status; unknown is "unknown". */
export function ClaimText({ of, group }: { of: Claim | undefined; group?: string }) {
  const { t, word } = useWords();
  if (of?.status === 'conflict' && !of.value) return <StatusMark of="conflict" />;
  if (!of || of.status === 'unknown' || !of.value) return <span className={css['blank']}>{t('word.unknown')}</span>;
  const text = group ? word(group, of.value) : of.value;
  const status = asStatus(of.status);
  const said = t(`status.${status}`);
  return (
    <span className={`${css['claim']} ${css[`${status}Claim`] ?? ''}`} title={`${text} · ${said}`}>
      <span className="hidden">{said}</span>
      <span>{text}</span>
    </span>
  );
}

/** SureText says how often values like this one were right, where that was measured; else nothing. */
export function SureText({ of }: { of: Sure | undefined }) {
  const { t, number, percent } = useWords();
  if (!of) return null;
  return (
    <span className="num dim" title={t('device.sureLong')}>
      {t('device.sure', { share: percent(of.share), low: percent(of.low), high: percent(of.high), n: number(of.of) })}
    </span>
  );
}

/** Blank is a value that nobody has claimed. */
export function Blank() {
  const { t } = useWords();
  return <span className={css['blank']}>{t('word.unknown')}</span>;
}

/** Seen is when the network saw a device; one that it never saw has a mark and the reason. */
export function Seen({ at, reported, relative = false }: { at: string | undefined; reported?: string | undefined; relative?: boolean }) {
  const { t, age } = useWords();
  if (at) return <When at={at} relative={relative} />;
  const why = reported ? t('device.neverSeen', { age: age(reported) }) : t('device.neverSeenAtAll');
  return (
    <span className="dim" title={why}>
      <span aria-hidden="true">–</span>
      <span className="hidden">{why}</span>
    </span>
  );
}

/** When is a local time, with its age on hover. */
export function When({ at, relative = false }: { at: string | undefined; relative?: boolean }) {
  const { date, age } = useWords();
  return (
    <time dateTime={at} className="num" title={relative ? date(at) : age(at)}>
      {relative ? age(at) : date(at)}
    </time>
  );
}

/** Told is a sentence of the server in the language of its reader. */
export function Told({ of }: { of: string | undefined }) {
  const { told } = useWords();
  return <>{told(of)}</>;
}
