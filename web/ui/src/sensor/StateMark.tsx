import type { SensorRow } from '../api/types';
import { useWords } from '../words/words';
import css from './sensor.module.css';

const looks: Record<SensorRow['state'], readonly [string, string]> = {
  online: ['●', 'good'],
  impaired: ['▲', 'warn'],
  behind: ['▲', 'warn'],
  silent: ['■', 'bad'],
  stopped: ['○', 'off'],
  invited: ['○', 'off'],
  revoked: ['✕', 'off'],
};

/** StateMark says in a shape and a word how a sensor does. */
export function StateMark({ of }: { of: SensorRow }) {
  const { word } = useWords();
  const [shape, look] = looks[of.state];
  return (
    <span>
      <span className={css[look]} aria-hidden="true">
        {shape}
      </span>{' '}
      {word('sensorstate', of.state)}
    </span>
  );
}
