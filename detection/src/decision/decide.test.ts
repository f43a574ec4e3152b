import { describe, expect, test } from 'vitest';
import type { ModelBundle } from '../model/bundle.ts';
import { loadBundle, saveBundle } from '../model/saved-bundle.ts';
import { type Point, type TrainingSeries, trainBundle } from '../model/train-bundle.ts';
import { seededRandom } from '../random.ts';
import type { RuleSet } from '../rules.ts';
import { type Decided, decide } from './decide.ts';
import { type DeviceState, silenceMs } from './device-state.ts';
import { loadDeviceState, saveDeviceState } from './saved-device-state.ts';

const RULES: RuleSet = {
  version: 'test',
  rules: [
    { metric: 'temperature', low: 18, high: 30, criticalLow: 10, criticalHigh: 40 },
    { metric: 'vibration', high: 3.5, criticalHigh: 7.1 },
  ],
};
const START = Date.UTC(2026, 0, 1);
const STEP_MS = 10_000;

function gaussian(seed: number): () => number {
  const random = seededRandom(seed);
  return () => Math.sqrt(-2 * Math.log(1 - random())) * Math.cos(2 * Math.PI * random());
}

/** A machine in a room: temperature near 22 °C, vibration near 1.2 mm/s. */
function machine(count: number, seed = 1): Point[] {
  const gauss = gaussian(seed);
  return Array.from({ length: count }, (_, i) => ({
    atMs: START + i * STEP_MS,
    metrics: { temperature: 22 + 0.5 * gauss(), vibration: 1.2 + 0.1 * gauss() },
  }));
}

function train(series: readonly TrainingSeries[]): ModelBundle {
  const { bundle } = trainBundle(series, { trainedAt: '2026-01-01T00:00:00Z' });
  return bundle as ModelBundle;
}

function replay(bundle: ModelBundle | null, points: readonly Point[]) {
  let state: DeviceState | null = null;
  return points.map((point) => {
    const decided = decide(bundle, state, point, RULES);
    state = decided.state;
    return decided;
  });
}

const bundle = train([{ points: machine(2000) }]);
const later = (metrics: Record<string, number>): Point => ({ atMs: START + 1e8, metrics });

describe('before any model exists', () => {
  test('rules find what is outside the limits and say so', () => {
    const { decision } = decide(null, null, later({ temperature: 45, vibration: 1 }), RULES);
    expect(decision).toMatchObject({
      isAnomaly: true,
      severity: 'critical',
      types: ['overheating'],
      alert: true,
      explanation: 'temperature 45 is above its limit 30',
    });
    expect(decision.score).toBeGreaterThanOrEqual(decision.threshold);
    expect(decision.detectors).toContainEqual(
      expect.objectContaining({ name: 'rule', metric: 'temperature', isAnomaly: true }),
    );
  });

  test('a point inside the limits is normal', () => {
    const { decision } = decide(null, null, later({ temperature: 25.5, vibration: 1.2 }), RULES);
    expect(decision).toMatchObject({
      isAnomaly: false,
      severity: 'normal',
      types: [],
      alert: false,
    });
    expect(decision.score).toBeLessThan(1);
  });

  test('a metric nobody knows is normal and the sentence says that nothing is known', () => {
    const { decision } = decide(null, null, later({ unheard_of: 5 }));
    expect(decision).toMatchObject({ isAnomaly: false, score: 0, detectors: [] });
    expect(decision.metrics[0]).toMatchObject({ expected: null, low: null, contribution: 0 });
    expect(decision.explanation).toContain('Nothing is known');
  });
});

describe('with a model, a device never seen', () => {
  test('is normal at ordinary values', () => {
    const { decision } = decide(bundle, null, later({ temperature: 22.3, vibration: 1.25 }));
    expect(decision).toMatchObject({ isAnomaly: false, explanation: 'Nothing unusual' });
  });

  test('is found at a value inside the limits that this fleet never has', () => {
    const { decision } = decide(bundle, null, later({ temperature: 22.3, vibration: 2.9 }));
    expect(decision).toMatchObject({ isAnomaly: true, types: ['excess_vibration'] });
    expect(decision.detectors).toContainEqual(
      expect.objectContaining({ name: 'forest', metric: 'vibration', isAnomaly: true }),
    );
    const [temperature, vibration] = decision.metrics;
    expect(vibration?.contribution).toBeGreaterThan(temperature?.contribution ?? 1);
    expect(vibration?.expected).toBeCloseTo(1.2, 1);
    expect(decision.explanation).toMatch(
      /vibration 2\.90? is unusually high, usually \d\.\d+ to \d\.\d+/,
    );
  });

  test('gets shares that sum to 1', () => {
    const { decision } = decide(bundle, null, later({ temperature: 29, vibration: 2.9 }));
    expect(decision.types).toContain('correlated_failure');
    expect(decision.metrics.reduce((sum, one) => sum + one.contribution, 0)).toBeCloseTo(1, 12);
  });

  test('gets the same decision from the saved bundle', () => {
    const back = loadBundle(JSON.parse(JSON.stringify(saveBundle(bundle))));
    for (const point of machine(50, 9))
      expect(decide(back, null, point)).toEqual(decide(bundle, null, point));
  });
});

