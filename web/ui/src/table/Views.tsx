import { ActionIcon, Button, Menu, Modal, TextInput } from '@mantine/core';
import { useQuery, useQueryClient } from '@tanstack/react-query';
import { useRouter } from '@tanstack/react-router';
import { Bookmark, BookmarkPlus, Share2, Star, StarOff, Trash2 } from 'lucide-react';
import { type FormEvent, useEffect, useRef, useState } from 'react';
import { api } from '../api/calls';
import { list, type SavedView } from '../api/types';
import { Failed } from '../look/states';
import { useMay } from '../shell/session';
import { useWords } from '../words/words';

/** useViews are the views of a list that one may open; a default opens it. */
function useViews(name: string) {
  const may = useMay();
  return useQuery({ queryKey: ['views', name], queryFn: ({ signal }) => api.views(name, signal), enabled: may('view:write-own'), staleTime: 60_000 });
}

/** Views keeps a person's views of a list, and those that others share. */
export function Views({ name }: { name: string }) {
  const { t } = useWords();
  const router = useRouter();
  const client = useQueryClient();
  const asked = useViews(name);
  const views = list(asked.data?.items);
  const [naming, setNaming] = useState(false);
  const [error, setError] = useState<unknown>(null);

  // A list that is opened without a filter of its own opens with the default.
  const standard = views.find((v) => v.default);
  const opened = useRef(false);
  useEffect(() => {
    if (opened.current || asked.isPending) return;
    opened.current = true;
    if (standard && window.location.search === '') router.history.replace(window.location.pathname + standard.search);
  }, [asked.isPending, standard, router]);

  const act = async (what: () => Promise<unknown>) => {
    try {
      await what();
      await client.invalidateQueries({ queryKey: ['views', name] });
    } catch (e) {
      setError(e);
    }
  };
  const item = (v: SavedView) => (
    <Menu.Item
      key={v.id}
      leftSection={v.shared ? <Share2 size={14} aria-label={t('views.shared')} /> : undefined}
      rightSection={v.default ? <Star size={13} aria-label={t('views.default')} /> : undefined}
      onClick={() => router.history.push(window.location.pathname + v.search)}
    >
      {v.name}
      {v.mine ? '' : ` · ${v.owner}`}
    </Menu.Item>
  );
  const here = views.find((v) => v.search === withoutRow(window.location.search));
  return (
    <>
      <Menu position="bottom-end">
        <Menu.Target>
          <ActionIcon variant="default" size={34} data-views aria-label={t('table.views')} title={t('table.views')}>
            <Bookmark size={16} aria-hidden="true" />
          </ActionIcon>
        </Menu.Target>
        <Menu.Dropdown>
          <Menu.Label>{views.length > 0 ? t('table.views') : t('table.noViews')}</Menu.Label>
          {views.map(item)}
          <Menu.Divider />
          <Menu.Item data-save-view leftSection={<BookmarkPlus size={14} aria-hidden="true" />} onClick={() => setNaming(true)}>
            {t('table.saveView')}
          </Menu.Item>
          {here ? (
            <Menu.Item
              leftSection={here.default ? <StarOff size={14} aria-hidden="true" /> : <Star size={14} aria-hidden="true" />}
              onClick={() => void act(() => api.setDefaultView(here.id, !here.default))}
            >
              {t(here.default ? 'views.noDefault' : 'views.makeDefault')}
            </Menu.Item>
          ) : null}
          {views.some((v) => v.mine) ? <Menu.Label>{t('table.removeView')}</Menu.Label> : null}
          {views
            .filter((v) => v.mine)
            .map((v) => (
              <Menu.Item key={v.id} leftSection={<Trash2 size={14} aria-hidden="true" />} onClick={() => void act(() => api.removeView(v.id))}>
                {v.name}
              </Menu.Item>
            ))}
        </Menu.Dropdown>
      </Menu>
      <Modal opened={naming} onClose={() => setNaming(false)} title={t('table.saveView')} closeButtonProps={{ 'aria-label': t('act.close') }}>
        <Naming
          name={name}
          done={() => {
            setNaming(false);
            void client.invalidateQueries({ queryKey: ['views', name] });
          }}
        />
      </Modal>
      <Modal opened={error !== null} onClose={() => setError(null)} title={t('table.views')} closeButtonProps={{ 'aria-label': t('act.close') }}>
        <Failed error={error} />
      </Modal>
    </>
  );
}

/** A view is of the list, not of the row whose panel happens to be open. */
function withoutRow(search: string): string {
  const q = new URLSearchParams(search);
  q.delete('row');
  const text = q.toString();
  return text ? `?${text}` : '';
}

function Naming({ name, done }: { name: string; done: () => void }) {
  const { t } = useWords();
  const may = useMay();
  const [title, setTitle] = useState('');
  const [shared, setShared] = useState(false);
  const [standard, setStandard] = useState(false);
  const [error, setError] = useState<unknown>(null);
  const [busy, setBusy] = useState(false);
  const add = async (e: FormEvent) => {
    e.preventDefault();
    setBusy(true);
    try {
      await api.saveView({ list: name, name: title.trim(), search: withoutRow(window.location.search), shared, default: standard });
      done();
    } catch (problem) {
      setError(problem);
    } finally {
      setBusy(false);
    }
  };
  return (
    <form onSubmit={(e) => void add(e)} className="stack">
      {error ? <Failed error={error} /> : null}
      <TextInput label={t('table.viewName')} value={title} onChange={(e) => setTitle(e.currentTarget.value)} maxLength={80} required data-autofocus />
      <label className="row">
        <input type="checkbox" checked={shared} disabled={!may('view:share')} onChange={(e) => setShared(e.target.checked)} />
        <span>{may('view:share') ? t('views.share') : t('state.needs', { action: 'view:share' })}</span>
      </label>
      <label className="row">
        <input type="checkbox" checked={standard} onChange={(e) => setStandard(e.target.checked)} />
        <span>{t('views.makeDefault')}</span>
      </label>
      <div className="row">
        <Button type="submit" size="sm" loading={busy} disabled={!title.trim()}>
          {t('act.save')}
        </Button>
      </div>
    </form>
  );
}
