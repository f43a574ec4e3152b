import { expect, test } from 'vitest';
import { initialWeights, shapeFor } from '../model/autoencoder.ts';
import { seededRandom } from '../model/random.ts';
import { encodeWeights } from '../wire.ts';
import { createCoordinator, DEFAULT_RULES, type RoundRules } from './coordinator.ts';
import { privacySpent } from './privacy.ts';

const shape = shapeFor(10);
const START = initialWeights(shape, seededRandom(1));

/** A coordinator that some clients have asked for work, and a clock. */
function fleet(clients: readonly string[], rules: Partial<RoundRules> = {}) {
  let nowMs = 0;
  const coordinator = createCoordinator(
    { shape, weights: START, round: 0, noisyRounds: 0 },
    { ...DEFAULT_RULES, ...rules },
    { now: () => nowMs, random: seededRandom(3) },
  );
  for (const client of clients) coordinator.task(client);
  return {
    coordinator,
    pass: (ms: number) => {
      nowMs += ms;
    },
    send: (clientId: string, change: Partial<Record<string, unknown>> = {}) =>
      coordinator.submit(
        {
          client_id: clientId,
          round: coordinator.round(),
          sample_count: 100,
          scored_count: 50,
          anomaly_count: 1,
          loss: 0.5,
          weights: encodeWeights(START.map((weight) => weight + 0.1)),
          ...change,
        },
        2_000,
      ),
  };
}

const moved = (weights: Float64Array) => (weights[0] as number) - (START[0] as number);

test('a round ends when all have answered, and moves the weights by their mean', () => {
  const { coordinator, send } = fleet(['a', 'b', 'c']);
  expect(coordinator.begin()).toBe(true);
  expect(coordinator.task('a')).toMatchObject({ round: 1, is_selected: true, deadline_ms: 45_000 });
  for (const client of ['a', 'b']) expect(send(client)).toBe('accepted');
  expect(coordinator.end()).toBeUndefined();
  send('c', { sample_count: 200, weights: encodeWeights(START.map((weight) => weight + 0.3)) });
  expect(coordinator.task('a')).toMatchObject({ is_selected: false });
  expect(coordinator.end()).toMatchObject({
    round: 1,
    outcome: 'aggregated',
    sampleCount: 400,
    stragglerCount: 0,
    loss: 0.5,
    epsilon: null,
  });
  // (0.1 · 200 + 0.3 · 200) / 400
  expect(moved(coordinator.weights())).toBeCloseTo(0.2, 12);
});

test('stragglers are waited for until the deadline, and too few change nothing', () => {
  const { coordinator, send, pass } = fleet(['a', 'b', 'c', 'd']);
  coordinator.begin();
  for (const client of ['a', 'b', 'c']) send(client);
  pass(44_999);
  expect(coordinator.end()).toBeUndefined();
  pass(1);
  expect(coordinator.end()).toMatchObject({ outcome: 'aggregated', stragglerCount: 1 });
  const before = coordinator.weights();

  for (const client of ['a', 'b', 'c', 'd']) coordinator.task(client);
  coordinator.begin();
  send('a');
  pass(45_000);
  expect(coordinator.end()).toMatchObject({ outcome: 'too_few_clients', stragglerCount: 3 });
  expect(coordinator.weights()).toBe(before);
});

test('no round begins without enough clients, and those long silent are not counted', () => {
  const { coordinator, pass } = fleet(['a', 'b', 'c']);
  pass(DEFAULT_RULES.absentAfterMs + 1);
  coordinator.task('a');
  expect(coordinator.begin()).toBe(false);
  expect(coordinator.clientCount()).toBe(1);
});

test('a share of the clients is asked, others are told that they are not', () => {
  const clients = Array.from({ length: 20 }, (_, i) => `client-${i}`);
  const { coordinator, send } = fleet(clients, { fraction: 0.25 });
  coordinator.begin();
  const asked = clients.filter((client) => coordinator.task(client)?.is_selected);
  expect(asked).toHaveLength(5);
  const other = clients.find((client) => !asked.includes(client)) as string;
  expect(send(other)).toBe('not_selected');
});

