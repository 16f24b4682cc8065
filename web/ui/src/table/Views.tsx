import { ActionIcon, Button, Menu, Modal, TextInput } from '@mantine/core';
import { useRouter } from '@tanstack/react-router';
import { Bookmark, BookmarkPlus, Trash2 } from 'lucide-react';
import { type FormEvent, useState } from 'react';
import { useWords } from '../words/words';

interface Saved {
  name: string;
  search: string; // the query part of the address, which is the whole state
}

function key(list: string): string {
  return `bedrail.views.${list}`;
}

function isSaved(v: unknown): v is Saved {
  return typeof v === 'object' && v !== null && typeof Reflect.get(v, 'name') === 'string' && typeof Reflect.get(v, 'search') === 'string';
}

/** saved reads the views kept for a list; what cannot be read is dropped. */
export function saved(list: string): Saved[] {
  try {
    const held: unknown = JSON.parse(localStorage.getItem(key(list)) ?? '[]');
    return Array.isArray(held) ? held.filter(isSaved) : [];
  } catch {
    return [];
  }
}

/** Views keeps the person's own views of a list. */
export function Views({ name }: { name: string }) {
  const { t } = useWords();
  const router = useRouter();
  const [views, setViews] = useState(() => saved(name));
  const [naming, setNaming] = useState(false);
  const [title, setTitle] = useState('');
  const store = (next: Saved[]) => {
    localStorage.setItem(key(name), JSON.stringify(next));
    setViews(next);
  };
  const add = (e: FormEvent) => {
    e.preventDefault();
    if (!title.trim()) return;
    store([...views.filter((v) => v.name !== title.trim()), { name: title.trim(), search: window.location.search }]);
    setNaming(false);
    setTitle('');
  };
  return (
    <>
      <Menu position="bottom-end">
        <Menu.Target>
          <ActionIcon variant="default" size={34} aria-label={t('table.views')} title={t('table.views')}>
            <Bookmark size={16} aria-hidden="true" />
          </ActionIcon>
        </Menu.Target>
        <Menu.Dropdown>
          <Menu.Label>{views.length > 0 ? t('table.views') : t('table.noViews')}</Menu.Label>
          {views.map((v) => (
            <Menu.Item key={v.name} onClick={() => router.history.push(window.location.pathname + v.search)}>
              {v.name}
            </Menu.Item>
          ))}
          <Menu.Divider />
          <Menu.Item leftSection={<BookmarkPlus size={14} aria-hidden="true" />} onClick={() => setNaming(true)}>
            {t('table.saveView')}
          </Menu.Item>
          {views.length > 0 ? <Menu.Label>{t('table.removeView')}</Menu.Label> : null}
          {views.map((v) => (
            <Menu.Item
              key={v.name}
              leftSection={<Trash2 size={14} aria-hidden="true" />}
              onClick={() => store(views.filter((w) => w.name !== v.name))}
            >
              {v.name}
            </Menu.Item>
          ))}
        </Menu.Dropdown>
      </Menu>
      <Modal opened={naming} onClose={() => setNaming(false)} title={t('table.saveView')}>
        <form onSubmit={add} className="stack">
          <TextInput label={t('table.viewName')} value={title} onChange={(e) => setTitle(e.currentTarget.value)} data-autofocus />
          <div className="row">
            <Button type="submit" size="sm">
              {t('act.save')}
            </Button>
          </div>
        </form>
      </Modal>
    </>
  );
}
