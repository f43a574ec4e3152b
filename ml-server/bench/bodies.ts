import { seededRandom } from '@plumbline/detection';

export const BATCH_SIZE = 1_000;
const DEVICES = 200;
const START_MS = Date.UTC(2026, 0, 9);

/** What devices send: one metric, or temperature and vibration. */
export type Metrics = 'temperature' | 'both';

/** Gives bodies for `/detect`, made before: the load must cost less than the server. */
export function preparedReadings(metrics: Metrics): () => string {
  return inTurn(Array.from({ length: 4_000 }, liveReadings(metrics)));
}

/** Gives bodies for `/detect/batch`, made before; `explain` as there. */
export function preparedBatches(metrics: Metrics, explain: 'all' | 'anomalies'): () => string {
  return inTurn(Array.from({ length: 32 }, liveBatches(metrics, explain)));
}

/** Gives bodies for `/detect` whose time goes on, so that there is something to learn from each. */
export function liveReadings(metrics: Metrics): () => string {
  const next = readings(metrics);
  return () => JSON.stringify(next());
}

/** Gives bodies for `/detect/batch` whose time goes on. */
export function liveBatches(metrics: Metrics, explain: 'all' | 'anomalies'): () => string {
  const next = readings(metrics);
  return () => JSON.stringify({ readings: Array.from({ length: BATCH_SIZE }, next), explain });
}

function inTurn(bodies: readonly string[]): () => string {
  let next = 0;
  return () => bodies[next++ % bodies.length] as string;
}

/** Readings of two hundred devices in turn, one a minute each, most of them ordinary. */
function readings(metrics: Metrics): () => object {
  const random = seededRandom(1);
  const noise = () => random() + random() + random() - 1.5;
  let count = 0;
  return () => {
    const atMs = START_MS + Math.floor(count / DEVICES) * 60_000;
    count++;
    return {
      device_id: `device-${count % DEVICES}`,
      timestamp: new Date(atMs).toISOString(),
      temperature: Math.round(100 * (22 + 2 * noise())) / 100,
      ...(metrics === 'both' && { vibration: Math.round(100 * (1.2 + 0.3 * noise())) / 100 }),
    };
  };
}