describe('the state of a device', () => {
  test('is not changed by a decision', () => {
    const { state } = decide(bundle, null, later({ temperature: 22 })) as { state: DeviceState };
    const before = saveDeviceState(state);
    decide(bundle, state, { atMs: START + 2e8, metrics: { temperature: 35 } });
    expect(saveDeviceState(state)).toBe(before);
  });

  test('goes through text without a difference in what follows', () => {
    const points = machine(900, 3);
    let live = replay(bundle, points.slice(0, 600)).at(-1)?.state as DeviceState;
    let loaded = loadDeviceState(saveDeviceState(live));
    for (const point of points.slice(600)) {
      const a = decide(bundle, live, point);
      const b = decide(bundle, loaded, point);
      expect(b.decision).toEqual(a.decision);
      live = a.state;
      loaded = b.state;
    }
    expect(saveDeviceState(loaded)).toBe(saveDeviceState(live));
  });

  test('is read as it was written before lines of relations were packed', () => {
    const { state } = replay(bundle, machine(300, 4)).at(-1) as Decided;
    const saved = JSON.parse(saveDeviceState(state));
    const older = { ...saved, relation: state.relation };
    expect(loadDeviceState(JSON.stringify(older)).relation).toEqual(state.relation);
  });

  test('is left as it was by a redelivered reading', () => {
    const point = later({ temperature: 22 });
    const { state } = decide(bundle, null, point);
    expect(saveDeviceState(decide(bundle, state, point).state)).toBe(saveDeviceState(state));
  });

  test('tells how long a device is silent', () => {
    const { state } = decide(null, null, later({ temperature: 22 }));
    expect(silenceMs(state, START + 1e8 + 5000)).toBe(5000);
    expect(silenceMs(null, START)).toBeNull();
  });

  test.each([
    ['not JSON', '{', 'state is not JSON'],
    ['another version', '{"version":9}', 'state.version is 9'],
    [
      'an odd series',
      '{"version":1,"series":[["a",{"history":{"atMs":["x"]}}]]}',
      'atMs[0] is string',
    ],
  ])('that is %s is refused', (_what, text, message) => {
    expect(() => loadDeviceState(text)).toThrow(message);
  });
});

describe('a room where hardly anybody comes, with a model that saw a day of it', () => {
  /** Nobody, but one person for five minutes about every two hours. */
  const room = (days: number): Point[] => {
    const random = seededRandom(31);
    let leftMinutes = 0;
    return Array.from({ length: days * 1440 }, (_, i) => {
      leftMinutes = 0 < leftMinutes ? leftMinutes - 1 : random() < 1 / 120 ? 5 : 0;
      return { atMs: START + i * 60_000, metrics: { occupancy: 0 < leftMinutes ? 1 : 0 } };
    });
  };
  const points = room(2);
  const trained = train([{ points: points.slice(0, 1440) }]);

  test('is left alone when one person comes', () => {
    expect(replay(trained, points).filter(({ decision }) => decision.alert)).toEqual([]);
  });

  test('is found when many come at once', () => {
    const crowd = { ...(points[2500] as Point), metrics: { occupancy: 8 } };
    const { decision } = replay(trained, [...points.slice(0, 2500), crowd]).at(-1) as Decided;
    expect(decision.isAnomaly).toBe(true);
  });
});

