import { Button, Modal, SegmentedControl, TextInput } from '@mantine/core';
import { useQuery, useQueryClient } from '@tanstack/react-query';
import { useParams } from '@tanstack/react-router';
import { type FormEvent, useState } from 'react';
import { api } from '../api/calls';
import { list, type SensorRow } from '../api/types';
import { useAct } from '../look/act';
import { When } from '../look/marks';
import { Page } from '../look/Page';
import { Failed, Loaded, Note } from '../look/states';
import { useFollow } from '../shell/live';
import { useMay } from '../shell/session';
import { useWords } from '../words/words';
import { Enrol } from './Sensors';
import { CoveragePicture } from './CoveragePicture';
import { StateMark } from './StateMark';

/** SensorPage is one sensor: how it does, and when and where it was blind. */
export function SensorPage() {
  const { t } = useWords();
  const { name } = useParams({ strict: false });
  const client = useQueryClient();
  const id = name ?? '';
  const asked = useQuery({ queryKey: ['sensor', id], queryFn: ({ signal }) => api.sensor(id, signal), refetchInterval: 30_000 });
  useFollow('sensor', () => void client.invalidateQueries({ queryKey: ['sensor', id], exact: true }));
  return (
    <Page title={id} text={asked.data?.note || t('sensors.one')} actions={asked.data ? <Acts of={asked.data} /> : null}>
      <Loaded of={asked} rows={6}>
        {(s) => <Facts of={s} />}
      </Loaded>
      <Coverage of={id} />
    </Page>
  );
}

function Facts({ of: s }: { of: SensorRow }) {
  const { t, word, number, bytes } = useWords();
  return (
    <section className="card stack">
      {list(s.alarms).map((a) => (
        <Note key={a} kind="warn">
          {word('sensoralarm', a)}
        </Note>
      ))}
      <dl className="facts">
        <dt>{t('sensors.state')}</dt>
        <dd>
          <StateMark of={s} />
        </dd>
        <dt>{t('col.site')}</dt>
        <dd>{s.site || '–'}</dd>
        <dt>{t('sensors.heard')}</dt>
        <dd>{s.heardAt ? <When at={s.heardAt} relative /> : t('word.never')}</dd>
        <dt>{t('sensors.version')}</dt>
        <dd>{s.version || '–'}</dd>
        <dt>{t('sensors.rate')}</dt>
        <dd>{number(Math.round(s.rate))}</dd>
        <dt>{t('sensors.outbox')}</dt>
        <dd>
          {bytes(s.outbox.bytes)} / {bytes(s.outbox.limit)} · {t('sensors.refused')} {number(s.refused)}
        </dd>
        <dt>{t('sensors.lag')}</dt>
        <dd>{number(s.lag)}</dd>
        <dt>{t('sensors.diskFree')}</dt>
        <dd>{number(s.diskFree)} %</dd>
        <dt>{t('sensors.certEnds')}</dt>
        <dd>{s.certEnds ? <When at={s.certEnds} /> : '–'}</dd>
      </dl>
      <div className="scrollx" tabIndex={-1}>
        <table className="plain">
          <caption className="hidden">{t('sensors.interfaces')}</caption>
          <thead>
            <tr>
              <th scope="col">{t('sensors.interface')}</th>
              <th scope="col">{t('sensors.link')}</th>
              <th scope="col" className="right">
                {t('sensors.packets')}
              </th>
              <th scope="col" className="right">
                {t('sensors.dropped')}
              </th>
              <th scope="col">{t('sensors.trouble')}</th>
            </tr>
          </thead>
          <tbody>
            {list(s.interfaces).map((i) => (
              <tr key={i.name}>
                <td className="mono">{i.name}</td>
                <td>{t(i.up ? 'sensors.up' : 'sensors.down')}</td>
                <td className="right num">{number(i.packets)}</td>
                <td className="right num">{number(i.dropped)}</td>
                <td>{i.trouble ?? ''}</td>
              </tr>
            ))}
          </tbody>
        </table>
      </div>
    </section>
  );
}

const spans = { day: [1, 10], week: [7, 60], month: [30, 360] } as const;
type Span = keyof typeof spans;

function Coverage({ of }: { of: string }) {
  const { t } = useWords();
  const [span, setSpan] = useState<Span>('day');
  const asked = useQuery({
    queryKey: ['sensor', of, 'coverage', span],
    queryFn: ({ signal }) => {
      const [days, step] = spans[span];
      return api.sensorCoverage(of, new Date(Date.now() - days * 86_400_000).toISOString(), step, signal);
    },
    refetchInterval: 60_000,
  });
  return (
    <section className="card stack">
      <div className="row">
        <h2 className="grow">{t('sensors.coverage')}</h2>
        <SegmentedControl
          aria-label={t('sensors.span')}
          value={span}
          onChange={(v) => setSpan(v === 'week' || v === 'month' ? v : 'day')}
          data={[
            { value: 'day', label: t('sensors.day') },
            { value: 'week', label: t('sensors.week') },
            { value: 'month', label: t('sensors.month') },
          ]}
        />
      </div>
      <Loaded of={asked} rows={6}>
        {(p) => <CoveragePicture of={p} />}
      </Loaded>
    </section>
  );
}

function Acts({ of: s }: { of: SensorRow }) {
  const { t } = useWords();
  const may = useMay();
  const act = useAct(['sensor'], ['list', 'sensors']);
  const [open, setOpen] = useState<'enrol' | 'revoke' | null>(null);
  const [why, setWhy] = useState('');
  const revoke = (e: FormEvent) => {
    e.preventDefault();
    void act.run(() => api.revokeSensor(s.name, why)).then((ok) => ok && setOpen(null));
  };
  return (
    <div className="row">
      <Button variant="default" disabled={!may('sensor:enrol')} onClick={() => setOpen('enrol')}>
        {t('sensors.enrolAgain')}
      </Button>
      <Button color="red" disabled={!may('sensor:revoke') || s.state === 'revoked'} onClick={() => setOpen('revoke')}>
        {t('tokens.revoke')}
      </Button>
      <Modal opened={open !== null} onClose={() => setOpen(null)} title={t(open === 'revoke' ? 'sensors.revoke' : 'sensors.enrolAgain')} closeButtonProps={{ 'aria-label': t('act.close') }}>
        {open === 'enrol' ? <Enrol name={s.name} site={s.site} /> : null}
        {open === 'revoke' ? (
          <form className="stack" onSubmit={revoke}>
            {act.error ? <Failed error={act.error} /> : null}
            <Note kind="warn">{t('sensors.sure', { name: s.name })}</Note>
            <TextInput label={t('sensors.why')} value={why} onChange={(e) => setWhy(e.currentTarget.value)} data-autofocus />
            <Button type="submit" color="red" loading={act.busy}>
              {t('tokens.revoke')}
            </Button>
          </form>
        ) : null}
      </Modal>
    </div>
  );
}
