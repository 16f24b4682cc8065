import { ActionIcon, Button } from '@mantine/core';
import { useQuery } from '@tanstack/react-query';
import { useRouter, useRouterState } from '@tanstack/react-router';
import { ArrowLeft, ArrowRight, Check, MapPin, X } from 'lucide-react';
import { useEffect, useRef } from 'react';
import { api } from '../api/calls';
import { useHere } from '../shell/session';
import { useWords } from '../words/words';
import { ring } from './points';
import { stops, useTour } from './tours';
import css from './tour.module.css';

/** Bar is the tour that is open: what to look at here, and the way on. */
export function Bar() {
  const { t, word } = useWords();
  const router = useRouter();
  const { now, go, leave } = useTour();
  const role = now.role;
  const at = role ? (now.at[role] ?? 0) : 0;
  const title = useRef<HTMLHeadingElement>(null);
  const said = useRef(-1);
  useEffect(() => {
    // Who goes on by keyboard hears what the new stop is about.
    if (said.current >= 0 && said.current !== at) title.current?.focus();
    said.current = at;
  }, [at]);
  const path = useRouterState({ select: (s) => s.location.href });
  useEffect(() => {
    // Only on its own screen; whoever strays is left in peace.
    if (!role || path.split('?')[0] !== stops[role][at]?.split('?')[0]) return undefined;
    return ring(role, at);
  }, [role, at, path]);
  if (!role) return null;
  const total = stops[role].length;
  const open = (stop: number) => router.history.push(go(role, stop));
  return (
    <section className={css['bar']} aria-label={t('tour.title')}>
      <div className={css['text']}>
        <h2 ref={title} tabIndex={-1}>
          {word('tour', `${role}.${at + 1}.title`)}
          <span className="dim num">
            {at + 1}/{total}
          </span>
        </h2>
        <p>{word('tour', `${role}.${at + 1}.text`)}</p>
        <Filling />
      </div>
      <div className={css['ways']}>
        <Button variant="subtle" size="compact-sm" leftSection={<MapPin size={14} aria-hidden="true" />} onClick={() => open(at)}>
          {t('tour.here')}
        </Button>
        <Button variant="default" size="compact-sm" disabled={at === 0} leftSection={<ArrowLeft size={14} aria-hidden="true" />} onClick={() => open(at - 1)}>
          {t('tour.back')}
        </Button>
        <Button size="compact-sm" data-tour-next rightSection={at + 1 < total ? <ArrowRight size={14} aria-hidden="true" /> : <Check size={14} aria-hidden="true" />} onClick={() => open(at + 1)}>
          {t(at + 1 < total ? 'tour.next' : 'tour.finish')}
        </Button>
        <ActionIcon variant="subtle" color="gray" aria-label={t('tour.leave')} title={t('tour.leave')} onClick={leave}>
          <X size={16} aria-hidden="true" />
        </ActionIcon>
      </div>
    </section>
  );
}

/** Filling says that the demonstration is still moving in, so that nobody takes a list that comes later for one that stays empty. */
function Filling() {
  const { t, told } = useWords();
  const { session } = useHere();
  const asked = useQuery({ queryKey: ['demo'], queryFn: ({ signal }) => api.demo(signal), enabled: session.demo, refetchInterval: (q) => (q.state.data?.state === 'complete' ? false : 5000) });
  const d = asked.data;
  if (!d || d.state === 'complete') return null;
  return <p className="dim">{t('tour.filling', { doing: told(d.doing), done: d.done, steps: d.steps })}</p>;
}
