import { Button } from '@mantine/core';
import { useMutation, useQuery } from '@tanstack/react-query';
import { useParams } from '@tanstack/react-router';
import { api } from '../api/calls';
import { list } from '../api/types';
import { DeviceLink } from '../look/DeviceLink';
import { Link } from '../look/Link';
import { When } from '../look/marks';
import { Page } from '../look/Page';
import { Failed, Loaded, Note } from '../look/states';
import { save } from '../table/export';
import { useWords } from '../words/words';
import css from './lineage.module.css';
import { type Stop, stops } from './way';

/** Lineage is the way of one message as a picture, as a table, and as a file
 * that shows it without Bedrail. */
export function Lineage() {
  const { t, number } = useWords();
  const { id = '' } = useParams({ strict: false });
  const asked = useQuery({ queryKey: ['message', id], queryFn: ({ signal }) => api.trace(id, signal) });
  const prove = useMutation({ mutationFn: async () => save(`${id}.proof.json`, 'application/json', JSON.stringify(await api.messageProof(id), null, 1)) });
  return (
    <Page title={t('lineage.title')} text={t('lineage.text')} actions={<Link href={`/messages?row=${id}`}>{t('nav.messages')}</Link>}>
      <Loaded of={asked} rows={10}>
        {(trace) => {
          const all = stops(trace);
          return (
            <div className="stack">
              <section className="card stack">
                <h2 className="mono">{id}</h2>
                <Picture of={all} />
              </section>
              <section className="card stack">
                <h2>{t('lineage.table')}</h2>
                <table className="plain">
                  <thead>
                    <tr>
                      <th scope="col">{t('lineage.station')}</th>
                      <th scope="col">{t('lineage.what')}</th>
                      <th scope="col">{t('lineage.more')}</th>
                      <th scope="col">{t('lineage.entry')}</th>
                      <th scope="col">{t('lineage.at')}</th>
                    </tr>
                  </thead>
                  <tbody>
                    {all.map((s) => (
                      <tr key={s.id} id={`stop-${s.id}`} tabIndex={-1} className={css['row']}>
                        <th scope="row">
                          {t(`lineage.${s.kind}`)} {s.kind === 'bound' && s.name ? <DeviceLink id={s.name} /> : s.name}
                        </th>
                        <td className="mono">{s.text || t('lineage.asItCame')}</td>
                        <td className={css['more']}>{s.more}</td>
                        <td>{s.seq === undefined ? '' : <Link href={`/audit?filter=seq:${s.seq}`}>{number(s.seq)}</Link>}</td>
                        <td>{s.at ? <When at={s.at} /> : ''}</td>
                      </tr>
                    ))}
                  </tbody>
                </table>
              </section>
              <section className="card stack">
                <h2>{t('lineage.steps')}</h2>
                <ol>
                  {list(trace.steps).map((s) => (
                    <li key={s.seq}>
                      <When at={s.at} /> <span className="mono">{s.did}</span> {s.note}
                    </li>
                  ))}
                </ol>
              </section>
              <section className="card stack">
                <h2>{t('lineage.proof')}</h2>
                <p>{t('lineage.proofText')}</p>
                <div>
                  <Button loading={prove.isPending} onClick={() => prove.mutate()}>
                    {t('lineage.download')}
                  </Button>
                </div>
                {prove.error ? <Failed error={prove.error} /> : null}
                {prove.isSuccess ? <Note kind="good">{t('lineage.saved')}</Note> : null}
                <p>{t('lineage.verify')}</p>
                <code className="block">{`bedrail message verify-proof ${id}.proof.json --raw message.bin --key bedrail.key`}</code>
              </section>
            </div>
          );
        }}
      </Loaded>
    </Page>
  );
}

const width = 176;
const height = 58;
const gapX = 34;
const gapY = 18;

function centre(s: Stop, rows: number): number {
  const full = rows * (height + gapY) - gapY;
  return s.column < 3 ? full / 2 : s.row * (height + gapY) + height / 2;
}

/** Picture draws the stations; each is a link to its row of the table. */
function Picture({ of }: { of: Stop[] }) {
  const { t } = useWords();
  const rows = Math.max(1, ...of.map((s) => s.row + 1));
  const full = rows * (height + gapY) - gapY;
  const x = (s: Stop) => s.column * (width + gapX);
  const before = (s: Stop) => of.filter((p) => p.column === s.column - 1 && (s.column <= 3 || p.row === s.row));
  return (
    <div className={css['scroll']}>
      <svg className={css['picture']} viewBox={`-4 -4 ${5 * width + 4 * gapX + 8} ${full + 8}`} width={5 * width + 4 * gapX + 8} height={full + 8} role="group" aria-label={t('lineage.picture')}>
        {of.flatMap((s) =>
          before(s).map((p) => (
            <path
              key={`${p.id} ${s.id}`}
              className={s.good ? css['line'] : css['broken']}
              d={`M ${x(p) + width} ${centre(p, rows)} C ${x(p) + width + gapX / 2} ${centre(p, rows)} ${x(s) - gapX / 2} ${centre(s, rows)} ${x(s)} ${centre(s, rows)}`}
            />
          )),
        )}
        {of.map((s) => (
          <a key={s.id} href={`#stop-${s.id}`} className={css['stop']}>
            <rect x={x(s)} y={centre(s, rows) - height / 2} width={width} height={height} rx={8} className={s.good ? css['box'] : css['bad']} />
            <text x={x(s) + 12} y={centre(s, rows) - 7} className={css['kind']}>
              {short(`${s.good ? '' : '⚠ '}${t(`lineage.${s.kind}`)} ${s.name}`, 20)}
            </text>
            <text x={x(s) + 12} y={centre(s, rows) + 14} className={css['what']}>
              {short(s.text || t('lineage.asItCame'), 20)}
            </text>
          </a>
        ))}
      </svg>
    </div>
  );
}

// What does not fit its box stands whole in the table.
function short(text: string, most: number): string {
  return text.length > most ? text.slice(0, most - 1) + '…' : text;
}
