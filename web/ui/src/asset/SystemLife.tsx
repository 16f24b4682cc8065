import { useQuery } from '@tanstack/react-query';
import { api } from '../api/calls';
import type { Device } from '../api/types';
import { ClaimText, VerdictMark } from '../look/marks';
import { Loaded } from '../look/states';
import { useMay } from '../shell/session';
import { useWords } from '../words/words';

/** SystemLife is the operating system with the end of its support. */
export function SystemLife({ of: d }: { of: Device }) {
  const { t, day, told } = useWords();
  const may = useMay()('finding:read');
  const asked = useQuery({ queryKey: ['device', d.id, 'exposures'], queryFn: ({ signal }) => api.exposures(d.id, signal), enabled: may });
  return (
    <section className="card stack tight">
      <h2>{t('attribute.operatingSystem')}</h2>
      <p>
        <ClaimText of={d.operatingSystem} />
      </p>
      {may ? (
        <Loaded of={asked} rows={1}>
          {({ endOfLife: life }) =>
            life ? (
              <>
                <p className="row">
                  <VerdictMark of={life.status} />
                  <span>
                    {life.product} {life.release}
                  </span>
                </p>
                <p>{life.ends && life.ends !== 'yes' ? t(life.over ? 'device.supportOver' : 'device.supportUntil', { day: day(life.ends) }) : told(life.reason)}</p>
                {life.source ? <p className="dim">{life.source}</p> : null}
              </>
            ) : (
              <p className="dim">{t('device.noSupport')}</p>
            )
          }
        </Loaded>
      ) : null}
    </section>
  );
}
