import { Button, Modal, NativeSelect, TextInput } from '@mantine/core';
import { useQueryClient } from '@tanstack/react-query';
import { Radar } from 'lucide-react';
import { type FormEvent, useMemo, useState } from 'react';
import { ShownOnce } from '../access/ShownOnce';
import { api } from '../api/calls';
import { list, type SensorRow } from '../api/types';
import { useAct } from '../look/act';
import { Link } from '../look/Link';
import { When } from '../look/marks';
import { Page } from '../look/Page';
import { Empty, Failed, Note } from '../look/states';
import type { Field } from '../query/grammar';
import { useFollow } from '../shell/live';
import { useMay } from '../shell/session';
import type { Column } from '../table/column';
import { DataTable } from '../table/DataTable';
import { type Speaker, useWords } from '../words/words';
import { StateMark } from './StateMark';

const states = ['online', 'impaired', 'behind', 'silent', 'stopped', 'invited', 'revoked'];
const fields: readonly Field[] = [
  { name: 'name', kind: 'text' },
  { name: 'site', kind: 'text' },
  { name: 'state', kind: 'word', values: states },
  { name: 'version', kind: 'text' },
];

function columnsOf({ t, number, bytes, word }: Speaker): Column<SensorRow>[] {
  const cards = (s: SensorRow) =>
    list(s.interfaces)
      .map((i) => (i.up ? i.name : `${i.name} (${t('sensors.down')})`))
      .join(', ');
  const age = (s: SensorRow) => (s.oldest > 0 ? t('sensors.seconds', { n: Math.round(s.oldest) }) : '');
  return [
    { id: 'name', header: t('col.name'), width: 150, sort: 'name', cell: (s) => <Link href={`/sensors/${s.name}`}>{s.name}</Link>, text: (s) => s.name },
    { id: 'site', header: t('col.site'), width: 130, sort: 'site', cell: (s) => s.site || '–', text: (s) => s.site },
    { id: 'state', header: t('sensors.state'), width: 150, sort: 'state', cell: (s) => <StateMark of={s} />, text: (s) => word('sensorstate', s.state) },
    { id: 'version', header: t('sensors.version'), width: 100, cell: (s) => s.version ?? '', text: (s) => s.version ?? '' },
    { id: 'interfaces', header: t('sensors.interfaces'), width: 140, cell: cards, text: cards },
    { id: 'heardAt', header: t('sensors.heard'), width: 120, sort: 'heardAt', cell: (s) => (s.heardAt ? <When at={s.heardAt} relative /> : t('word.never')), text: (s) => s.heardAt ?? '' },
    { id: 'rate', header: t('sensors.rate'), width: 105, right: true, sort: 'rate', cell: (s) => number(Math.round(s.rate)), text: (s) => String(Math.round(s.rate)) },
    { id: 'dropped', header: t('sensors.dropped'), width: 90, right: true, sort: 'dropped', cell: (s) => number(s.dropped), text: (s) => String(s.dropped) },
    { id: 'outbox', header: t('sensors.outbox'), width: 125, right: true, cell: (s) => bytes(s.outbox.bytes), text: (s) => String(s.outbox.bytes) },
    { id: 'lag', header: t('sensors.lag'), width: 100, right: true, sort: 'lag', cell: (s) => number(s.lag), text: (s) => String(s.lag) },
    { id: 'oldest', header: t('sensors.oldest'), width: 190, right: true, sort: 'oldest', cell: age, text: age },
    { id: 'certEnds', header: t('sensors.certEnds'), width: 130, cell: (s) => (s.certEnds ? <When at={s.certEnds} /> : ''), text: (s) => s.certEnds ?? '' },
  ];
}

/** Sensors lists the machines that watch other parts of the network. */
export function Sensors() {
  const words = useWords();
  const { t } = words;
  const columns = useMemo(() => columnsOf(words), [words]);
  const client = useQueryClient();
  const may = useMay();
  const [adding, setAdding] = useState(false);
  const again = () => void client.invalidateQueries({ queryKey: ['list', 'sensors'] });
  useFollow('sensor', again);
  const close = () => {
    setAdding(false);
    again();
  };
  return (
    <Page
      full
      title={t('nav.sensors')}
      text={t('sensors.text')}
      actions={
        <Button disabled={!may('sensor:enrol')} onClick={() => setAdding(true)}>
          {t('sensors.enrol')}
        </Button>
      }
    >
      {may('sensor:enrol') ? null : <p className="dim">{t('state.needs', { action: 'sensor:enrol' })}</p>}
      <DataTable
        name="sensors"
        label={t('nav.sensors')}
        columns={columns}
        fields={fields}
        fetch={api.sensors}
        id={(s) => s.name}
        title={(s) => s.name}
        side={(_, s) => (s ? <Panel key={s.name} of={s} /> : null)}
        empty={<Empty icon={Radar} title={t('sensors.empty')} text={t('sensors.emptyText')} />}
      />
      <Modal opened={adding} onClose={close} title={t('sensors.enrol')} closeButtonProps={{ 'aria-label': t('act.close') }}>
        {adding ? <Enrol /> : null}
      </Modal>
    </Page>
  );
}

function Panel({ of: s }: { of: SensorRow }) {
  const { t, word } = useWords();
  return (
    <div className="stack">
      <StateMark of={s} />
      {list(s.alarms).map((a) => (
        <Note key={a} kind="warn">
          {word('sensoralarm', a)}
        </Note>
      ))}
      {s.note ? <p>{s.note}</p> : null}
      <Link href={`/sensors/${s.name}`}>{t('sensors.open')}</Link>
    </div>
  );
}

const lives = [60, 480, 1440, 10080];

/** Enrol makes a token that lets one sensor in once. */
export function Enrol({ name: given = '', site: there = '' }: { name?: string; site?: string }) {
  const { t } = useWords();
  const act = useAct(['list', 'sensors'], ['sensor']);
  const [name, setName] = useState(given);
  const [site, setSite] = useState(there);
  const [note, setNote] = useState('');
  const [minutes, setMinutes] = useState('60');
  const [command, setCommand] = useState('');
  const submit = (e: FormEvent) => {
    e.preventDefault();
    void act.run(async () => {
      setCommand((await api.enrolSensor({ name, site, note, minutes: Number(minutes) })).command);
    });
  };
  if (command) return <ShownOnce text={command} what={t('sensors.paste', { name })} />;
  return (
    <form className="stack" onSubmit={submit}>
      {act.error ? <Failed error={act.error} /> : null}
      {given ? <Note kind="warn">{t('sensors.again')}</Note> : null}
      <TextInput label={t('col.name')} description={t('sensors.nameHelp')} value={name} disabled={given !== ''} onChange={(e) => setName(e.currentTarget.value)} pattern="[a-z0-9]([a-z0-9\-]{0,30}[a-z0-9])?" required data-autofocus />
      <TextInput label={t('col.site')} description={t('sensors.siteHelp')} value={site} onChange={(e) => setSite(e.currentTarget.value)} />
      <TextInput label={t('sensors.note')} value={note} onChange={(e) => setNote(e.currentTarget.value)} />
      <NativeSelect label={t('tokens.life')} value={minutes} onChange={(e) => setMinutes(e.currentTarget.value)} data={lives.map((n) => ({ value: String(n), label: t('sensors.hours', { n: n / 60 }) }))} />
      <Button type="submit" size="sm" loading={act.busy}>
        {t('sensors.makeToken')}
      </Button>
    </form>
  );
}
