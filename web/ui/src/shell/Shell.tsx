import { ActionIcon, Button, Menu, useMantineColorScheme } from '@mantine/core';
import { useQueryClient } from '@tanstack/react-query';
import { Outlet, useRouterState } from '@tanstack/react-router';
import { Keyboard, LogOut, Menu as MenuIcon, Monitor, Moon, Search, Sun, UserRound, WifiOff } from 'lucide-react';
import { lazy, Suspense, useEffect, useMemo, useRef, useState } from 'react';
import { type Happening, type Line, listen, tryAgain } from '../api/events';
import { Link } from '../look/Link';
import mark from '../look/mark.svg';
import { locales, useWords, whole } from '../words/words';
import { localeOf } from '../access/Login';
import { Bell } from './Bell';
import { Health } from './Health';
import { LiveContext } from './live';
import { Refused } from './Lost';
import { groups, placeOf } from './nav';
import { useTour } from '../tour/tours';
import { useHere, useMay } from './session';
import { SessionWarning } from './SessionWarning';
import { Scope } from './Scope';
import { Shortcuts, useShortcuts } from './Shortcuts';
import { Undoing } from './Undo';
import css from './shell.module.css';

// Fetched when first opened: most pages are left without it.
const JobTray = lazy(async () => ({ default: (await whole(() => import('./JobTray'))()).JobTray }));
const Palette = lazy(async () => ({ default: (await whole(() => import('./Palette'))()).Palette }));
const Bar = lazy(async () => ({ default: (await whole(() => import('../tour/Bar'))()).Bar }));

function useLine() {
  const [line, setLine] = useState<Line>('connecting');
  const lost = useRef(false);
  const ears = useRef(new Map<string, Set<(h: Happening) => void>>());
  const client = useQueryClient();
  useEffect(() => {
    const stop = new AbortController();
    void listen(
      (h) => {
        // Events were missed: everything that is shown is asked for anew.
        if (h.kind === 'reset') void client.invalidateQueries();
        ears.current.get(h.kind)?.forEach((tell) => tell(h));
      },
      (l) => {
        // Back again: whatever failed meanwhile is asked for anew.
        if (l === 'open' && lost.current) void client.invalidateQueries();
        lost.current = l === 'lost';
        setLine(l);
      },
      stop.signal,
    );
    return () => stop.abort();
  }, [client]);
  return useMemo(
    () => ({
      line,
      follow: (kind: string, tell: (h: Happening) => void) => {
        const set = ears.current.get(kind) ?? new Set();
        set.add(tell);
        ears.current.set(kind, set);
        return () => void set.delete(tell);
      },
    }),
    [line],
  );
}