const POISON: [string, Record<string, unknown>, string][] = [
  ['huge weights', { weights: encodeWeights(START.map(() => 1e6)) }, 'too_far'],
  ['weights too large to square', { weights: encodeWeights(START.map(() => 1e300)) }, 'too_far'],
  ['NaN', { weights: encodeWeights(START.map(() => Number.NaN)) }, 'not_finite'],
  ['infinity', { weights: encodeWeights(START.map(() => -1 / 0)) }, 'not_finite'],
  ['one weight too many', { weights: encodeWeights(new Float64Array(238)) }, 'wrong_shape'],
  ['no weights', { weights: '' }, 'wrong_shape'],
  ['text', { weights: 'ß' }, 'wrong_shape'],
  ['a million samples', { sample_count: 1e6 }, 'bad_count'],
  ['half a sample', { sample_count: 0.5 }, 'bad_count'],
  ['more anomalies than scores', { anomaly_count: 51 }, 'bad_count'],
  ['an endless loss', { loss: Number.POSITIVE_INFINITY }, 'bad_count'],
  ['an old round', { round: 0 }, 'wrong_round'],
  ['no name', { client_id: undefined }, 'malformed'],
];
test.each(POISON)('%s changes nothing but that client has no part', (_, change, refusal) => {
  const { coordinator, send, pass } = fleet(['a', 'b', 'c', 'poisoner']);
  coordinator.begin();
  expect(send('poisoner', change)).toBe(refusal);
  for (const client of ['a', 'b', 'c']) send(client);
  pass(45_000);
  expect(coordinator.end()).toMatchObject({
    participants: [{ clientId: 'a' }, { clientId: 'b' }, { clientId: 'c' }],
    refused: { [refusal]: 1 },
  });
  expect(moved(coordinator.weights())).toBeCloseTo(0.1, 12);
});

test('a client counts once in a round', () => {
  const { coordinator, send } = fleet(['a', 'b', 'c']);
  coordinator.begin();
  expect(send('a')).toBe('accepted');
  expect(send('a')).toBe('already_sent');
});

test('a long change is shortened to the clip', () => {
  const { coordinator, send } = fleet(['a', 'b', 'c'], { clipNorm: 1, maxNorm: 50 });
  coordinator.begin();
  for (const client of ['a', 'b', 'c']) {
    send(client, { weights: encodeWeights(START.map((weight) => weight + 1)) });
  }
  coordinator.end();
  // Each of n weights moves by 1/√n, so that the whole change is as long as the clip.
  expect(moved(coordinator.weights())).toBeCloseTo(1 / Math.sqrt(START.length), 12);
});

test('noise spreads as asked, and its budget adds up', () => {
  const { coordinator, send } = fleet(['a', 'b', 'c', 'd'], { noiseMultiplier: 2, clipNorm: 3 });
  coordinator.begin();
  for (const client of ['a', 'b', 'c', 'd']) send(client, { weights: encodeWeights(START) });
  const record = coordinator.end();
  const noise = coordinator.weights().map((weight, i) => weight - (START[i] as number));
  const deviation = Math.sqrt(noise.reduce((sum, value) => sum + value ** 2, 0) / noise.length);
  // 2 · 3 / 4 = 1.5; 237 draws are within 15 % of it but once in a thousand.
  expect(deviation).toBeGreaterThan(1.5 * 0.85);
  expect(deviation).toBeLessThan(1.5 * 1.15);
  // ρ = 1/8: 1/8 + 2 √(ln(10⁵)/8), by hand.
  expect(record?.epsilon).toBeCloseTo(2.524, 3);
  expect(privacySpent(4, 2, 1e-5)).toBeCloseTo(5.299, 3);
});
