import { Button, NativeSelect, TextInput } from '@mantine/core';
import { keepPreviousData, useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import { useNavigate, useSearch } from '@tanstack/react-router';
import { useEffect, useId, useState } from 'react';
import { api } from '../api/calls';
import { type Channel, type ChannelKinds, list } from '../api/types';
import desk from '../look/desk.module.css';
import { Link } from '../look/Link';
import { Page } from '../look/Page';
import { Failed, Loaded, Note } from '../look/states';
import { useMay } from '../shell/session';
import { useWords } from '../words/words';
import { at, beginnings, isObject, type Json, put, textAt } from './draft';
import { Destination } from './EditorDestination';
import { Review } from './EditorReview';
import { Settings } from './EditorSettings';

/** Editor connects a device to its receivers by a form, or by the same as YAML. */
export function Editor() {
  const { t } = useWords();
  const asked = useSearch({ strict: false });
  const name = isObject(asked) && typeof asked['name'] === 'string' ? asked['name'] : '';
  const kinds = useQuery({ queryKey: ['channel-kinds'], queryFn: ({ signal }) => api.channelKinds(signal), staleTime: Infinity });
  const channel = useQuery({ queryKey: ['channel', name], queryFn: ({ signal }) => api.channel(name, signal), enabled: name !== '' });
  return (
    <Page title={name ? t('editor.change', { name }) : t('editor.title')} text={t('editor.text')} actions={<Link href="/channels">{t('nav.channels')}</Link>}>
      <Loaded of={kinds} rows={10}>
        {(k) =>
          name ? (
            <Loaded of={channel} rows={10}>
              {(c) => (c.origin === 'configuration' ? <Note kind="warn">{t('editor.configured')}</Note> : <Desk key={c.version} kinds={k} of={c} />)}
            </Loaded>
          ) : (
            <Desk kinds={k} />
          )
        }
      </Loaded>
    </Page>
  );
}

/** useLater gives a value once it has stood still for a moment. */
function useLater<T>(value: T): T {
  const [later, setLater] = useState(value);
  useEffect(() => {
    const timer = setTimeout(() => setLater(value), 350);
    return () => clearTimeout(timer);
  }, [value]);
  return later;
}

function Desk({ kinds, of }: { kinds: ChannelKinds; of?: Channel }) {
  const { t, word } = useWords();
  const may = useMay()('channel:write');
  const go = useNavigate();
  const client = useQueryClient();
  const [form, setForm] = useState<Json>(() => (isObject(of?.definition) ? of.definition : {}));
  const [text, setText] = useState<string>(); // YAML that a person writes; undefined: the form is written
  const textID = useId();
  const asked = useLater(text === undefined ? { definition: form } : { text });
  const checked = useQuery({ queryKey: ['channel-draft', asked], queryFn: () => api.checkChannel(asked), enabled: may, placeholderData: keepPreviousData, gcTime: 0 });
  const was = useQuery({ queryKey: ['channel-draft-was', of?.name, of?.version], queryFn: () => api.checkChannel({ definition: isObject(of?.definition) ? of.definition : {} }), enabled: may && of !== undefined });
  const take = checked.data?.definition;
  const draft = text !== undefined && isObject(take) ? take : form;
  const formed = (path: readonly (string | number)[], value: unknown) => {
    const next = put(draft, path, value);
    setText(undefined);
    if (isObject(next)) setForm(next);
  };
  const save = useMutation({
    mutationFn: () => (of ? api.changeChannel(of.name, of.version, draft) : api.addChannel(draft)),
    onSuccess: async () => {
      await client.invalidateQueries({ queryKey: ['channels'] });
      await go({ href: `/channels?row=${textAt(draft, ['name'])}` });
    },
  });
  const destinations = at(draft, ['destinations']);
  const many = Array.isArray(destinations) ? destinations : [];
  const empty = Object.keys(draft).length === 0;
  return (
    <div className="stack">
      {may ? null : <Note kind="warn">{t('state.needs', { action: 'channel:write' })}</Note>}
      {empty ? (
        <section className="card stack">
          <h2>{t('editor.begin')}</h2>
          <div className="row">
            {(['monitor', 'archive', 'beds'] as const).map((b) => (
              <Button key={b} variant="default" onClick={() => setForm(beginnings[b])}>
                {t(`editor.begin.${b}`)}
              </Button>
            ))}
          </div>
        </section>
      ) : null}
      <div className={desk['desk']}>
        <form className="stack" onSubmit={(e) => e.preventDefault()}>
          <section className="card stack">
            <h2>{t('editor.source')}</h2>
            <TextInput label={t('col.name')} description={t('editor.nameHelp')} value={textAt(draft, ['name'])} disabled={of !== undefined} onChange={(e) => formed(['name'], e.currentTarget.value)} />
            <TextInput label={t('editor.purpose')} description={t('editor.purposeHelp')} value={textAt(draft, ['purpose'])} onChange={(e) => formed(['purpose'], e.currentTarget.value || undefined)} />
            <Settings of={at(draft, ['source'])} kinds={list(kinds.sources)} put={(v) => formed(['source'], v)} />
          </section>
          <section className="card stack">
            <h2>{t('editor.checks')}</h2>
            <TextInput label={t('editor.profile')} description={t('editor.profileHelp')} value={textAt(draft, ['validate', 'profile'])} onChange={(e) => formed(['validate', 'profile'], e.currentTarget.value || undefined)} />
            <NativeSelect
              label={t('editor.onError')}
              description={t('editor.onErrorHelp')}
              value={textAt(draft, ['validate', 'onError']) || 'tag'}
              onChange={(e) => formed(['validate', 'onError'], e.currentTarget.value)}
              data={['tag', 'hold', 'reject'].map((w) => ({ value: w, label: word('policy', w) }))}
            />
            {textAt(draft, ['validate', 'onError']) === 'hold' ? (
              <TextInput label={t('editor.owner')} value={textAt(draft, ['hold', 'owner'])} onChange={(e) => formed(['hold', 'owner'], e.currentTarget.value || undefined)} />
            ) : null}
          </section>
          {many.map((d, i) => (
            // The place of a destination is all that tells it while it has no name.
            <Destination key={i} of={d} kinds={list(kinds.destinations)} put={(v) => formed(['destinations', i], v)} />
          ))}
          <div>
            <Button variant="default" onClick={() => formed(['destinations', many.length], { name: many.length === 0 ? 'ehr' : `to-${many.length + 1}`, mllp: { address: '127.0.0.1:2600' } })}>
              {t('editor.addDestination')}
            </Button>
          </div>
        </form>
        <div className="stack">
          <section className="card stack">
            <label htmlFor={textID}>{t('editor.yaml')}</label>
            <textarea id={textID} className={desk['text']} rows={18} spellCheck={false} value={text ?? (empty ? '' : (checked.data?.yaml ?? ''))} onChange={(e) => setText(e.currentTarget.value)} />
            {checked.error ? <Failed error={checked.error} /> : null}
            {checked.data?.problem && !empty ? <Note kind="warn">{checked.data.problem}</Note> : null}
            {checked.data && !checked.data.problem && !empty ? <Note kind="good">{t('editor.right')}</Note> : null}
          </section>
          {save.error ? <Failed error={save.error} /> : null}
          <Review
            name={textAt(draft, ['name'])}
            draft={draft}
            was={of ? (was.data?.yaml ?? '') : ''}
            now={checked.data?.yaml ?? ''}
            ready={may && !empty && checked.isSuccess && !checked.isPlaceholderData && !checked.data.problem}
            saving={save.isPending}
            save={() => save.mutate()}
          />
        </div>
      </div>
    </div>
  );
}