/** Shell is what stands around every screen. */
export function Shell() {
  const { t } = useWords();
  const { session } = useHere();
  const may = useMay();
  const live = useLine();
  const tour = useTour().now;
  const path = useRouterState({ select: (s) => s.location.pathname });
  const [palette, setPalette] = useState(false);
  const [sheet, setSheet] = useState(false);
  const [drawn, setDrawn] = useState(false); // the navigation, on a narrow screen
  useShortcuts(() => setPalette(true), () => setSheet(true));
  const [drawnAt, setDrawnAt] = useState(path);
  if (drawnAt !== path) {
    setDrawnAt(path);
    setDrawn(false);
  }

  const place = placeOf(path);
  const closed = place?.needs !== undefined && !may(place.needs);
  return (
    <LiveContext value={live}>
      <Undoing>
      <div className={css['shell']}>
        <a className={css['skip']} href="#main">
          {t('shell.skip')}
        </a>
        <header className={css['top']}>
          <ActionIcon className={css['burger']} variant="subtle" color="gray" size={32} aria-label={t('shell.menu')} aria-expanded={drawn} onClick={() => setDrawn(!drawn)}>
            <MenuIcon size={18} aria-hidden="true" />
          </ActionIcon>
          <Link href="/" className={css['brand']}>
            <img src={mark} alt="" />
            <span>Bedrail</span>
          </Link>
          <Scope />
          <button type="button" className={css['search']} onClick={() => setPalette(true)}>
            <Search size={15} aria-hidden="true" />
            <span>{t('shell.search')}</span>
            <kbd>Ctrl K</kbd>
          </button>
          <div className={css['tools']}>
            <Suspense fallback={null}>
              <JobTray />
            </Suspense>
            <Bell />
            <Health />
            <ActionIcon variant="subtle" color="gray" size={32} aria-label={t('shortcuts.title')} title={t('shortcuts.title')} onClick={() => setSheet(true)}>
              <Keyboard size={17} aria-hidden="true" />
            </ActionIcon>
            <Scheme />
            <Person />
          </div>
        </header>
        <nav className={`${css['nav']} ${drawn ? css['drawn'] : ''}`} aria-label={t('shell.navigation')}>
          {groups.map((g) => (
            <div key={g.name}>
              <h2>{t(g.name)}</h2>
              <ul>
                {g.places.filter((p) => !p.demo || session.demo).map((p) => {
                  const shut = p.needs !== undefined && !may(p.needs);
                  return (
                    <li key={p.href}>
                      <Link
                        href={p.href}
                        aria-current={place?.href === p.href ? 'page' : undefined}
                        className={shut ? css['shut'] : ''}
                        title={shut ? t('state.needs', { action: p.needs ?? '' }) : undefined}
                      >
                        <p.icon size={16} strokeWidth={1.8} aria-hidden="true" />
                        {t(p.name)}
                      </Link>
                    </li>
                  );
                })}
              </ul>
            </div>
          ))}
        </nav>
        <main id="main" className={css['main']} tabIndex={-1}>
          {session.demo ? (
            <div className={css['demo']} role="note">
              {t('shell.demo')} <Link href="/tours">{t('nav.tours')}</Link> · <Link href="/demo">{t('nav.demo')}</Link>
            </div>
          ) : null}
          {live.line === 'lost' ? (
            <div className={css['lost']} role="alert">
              <WifiOff size={15} aria-hidden="true" />
              <span className="grow">{t('shell.lost')}</span>
              <Button variant="default" size="compact-xs" onClick={() => window.dispatchEvent(new Event(tryAgain))}>
                {t('shell.tryNow')}
              </Button>
            </div>
          ) : null}
          <SessionWarning />
          <div className={css['screen']}>{closed ? <Refused action={place?.needs ?? ''} /> : <Outlet />}</div>
          {tour.role ? (
            <Suspense fallback={null}>
              <Bar />
            </Suspense>
          ) : null}
        </main>
      </div>
      {palette ? (
        <Suspense fallback={null}>
          <Palette opened close={() => setPalette(false)} sheet={() => setSheet(true)} />
        </Suspense>
      ) : null}
      <Shortcuts opened={sheet} close={() => setSheet(false)} />
      </Undoing>
    </LiveContext>
  );
}

function Scheme() {
  const { t } = useWords();
  const { colorScheme, setColorScheme } = useMantineColorScheme();
  const Icon = colorScheme === 'dark' ? Moon : colorScheme === 'light' ? Sun : Monitor;
  return (
    <Menu position="bottom-end">
      <Menu.Target>
        <ActionIcon variant="subtle" color="gray" size={32} data-scheme aria-label={t('shell.scheme')} title={t('shell.scheme')}>
          <Icon size={17} aria-hidden="true" />
        </ActionIcon>
      </Menu.Target>
      <Menu.Dropdown>
        <Menu.Item leftSection={<Monitor size={14} aria-hidden="true" />} onClick={() => setColorScheme('auto')}>
          {t('shell.auto')}
        </Menu.Item>
        <Menu.Item leftSection={<Sun size={14} aria-hidden="true" />} onClick={() => setColorScheme('light')}>
          {t('shell.light')}
        </Menu.Item>
        <Menu.Item data-scheme-dark leftSection={<Moon size={14} aria-hidden="true" />} onClick={() => setColorScheme('dark')}>
          {t('shell.dark')}
        </Menu.Item>
      </Menu.Dropdown>
    </Menu>
  );
}

function Person() {
  const { t, choose, locale } = useWords();
  const { session, signOut } = useHere();
  return (
    <Menu position="bottom-end">
      <Menu.Target>
        <Button variant="subtle" color="gray" size="compact-sm" data-person className={css['person']} leftSection={<UserRound size={16} aria-hidden="true" />}>
          {session.user.displayName || session.user.name}
        </Button>
      </Menu.Target>
      <Menu.Dropdown>
        <Menu.Item component={Link} href="/account" leftSection={<UserRound size={14} aria-hidden="true" />}>
          {t('account.title')}
        </Menu.Item>
        <Menu.Divider />
        <Menu.Label>{t('shell.language')}</Menu.Label>
        {Object.entries(locales).map(([code, name]) => (
          <Menu.Item key={code} lang={code} onClick={() => choose(localeOf(code))} aria-current={code === locale ? 'true' : undefined} fw={code === locale ? 650 : undefined}>
            {name}
          </Menu.Item>
        ))}
        <Menu.Divider />
        <Menu.Item leftSection={<LogOut size={14} aria-hidden="true" />} onClick={() => void signOut()}>
          {t('shell.signOut')}
        </Menu.Item>
      </Menu.Dropdown>
    </Menu>
  );
}
