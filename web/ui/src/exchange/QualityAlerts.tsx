import { Button, TextInput } from '@mantine/core';
import { useMutation, useQueryClient } from '@tanstack/react-query';
import { BellRing } from 'lucide-react';
import { useMemo, useState } from 'react';
import { api } from '../api/calls';
import { type FeedAlert, list } from '../api/types';
import { DeviceLink } from '../look/DeviceLink';
import { Link } from '../look/Link';
import { When, Told } from '../look/marks';
import { Page } from '../look/Page';
import { Empty, Failed } from '../look/states';
import type { Field } from '../query/grammar';
import { useMay } from '../shell/session';
import type { Column } from '../table/column';
import { DataTable } from '../table/DataTable';
import { type Speaker, useWords } from '../words/words';
import { ChannelLink } from './ShadowMark';

const kinds = ['silence', 'clock', 'duplicates', 'units', 'implausible', 'stuck', 'incomplete', 'drift', 'invalid', 'charset', 'spoofed', 'takeover', 'wire'];
const fields: readonly Field[] = [
  { name: 'state', kind: 'word', values: ['open', 'acknowledged', 'ended'] },
  { name: 'kind', kind: 'word', values: kinds },
  { name: 'channel', kind: 'text' },
  { name: 'name', kind: 'text' },
  { name: 'device', kind: 'text' },
  { name: 'unit', kind: 'text' },
  { name: 'shadow', kind: 'word', values: ['true', 'false'] },
];

function columnsOf({ t, number, word, told }: Speaker): Column<FeedAlert>[] {
  return [
    { id: 'state', header: t('col.status'), width: 120, weight: 0.4, sort: 'state', cell: (a) => word('alert', a.state), text: (a) => a.state },
    { id: 'kind', header: t('col.kind'), width: 150, weight: 0.6, sort: 'kind', cell: (a) => word('trouble', a.kind), text: (a) => a.kind },
    { id: 'name', header: t('quality.feed'), width: 170, sort: 'name', cell: (a) => <span className="mono">{a.name}</span>, text: (a) => a.name },
    { id: 'channel', header: t('message.channel'), width: 130, sort: 'channel', cell: (a) => a.channel, text: (a) => a.channel },
    { id: 'text', header: t('quality.what'), width: 300, weight: 2, cell: (a) => <span title={told(a.text)}>{told(a.text)}</span>, text: (a) => a.text },
    { id: 'last', header: t('quality.last'), width: 120, weight: 0.5, sort: 'last', cell: (a) => <When at={a.last} relative />, text: (a) => a.last },
    { id: 'count', header: t('quality.times'), width: 80, weight: 0.3, right: true, sort: 'count', cell: (a) => number(a.count), text: (a) => String(a.count) },
  ];
}

/** QualityAlerts is what is wrong with feeds, and who is not who they say. */
export function QualityAlerts() {
  const words = useWords();
  const { t } = words;
  const columns = useMemo(() => columnsOf(words), [words]);
  return (
    <Page full title={t('nav.qualityAlerts')} text={t('qualityAlerts.text')} actions={<Link href="/quality">{t('nav.quality')}</Link>}>
      <DataTable
        name="quality-alerts"
        label={t('nav.qualityAlerts')}
        columns={columns}
        fields={fields}
        fetch={api.feedAlerts}
        id={(a) => a.id}
        title={(a) => a.name}
        side={(_, a) => (a ? <One of={a} /> : null)}
        live="alert"
        empty={<Empty icon={BellRing} title={t('qualityAlerts.empty')} text={t('qualityAlerts.emptyText')} />}
      />
    </Page>
  );
}

function One({ of }: { of: FeedAlert }) {
  const { t, number, word } = useWords();
  return (
    <div className="stack">
      <p>
        <strong>{word('trouble', of.kind)}</strong>: <Told of={of.text} />
      </p>
      {of.mend ? (
        <p>
          {t('quality.mend')}: <Told of={of.mend} />
        </p>
      ) : null}
      <dl className="facts">
        <dt>{t('message.channel')}</dt>
        <dd>
          <ChannelLink name={of.channel} shadow={of.shadow} />
        </dd>
        <dt>{t('col.status')}</dt>
        <dd>
          {word('alert', of.state)} {of.reason ? <span className="dim">{of.reason}</span> : null}
        </dd>
        <dt>{t('quality.since')}</dt>
        <dd>
          <When at={of.first} />
        </dd>
        <dt>{t('quality.times')}</dt>
        <dd>{number(of.count)}</dd>
        {of.device ? (
          <>
            <dt>{t('col.device')}</dt>
            <dd>
              <DeviceLink id={of.device} />
            </dd>
          </>
        ) : null}
      </dl>
      {list(of.evidence).length > 0 ? (
        <>
          <h3>{t('quality.evidence')}</h3>
          <ol>
            {list(of.evidence).map((s) => (
              <li key={`${s.address ?? ''}${s.device ?? ''}${s.said}`}>
                {s.said}: <span className="mono">{[s.number, s.address, s.mac].filter(Boolean).join(' ')}</span>{' '}
                {s.at ? <When at={s.at} /> : null} {s.device ? <Link href={`/devices/${s.device}`}>{t('col.device')}</Link> : null} {s.message ? <Link href={`/messages?row=${s.message}`}>{t('quality.message')}</Link> : null}
              </li>
            ))}
          </ol>
        </>
      ) : null}
      {list(of.messages).length > 0 ? (
        <>
          <h3>{t('nav.messages')}</h3>
          <ul>
            {list(of.messages).map((m) => (
              <li key={m}>
                <Link href={`/messages?row=${m}`} className="mono">
                  {m}
                </Link>
              </li>
            ))}
          </ul>
        </>
      ) : null}
      {of.state === 'ended' ? null : <Answer of={of} />}
    </div>
  );
}

/** Answer takes what a person found. */
function Answer({ of }: { of: FeedAlert }) {
  const { t } = useWords();
  const may = useMay();
  const client = useQueryClient();
  const [reason, setReason] = useState('');
  const answer = useMutation({
    mutationFn: (state: 'acknowledged' | 'ended') => api.answerFeedAlert(of.id, state, reason),
    onSuccess: () => client.invalidateQueries(),
  });
  if (!may('quality:write')) return null;
  return (
    <div className="stack tight">
      <TextInput label={t('quality.found')} value={reason} onChange={(e) => setReason(e.currentTarget.value)} />
      <div className="row">
        {(['acknowledged', 'ended'] as const)
          .filter((s) => s !== of.state)
          .map((s) => (
            <Button key={s} variant="default" size="compact-sm" disabled={reason.trim().length < 3} loading={answer.isPending && answer.variables === s} onClick={() => answer.mutate(s)}>
              {t(`quality.to.${s}`)}
            </Button>
          ))}
      </div>
      {answer.error ? <Failed error={answer.error} /> : null}
    </div>
  );
}
