import { useQuery } from '@tanstack/react-query';
import { Search, X } from 'lucide-react';
import { type KeyboardEvent, useEffect, useId, useRef, useState } from 'react';
import type { Count } from '../api/types';
import { type Field, Misread, parse, suggest, type Term, tryParse, valuePart, write, writeTerm } from '../query/grammar';
import { useWords } from '../words/words';
import css from './table.module.css';

interface Props {
  filter: string;
  fields: readonly Field[];
  /** counts of a field's values within the rest of the filter */
  facets?: (field: string, filter: string, signal?: AbortSignal) => Promise<Count[]>;
  name: string;
  change: (filter: string) => void;
}

const debounce = 150;

/** FilterBar is chips and query text in the one filter grammar. */
export function FilterBar({ filter, fields, facets, name, change }: Props) {
  const { t, number } = useWords();
  const [draft, setDraft] = useState('');
  const [open, setOpen] = useState(false);
  const [pick, setPick] = useState(-1);
  const input = useRef<HTMLInputElement>(null);
  const id = useId();

  // The filter in the URL holds the chips and, while free text is being
  // typed, that text as its last terms: live is what this bar wrote there.
  const [live, setLive] = useState('');
  const terms = tryParse(filter);
  const tail = tryParse(live).length;
  const chips = tail > 0 && write(terms.slice(-tail)) === live ? terms.slice(0, -tail) : terms;
  const chipText = write(chips);

  const part = valuePart(draft, fields);
  const asked = useQuery({
    queryKey: ['facets', name, part?.field.name, chipText],
    queryFn: ({ signal }) => facets?.(part?.field.name ?? '', chipText, signal) ?? Promise.resolve([]),
    enabled: Boolean(facets && part && open && part.field.kind !== 'time'),
  });
  const hints = open ? suggest(draft, fields, (part && asked.data) || []) : [];
  const wrong = draft && !open ? misreadOf(draft) : undefined;

  const typed = isFree(draft) && !fields.some((f) => f.name.startsWith(draft)) ? write(tryParse(draft)) : '';
  useEffect(() => {
    if (typed === live) return undefined;
    const timer = setTimeout(() => {
      setLive(typed);
      change(write([...chips, ...tryParse(typed)]));
    }, debounce);
    return () => clearTimeout(timer);
    // chips follow from the filter and live
    // eslint-disable-next-line react-hooks/exhaustive-deps
  }, [typed, live, filter]);

  const commit = (text: string) => {
    let more: Term[];
    try {
      more = parse(text);
    } catch {
      setOpen(false);
      return;
    }
    change(write([...chips, ...more]));
    setLive('');
    setDraft('');
    setPick(-1);
  };
  const take = (index: number) => {
    const hint = hints[index];
    if (!hint) return;
    if (hint.whole) commit(hint.text);
    else setDraft(hint.text);
    setPick(-1);
    setOpen(!hint.whole);
    input.current?.focus();
  };
  const edit = (index: number) => {
    const term = chips[index];
    if (!term) return;
    change(write(chips.filter((_, i) => i !== index)));
    setDraft(writeTerm(term));
    setOpen(true);
    input.current?.focus();
  };
  const onKey = (e: KeyboardEvent) => {
    switch (e.key) {
      case 'ArrowDown':
      case 'ArrowUp': {
        e.preventDefault();
        if (!open) setOpen(true);
        else setPick((p) => Math.max(-1, Math.min(hints.length - 1, p + (e.key === 'ArrowDown' ? 1 : -1))));
        return;
      }
      case 'Tab':
        if (open && pick >= 0) {
          e.preventDefault();
          take(pick);
        }
        return;
      case 'Enter':
        e.preventDefault();
        if (open && pick >= 0) take(pick);
        else if (draft.trim()) commit(draft);
        return;
      case 'Escape':
        if (open) {
          e.stopPropagation();
          setOpen(false);
        } else setDraft('');
        return;
      case 'Backspace':
        if (draft === '' && chips.length > 0) {
          e.preventDefault();
          edit(chips.length - 1);
        }
        return;
      default:
    }
  };

  return (
    <div className={css['filter']} role="search" aria-label={t('table.filter')}>
      <Search size={15} aria-hidden="true" />
      {chips.length > 0 ? (
        <ul className={css['chips']} aria-label={t('table.filterTerms')}>
          {chips.map((term, i) => (
            <li key={`${i}${writeTerm(term)}`} className={css['term']}>
              <button type="button" onClick={() => edit(i)} title={t('table.editTerm')}>
                {writeTerm(term)}
              </button>
              <button
                type="button"
                className={css['drop']}
                aria-label={t('table.dropTerm', { term: writeTerm(term) })}
                onClick={() => change(write(chips.filter((_, j) => j !== i)))}
              >
                <X size={12} aria-hidden="true" />
              </button>
            </li>
          ))}
        </ul>
      ) : null}
      <div className={css['typing']}>
        <input
          ref={input}
          value={draft}
          placeholder={chips.length > 0 ? '' : fields.length > 0 ? t('table.filterHint', { field: fields[0]?.name ?? '' }) : ''}
          aria-label={t('table.filterInput')}
          role="combobox"
          aria-expanded={hints.length > 0}
          aria-controls={`${id}-hints`}
          aria-autocomplete="list"
          aria-activedescendant={pick >= 0 ? `${id}-${pick}` : undefined}
          aria-invalid={wrong ? true : undefined}
          aria-describedby={wrong ? `${id}-wrong` : undefined}
          autoComplete="off"
          autoCapitalize="off"
          spellCheck={false}
          data-filter-input
          onChange={(e) => {
            setDraft(e.target.value);
            setOpen(true);
            setPick(-1);
          }}
          onFocus={() => setOpen(true)}
          onBlur={() => {
            setOpen(false);
            if (isFree(draft) && draft.trim()) commit(draft);
          }}
          onKeyDown={onKey}
        />
        <ul id={`${id}-hints`} role="listbox" aria-label={t('table.suggestions')} className={hints.length ? css['hints'] : 'hidden'}>
          {hints.map((h, i) => (
            <li
              key={h.text}
              id={`${id}-${i}`}
              role="option"
              aria-selected={i === pick}
              onMouseDown={(e) => {
                e.preventDefault();
                take(i);
              }}
            >
              <span className={h.whole ? '' : 'mono'}>{h.label}</span>
              {h.whole ? null : <span className="dim">{t(`field.${fieldKind(fields, h.label)}`)}</span>}
              {h.count === undefined ? null : <span className="num dim">{number(h.count)}</span>}
            </li>
          ))}
        </ul>
      </div>
      {wrong ? (
        <span id={`${id}-wrong`} className={css['wrong']} role="alert">
          {t(`table.${wrong.why}`, { at: wrong.at + 1 })}
        </span>
      ) : null}
      {filter ? (
        <button type="button" className={css['clear']} onClick={() => {
            setLive('');
            setDraft('');
            change('');
          }}>
          {t('table.clear')}
        </button>
      ) : null}
    </div>
  );
}

/** isFree tells whether a draft is plain words, which filter as one types. */
function isFree(draft: string): boolean {
  if (!draft.trim()) return false;
  try {
    return parse(draft).every((t) => t.field === '');
  } catch {
    return false;
  }
}

function misreadOf(draft: string): Misread | undefined {
  try {
    parse(draft);
    return undefined;
  } catch (e) {
    return e instanceof Misread ? e : undefined;
  }
}

function fieldKind(fields: readonly Field[], name: string): Field['kind'] {
  return fields.find((f) => f.name === name)?.kind ?? 'text';
}
