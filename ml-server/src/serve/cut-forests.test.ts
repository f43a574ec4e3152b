import type { BatchReading } from '@plumbline/contracts';
import { seededRandom } from '@plumbline/detection';
import { expect, test } from 'vitest';
import { startModelBucket } from '../../test/model-bucket.ts';
import { startServer } from '../../test/start-server.ts';
import { readServeConfig } from './config.ts';
import { createCutForests, MAX_SERIES, WARM_UP } from './cut-forests.ts';

const START_MS = Date.UTC(2026, 0, 9);
const BANDS = ['sound', 'sound_low', 'sound_mid', 'sound_high'] as const;

/** A street every 5 seconds: loud below, quiet above. */
function street(count: number, deviceId = 'mic-1', seed = 1) {
  const random = seededRandom(seed);
  const near = (level: number) => Number((level + 3 * (random() + random() - 1)).toFixed(1));
  return Array.from({ length: count }, (_, i) => at(i, deviceId, [62, 61, 55, 42].map(near)));
}

function at(i: number, deviceId: string, levels: readonly number[]): BatchReading {
  return {
    device_id: deviceId,
    timestamp: new Date(START_MS + 5_000 * i).toISOString(),
    ...Object.fromEntries(BANDS.map((name, b) => [name, levels[b]])),
  };
}

/** No louder than the street, but high where that is low. */
const siren = (i: number) => at(i, 'mic-1', [61, 45, 50, 60]);

test('the server tells of a foreign sound by a score far above those of ordinary ones, and alerts no more for it', async () => {
  const { bucket } = await startModelBucket();
  const server = await startServer(bucket);
  const readings = [...street(300), siren(300), siren(301)];
  const answer = await server.post('/detect/batch', { readings, explain: 'anomalies' });
  const { results } = (await answer.json()) as { results: Answer[] };
  const votes = results.map(({ detectors }) =>
    detectors.find(({ detector }) => detector === 'random_cut_forest'),
  );
  expect(votes.findIndex((vote) => vote !== undefined)).toBe(WARM_UP);
  const ordinary = votes.slice(WARM_UP, 300).map((vote) => vote?.score ?? 0);
  const foreign = votes[300];
  expect(foreign?.score).toBeGreaterThan(2 * Math.max(...ordinary));
  expect(foreign?.threshold).toBeLessThanOrEqual(Math.max(...ordinary));
  expect(votes.every((vote) => vote === undefined || !vote.is_anomaly)).toBe(true);

  const without = await startServer(bucket, { RANDOM_CUT_FORESTS: '' });
  const plain = await without.batch(readings);
  expect(results.map(({ is_anomaly }) => is_anomaly)).toEqual(
    plain.map(({ is_anomaly }) => is_anomaly),
  );
  expect(JSON.stringify(plain)).not.toContain('random_cut_forest');
});

interface Answer {
  readonly is_anomaly: boolean;
  readonly detectors: { detector: string; score: number; threshold: number; is_anomaly: boolean }[];
}

test('the same readings get the same scores; one that comes again gets its answer again, an older one none', () => {
  const [a, b] = [createCutForests(BANDS), createCutForests(BANDS)];
  const readings = street(150);
  const follow = (forests: typeof a) =>
    readings.map((reading) => forests.follow(reading, Date.parse(reading.timestamp ?? '')));
  const scores = follow(a);
  expect(follow(b)).toEqual(scores);
  const last = readings[149] as BatchReading;
  const lastMs = Date.parse(last.timestamp ?? '');
  expect(a.follow(last, lastMs)).toEqual(scores[149]);
  expect(a.follow(readings[148] as BatchReading, lastMs - 5_000)).toBeNull();
  expect(a.follow({ device_id: 'mic-1', temperature: 20 }, lastMs + 5_000)).toBeNull();
  expect(scores[149]).not.toBeNull();
});

test('forests are bounded: a series too many has none until another was silent for an hour', () => {
  const forests = createCutForests(['sound']);
  const hear = (deviceId: string, i: number) =>
    forests.follow({ device_id: deviceId, sound: 60 }, i);
  for (let i = 0; i < MAX_SERIES; i++) hear(`mic-${i}`, START_MS + i);
  hear('late', START_MS + 1_000_000);
  expect(forests.seriesCount()).toBe(MAX_SERIES);
  for (let i = 0; i < WARM_UP; i++) hear('mic-1', START_MS + 10_000 + i);
  for (let i = 0; i < WARM_UP; i++) hear('late', START_MS + 4_000_000 + i);
  expect(forests.seriesCount()).toBe(MAX_SERIES);
  expect(hear('late', START_MS + 4_100_000)).not.toBeNull();
  expect(hear('mic-1', START_MS + 4_100_000)).not.toBeNull();
});

test.each<[Record<string, string>, readonly string[]]>([
  [{}, BANDS],
  [{ RANDOM_CUT_FORESTS: 'vibration, sound' }, ['vibration', 'sound']],
  [{ RANDOM_CUT_FORESTS: '' }, []],
  [{ DETECTORS: 'forest' }, []],
  [{ REDIS_URL: 'redis://127.0.0.1' }, []],
])('%o: forests over %o', (env, metrics) => {
  const config = readServeConfig({ GOOGLE_CLOUD_PROJECT: 'test', ...env });
  expect(config.cutForestMetrics).toEqual(metrics);
});

test.each([
  [{ RANDOM_CUT_FORESTS: 'noise' }, 'names noise'],
  [{ RANDOM_CUT_FORESTS: 'sound', REDIS_URL: 'redis://127.0.0.1' }, 'kept in this process'],
])('%o is refused', (env, problem) => {
  expect(() => readServeConfig({ GOOGLE_CLOUD_PROJECT: 'test', ...env })).toThrow(problem);
});
