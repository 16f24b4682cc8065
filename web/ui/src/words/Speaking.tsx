import { type ReactNode, useEffect, useMemo, useState } from 'react';
import { type Catalogue, english, keep, load, loadPhrases, type Locale, preferred, speaker, WordsContext } from './words';

/** Speaking gives its children the words of the chosen language. */
export function Speaking({ children }: { children: ReactNode }) {
  const [locale, setLocale] = useState<Locale>(preferred);
  const [said, setSaid] = useState<{ locale: Locale; catalogue: Catalogue; phrases?: Awaited<ReturnType<typeof loadPhrases>> }>({
    locale: 'en',
    catalogue: english,
  });
  useEffect(() => {
    let stale = false;
    void Promise.all([load(locale), loadPhrases(locale)]).then(([catalogue, phrases]) => {
      if (stale) return;
      setSaid({ locale, catalogue, phrases });
      document.documentElement.lang = locale;
    });
    return () => {
      stale = true;
    };
  }, [locale]);
  const words = useMemo(
    () => ({
      ...speaker(said.locale, said.catalogue, said.phrases),
      choose: (next: Locale) => {
        keep(next);
        setLocale(next);
      },
    }),
    [said],
  );
  return <WordsContext value={words}>{children}</WordsContext>;
}
