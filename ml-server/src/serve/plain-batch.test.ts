import { BatchReading, METRIC_NAMES, METRICS } from '@plumbline/contracts';
import { seededRandom } from '@plumbline/detection';
import { expect, test } from 'vitest';
import { buildTestApp } from '../../test/build-test-app.ts';
import { isPlainBatch, type PlainBatch, readPlainBatch, textsOf } from './plain-batch.ts';
import { measuredAt } from './score-batch.ts';
import { compileCheck } from './validation.ts';

const NOW_MS = Date.UTC(2026, 0, 9, 12);
const MAX_AHEAD_MS = 600_000;
const checkReading = compileCheck(BatchReading);

const read = (text: string | Buffer) => readPlainBatch(Buffer.from(text), NOW_MS, MAX_AHEAD_MS);

/** The readings of a plain batch, as `JSON.parse` gives them, but for what the server does not look at. */
function toObjects(batch: PlainBatch): object[] {
  const { groups, groupOf, placeOf } = batch.readings;
  return Array.from({ length: batch.readings.count }, (_, i) => {
    const { metrics, values, times, placeType } = groups[
      groupOf[i] as number
    ] as (typeof groups)[0];
    const at = placeOf[i] as number;
    return {
      ...textsOf(batch, i),
      ...Object.fromEntries(metrics.map((name, m) => [name, values[m]?.[at]])),
      atMs: times[at],
      placeType,
    };
  });
}

/** What must hold of any bytes that are read as plain. */
function expectSame(bytes: Buffer, batch: PlainBatch): void {
  const { readings, explain = 'all', ...more } = JSON.parse(bytes.toString());
  expect(more).toEqual({});
  expect(batch.explain).toBe(explain);
  expect(readings.flatMap(checkReading)).toEqual([]);
  expect(readings.length).toBeLessThanOrEqual(1_000);
  const expected = readings.map(({ place, ...reading }: BatchReading) => ({
    ...reading,
    atMs: measuredAt(reading, NOW_MS),
    placeType: place?.type,
  }));
  // `toEqual` takes 0 for -0; the difference would not survive a score either.
  expect(toObjects(batch)).toEqual(expected);
  for (const { atMs } of expected) expect(atMs).toBeLessThanOrEqual(NOW_MS + MAX_AHEAD_MS);
}

const PLAIN = [
  { device_id: 'a', timestamp: '2026-01-09T11:00:00Z', temperature: 22.31 },
  { device_id: 'b:1.x', timestamp: '2026-01-09T11:00:00.250Z', temperature: -3, vibration: 0.125 },
  { temperature: 0, device_id: 'B-2_3', reading_id: "any text's (id) {7}" },
  { place: { type: 'office', floor: -2, building: 'A' }, vibration: 1e-3, device_id: 'c' },
  {
    device_id: 'c',
    humidity: 45.12345678901234,
    place: { type: 'lab', room: '1]}' },
  },
];

test.each([
  JSON.stringify({ readings: PLAIN, explain: 'anomalies' }),
  JSON.stringify({ explain: 'all', readings: PLAIN }, null, '\t'),
  `\n${JSON.stringify({ readings: PLAIN }, null, 2)}\r\n `,
  JSON.stringify({
    readings: METRIC_NAMES.map((name) => ({ device_id: 'd', [name]: METRICS[name].max })),
  }),
  JSON.stringify({
    readings: Array.from({ length: 1_000 }, (_, i) => ({ device_id: `d${i}`, co2: 400 + i })),
  }),
])('what most clients send is read without objects (%#)', (text) => {
  const batch = read(text);
  expect(batch).not.toBeNull();
  expectSame(Buffer.from(text), batch as PlainBatch);
});

