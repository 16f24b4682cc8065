import { ActionIcon, Button, Popover } from '@mantine/core';
import { useQuery, useQueryClient } from '@tanstack/react-query';
import { Bell as BellIcon } from 'lucide-react';
import { api } from '../api/calls';
import { list, type Notice } from '../api/types';
import { Link } from '../look/Link';
import { When, Told } from '../look/marks';
import { Loaded } from '../look/states';
import { useWords } from '../words/words';
import { useFollow } from './live';
import { useMay } from './session';
import css from './shell.module.css';

/** Bell shows what happened while one looked elsewhere. */
export function Bell() {
  const { t } = useWords();
  const may = useMay();
  const client = useQueryClient();
  const asked = useQuery({ queryKey: ['notices'], queryFn: ({ signal }) => api.notices(signal), enabled: may('notice:read'), staleTime: 60_000 });
  useFollow('notice', () => void client.invalidateQueries({ queryKey: ['notices'] }));
  const unread = asked.data?.unread ?? 0;
  const read = async (ids: string[]) => {
    await api.readNotices(ids);
    await client.invalidateQueries({ queryKey: ['notices'] });
  };
  return (
    <Popover position="bottom-end" trapFocus width={400}>
      <Popover.Target>
        <ActionIcon variant="subtle" color="gray" size={32} aria-label={unread > 0 ? t('bell.unread', { n: unread }) : t('bell.title')} title={t('bell.title')}>
          <BellIcon size={17} aria-hidden="true" />
          {unread > 0 ? <span className={css['badge']}>{unread}</span> : null}
        </ActionIcon>
      </Popover.Target>
      <Popover.Dropdown aria-label={t('bell.title')}>
        {/* eslint-disable-next-line jsx-a11y/no-noninteractive-tabindex -- it scrolls */}
        <div className={css['jobs']} tabIndex={0} role="region" aria-label={t('bell.title')}>
          <div className="row">
            <strong className="grow">{t('bell.title')}</strong>
            {unread > 0 ? (
              <Button variant="subtle" onClick={() => void read([])}>
                {t('bell.readAll')}
              </Button>
            ) : null}
          </div>
          <Loaded of={asked} rows={3}>
            {(held) =>
              list(held.items).length === 0 ? (
                <p className="dim">{t('bell.empty')}</p>
              ) : (
                <ul className={css['notices']}>
                  {list(held.items).map((n) => (
                    <One key={n.id} notice={n} read={() => void read([n.id])} />
                  ))}
                </ul>
              )
            }
          </Loaded>
        </div>
      </Popover.Dropdown>
    </Popover>
  );
}

function One({ notice: n, read }: { notice: Notice; read: () => void }) {
  const { t } = useWords();
  return (
    <li className={n.read ? css['old'] : ''}>
      <div className="row">
        <span className={`chip ${css[n.level] ?? ''}`}>{t(`bell.${n.level}`)}</span>
        <span className="grow" />
        <When at={n.at} relative />
      </div>
      {n.href ? (
        <Link href={n.href} onClick={read}>
          <Told of={n.title} />
        </Link>
      ) : (
        <span><Told of={n.title} /></span>
      )}
    </li>
  );
}