test('one fault is one episode with one alert', () => {
  const points = machine(400, 5).map((point, i) =>
    200 <= i && i < 230
      ? { ...point, metrics: { ...point.metrics, temperature: 38 + (i % 3) } }
      : point,
  );
  const decisions = replay(null, points).map(({ decision }) => decision);
  expect(decisions.filter(({ alert }) => alert)).toHaveLength(1);
  expect(decisions[229]?.episode).toMatchObject({
    startMs: START + 200 * STEP_MS,
    peakMs: START + 200 * STEP_MS,
    lastMs: START + 229 * STEP_MS,
    readingCount: 30,
  });
});

test.each([
  ['NaN', { temperature: Number.NaN }, 'temperature is NaN'],
  ['infinite', { temperature: Infinity }, 'temperature is Infinity'],
  ['nothing', {}, 'the point has no metric'],
])('a point with %s is refused', (_what, metrics, message) => {
  expect(() => decide(null, null, later(metrics))).toThrow(message);
});

test.each([1e300, -1e300, 1e-300, 0])('a huge or tiny value (%d) has a finite score', (value) => {
  const { decision } = decide(bundle, null, later({ temperature: value, vibration: value }));
  expect(Number.isFinite(decision.score)).toBe(true);
});

describe('a device with a past of its own', () => {
  const past = machine(1200, 12);
  const known = replay(null, past).at(-1)?.state as DeviceState;
  const nextMs = START + 1200 * STEP_MS;

  test('is found when one metric leaves its own narrow range, and the metric is named', () => {
    const point = { atMs: nextMs, metrics: { temperature: 22, vibration: 3 } };
    const { decision } = decide(null, known, point);
    expect(decision).toMatchObject({ isAnomaly: true, alert: true });
    expect(decision.types[0]).toBe('excess_vibration');
    const [temperature, vibration] = decision.metrics;
    expect([temperature?.isAnomaly, vibration?.isAnomaly]).toEqual([false, true]);
    expect(vibration?.contribution).toBeGreaterThan(0.6);
    expect(decision.detectors.map(({ name }) => name)).toContain('shape_10');
  });

  test('is found when a sensor freezes', () => {
    let state = known;
    const stuck = Array.from({ length: 12 }, (_, i) => {
      const metrics = {
        temperature: 22.05,
        vibration: machine(1300, 13)[i]?.metrics.vibration ?? 0,
      };
      const decided = decide(null, state, { atMs: nextMs + i * STEP_MS, metrics });
      state = decided.state;
      return decided.decision;
    });
    expect(stuck.some(({ types }) => types.includes('stuck'))).toBe(true);
    expect(stuck.filter(({ alert }) => alert)).toHaveLength(1);
  });

  test('is not taken for frozen while it rests at zero', () => {
    const random = seededRandom(16);
    const people = Array.from({ length: 900 }, (_, i) => ({
      atMs: START + i * STEP_MS,
      metrics: { occupancy: i < 500 ? 1 + Math.floor(8 * random()) : 0 },
    }));
    const types = replay(null, people).flatMap(({ decision }) => decision.types);
    expect(types).not.toContain('stuck');
  });

  test('is found on the first reading after a silence', () => {
    const metrics = { temperature: 22, vibration: 1.2 };
    const { decision } = decide(null, known, { atMs: nextMs + 20 * STEP_MS, metrics });
    expect(decision).toMatchObject({ isAnomaly: true, types: ['silence'] });
    expect(decision.explanation).toBe('The device was silent for 4 min, longer than ever before');
  });

  test('is left alone on ordinary days', () => {
    const days = replay(null, machine(8000, 14));
    expect(days.filter(({ decision }) => decision.alert)).toEqual([]);
  });

  test('takes at most 64 KB a series in a store, with its share of how 16 metrics go together', () => {
    // Numbers with as many digits as there are: the worst that can be written.
    const long = (count: number, metricCount: number): Point[] => {
      const random = seededRandom(15);
      const names = Array.from({ length: metricCount }, (_, i) => `metric_${i}`);
      return Array.from({ length: count }, (_, i) => ({
        atMs: START + i * STEP_MS,
        metrics: Object.fromEntries(names.map((name) => [name, -1e-30 * (5 + 3 * random())])),
      }));
    };
    const full = replay(null, long(4200, 1)).at(-1)?.state as DeviceState;
    const wide = replay(null, long(300, 16)).at(-1)?.state as DeviceState;
    const relation =
      saveDeviceState(wide).length - saveDeviceState({ ...wide, relation: null }).length;
    expect(relation).toBeGreaterThan(0);
    expect(saveDeviceState(full).length + relation / 16).toBeLessThan(65_536);
  });
});