test.each([
  ['an empty list', '{"readings":[]}'],
  ['no list', '{"explain":"all"}'],
  ['an unknown name', '{"readings":[{"device_id":"a","temperature":1,"x":1}]}'],
  ['a name twice', '{"readings":[{"device_id":"a","temperature":1,"temperature":2}]}'],
  ['a value out of range', '{"readings":[{"device_id":"a","temperature":1000}]}'],
  ['no metric', '{"readings":[{"device_id":"a"}]}'],
  ['no device', '{"readings":[{"temperature":1}]}'],
  ['an exponent', '{"readings":[{"device_id":"a","temperature":1e1}]}'],
  ['a leading zero', '{"readings":[{"device_id":"a","temperature":01}]}'],
  ['an escape', '{"readings":[{"device_id":"a","reading_id":"\\u0041","temperature":1}]}'],
  ['a letter beyond ASCII', '{"readings":[{"device_id":"a","reading_id":"ä","temperature":1}]}'],
  [
    'a time with an offset',
    '{"readings":[{"device_id":"a","timestamp":"2026-01-09T11:00:00+01:00","co2":400}]}',
  ],
  [
    'a time too far ahead',
    '{"readings":[{"device_id":"a","timestamp":"2026-01-09T12:10:01Z","co2":400}]}',
  ],
  [
    'a day that is none',
    '{"readings":[{"device_id":"a","timestamp":"2026-02-30T11:00:00Z","co2":400}]}',
  ],
  ['a comma too many', '{"readings":[{"device_id":"a","co2":400},]}'],
  ['something after it', '{"readings":[{"device_id":"a","co2":400}]}}'],
  [
    '1,001 readings',
    JSON.stringify({ readings: new Array(1_001).fill({ device_id: 'a', co2: 400 }) }),
  ],
  ['a long id', JSON.stringify({ readings: [{ device_id: 'a'.repeat(65), co2: 400 }] })],
])('%s is left to the schema', (_, text) => {
  expect(read(text)).toBeNull();
});

test('whatever becomes of its bytes, a body is read as JSON and the schema say, or left to them', () => {
  const random = seededRandom(3);
  const below = (n: number) => Math.floor(n * random());
  const whole = Buffer.from(JSON.stringify({ readings: PLAIN, explain: 'anomalies' }));
  const signs = Buffer.from('{}[]",:.-+eE0123456789azTZ \n\\\u0000ä');
  let plainCount = 0;
  for (let run = 0; run < 10_000; run++) {
    const bytes = [...whole];
    for (let change = 0; change <= below(2); change++) {
      const at = below(bytes.length);
      const sign = random() < 0.5 ? (signs[below(signs.length)] as number) : below(256);
      const kind = below(4);
      if (kind === 0) bytes.splice(at, 1);
      else if (kind === 1) bytes.splice(at, 0, sign);
      else if (kind === 2) bytes[at] = sign;
      else if (below(20) === 0) bytes.length = at;
    }
    const body = Buffer.from(bytes);
    const batch = readPlainBatch(body, NOW_MS, MAX_AHEAD_MS);
    if (batch === null) continue;
    plainCount++;
    expectSame(body, batch);
  }
  expect(plainCount).toBeGreaterThan(1_000);
});

test('numbers of any length are read to the last bit', () => {
  const random = seededRandom(4);
  for (let run = 0; run < 3_000; run++) {
    const digits = 1 + Math.floor(20 * random());
    const value = (random() * 200 - 90).toFixed(digits);
    const batch = read(`{"readings":[{"device_id":"a","temperature":${value}}]}`);
    expect(batch?.readings.groups[0]?.values[0]?.[0]).toBe(JSON.parse(value));
  }
  const [zero] = read('{"readings":[{"device_id":"a","temperature":-0}]}')?.readings.groups ?? [];
  expect(zero?.values[0]?.[0]).toBe(-0);
});

test('no JSON is taken for a batch that was read', () => {
  expect(isPlainBatch({ readings: [], spans: { length: 0 } })).toBe(false);
  expect(isPlainBatch(null)).toBe(false);
});

test.each(['all', 'anomalies'])(
  'the answer is that to the same readings as objects (explain %s)',
  async (explain) => {
    const { fastify } = await buildTestApp({ history: null, now: () => NOW_MS });
    const readings = Array.from({ length: 600 }, (_, i) => ({
      ...PLAIN[i % PLAIN.length],
      co2: 300 + 20 * i,
      timestamp: '2026-01-09T11:00:00Z',
    }));
    const text = JSON.stringify({ readings, explain });
    const post = (payload: string) =>
      fastify.inject({
        method: 'POST',
        url: '/detect/batch',
        headers: { 'content-type': 'application/json' },
        payload,
      });
    const plain = await post(text);
    expect(plain.statusCode).toBe(200);
    expect(plain.json().results).toHaveLength(600);
    const other = await post(text.replace('readings', '\\u0072eadings'));
    expect(plain.body).toBe(other.body);
  },
);
