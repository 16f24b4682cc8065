import { Button, NumberInput, TextInput } from '@mantine/core';
import { useMutation, useQueryClient } from '@tanstack/react-query';
import { UserCheck } from 'lucide-react';
import { useMemo, useState } from 'react';
import { api } from '../api/calls';
import { list, type Stewardship } from '../api/types';
import { Link } from '../look/Link';
import { Page } from '../look/Page';
import { Empty, Failed, Note } from '../look/states';
import type { Field } from '../query/grammar';
import { useMay } from '../shell/session';
import type { Column } from '../table/column';
import { DataTable } from '../table/DataTable';
import { type Speaker, useWords } from '../words/words';

const fields: readonly Field[] = [
  { name: 'channel', kind: 'text' },
  { name: 'lacks', kind: 'word', values: ['steward', 'purpose', 'retention', 'objective'] },
  { name: 'unit', kind: 'text' },
];

function columnsOf({ t, number, word }: Speaker): Column<Stewardship>[] {
  const lacks = (s: Stewardship) =>
    list(s.lacks)
      .map((l) => word('lacks', l))
      .join(', ');
  return [
    { id: 'channel', header: t('message.channel'), width: 150, sort: 'channel', cell: (s) => <Link href={`/channels?filter=name:${s.channel}`}>{s.channel}</Link>, text: (s) => s.channel },
    { id: 'steward', header: t('steward.steward'), width: 180, sort: 'steward', cell: (s) => s.steward ?? '', text: (s) => s.steward ?? '' },
    { id: 'purpose', header: t('editor.purpose'), width: 220, weight: 1.5, cell: (s) => s.purpose ?? '', text: (s) => s.purpose ?? '' },
    { id: 'keep', header: t('steward.keep'), width: 130, right: true, cell: (s) => t('steward.days', { n: number(Math.round((10 * s.keepHours) / 24) / 10) }), text: (s) => String(s.keepHours) },
    { id: 'objectives', header: t('quality.objectives'), width: 180, cell: (s) => list(s.objectives).join(', '), text: (s) => list(s.objectives).join(' ') },
    { id: 'lacks', header: t('steward.lacks'), width: 220, cell: (s) => <strong>{lacks(s)}</strong>, text: lacks },
  ];
}

/** Stewards lists feeds with who answers for them; those that lack most stand first. */
export function Stewards() {
  const words = useWords();
  const { t } = words;
  const columns = useMemo(() => columnsOf(words), [words]);
  return (
    <Page full title={t('nav.stewardship')} text={t('steward.text')} actions={<Link href="/quality">{t('nav.quality')}</Link>}>
      <DataTable
        name="stewardship"
        label={t('nav.stewardship')}
        columns={columns}
        fields={fields}
        fetch={api.stewardship}
        id={(s) => s.channel}
        title={(s) => s.channel}
        side={(_, s) => (s ? <Say key={`${s.channel}${s.version}`} of={s} /> : null)}
        live="channel"
        empty={<Empty icon={UserCheck} title={t('channels.empty')} text={t('channels.emptyText')} />}
      />
    </Page>
  );
}

function Say({ of }: { of: Stewardship }) {
  const { t } = useWords();
  const may = useMay();
  const client = useQueryClient();
  const [steward, setSteward] = useState(of.steward ?? '');
  const [purpose, setPurpose] = useState(of.purpose ?? '');
  const [days, setDays] = useState<number | string>(of.keepStated ? of.keepHours / 24 : '');
  const save = useMutation({
    mutationFn: () => api.setStewardship(of.channel, { version: of.version, steward, purpose, keepHours: 24 * Number(days) }),
    onSuccess: () => client.invalidateQueries(),
  });
  if (of.origin === 'configuration') return <Note>{t('steward.file')}</Note>;
  if (!may('channel:write')) return <Note>{t('state.needs', { action: 'channel:write' })}</Note>;
  return (
    <div className="stack">
      <TextInput label={t('steward.steward')} value={steward} onChange={(e) => setSteward(e.currentTarget.value)} />
      <TextInput label={t('editor.purpose')} value={purpose} onChange={(e) => setPurpose(e.currentTarget.value)} />
      <NumberInput label={t('steward.keepDays')} min={0} value={days} onChange={setDays} />
      <Button variant="default" loading={save.isPending} onClick={() => save.mutate()}>
        {t('act.save')}
      </Button>
      {save.error ? <Failed error={save.error} /> : null}
    </div>
  );
}
