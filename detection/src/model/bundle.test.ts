import { expect, test } from 'vitest';
import { seededRandom } from '../random.ts';
import type { ModelBundle } from './bundle.ts';
import { loadBundle, saveBundle } from './saved-bundle.ts';
import { type Point, type TrainingSeries, trainBundle } from './train-bundle.ts';

const trainedAt = '2026-01-01T00:00:00Z';

function office(count: number, metrics: readonly string[], seed = 1): TrainingSeries {
  const random = seededRandom(seed);
  const points = Array.from(
    { length: count },
    (_, i): Point => ({
      atMs: 1e12 + i * 60_000,
      metrics: Object.fromEntries(metrics.map((metric) => [metric, 20 + random()])),
    }),
  );
  return { placeType: 'office', points };
}

test('one model for each metric and for each set reported together', () => {
  const { bundle, missing } = trainBundle([office(100, ['temperature', 'humidity'])], {
    trainedAt,
  });
  expect(bundle?.models.map(({ metrics }) => metrics)).toEqual([
    ['humidity'],
    ['temperature'],
    ['humidity', 'temperature'],
  ]);
  expect(missing).toEqual([]);
});

test('several types of place get models of their own beside the general ones', () => {
  const other = { ...office(100, ['temperature'], 2), placeType: 'outdoor' };
  const { bundle } = trainBundle([office(100, ['temperature']), other], { trainedAt });
  expect(bundle?.models.map(({ placeType, sampleCount }) => [placeType, sampleCount])).toEqual([
    [null, 200],
    ['office', 100],
    ['outdoor', 100],
  ]);
});

test('fewer than 50 samples train nothing and say what is missing', () => {
  const { bundle, missing } = trainBundle([office(49, ['temperature'])], { trainedAt });
  expect(bundle).toBeNull();
  expect(missing).toEqual([{ metrics: ['temperature'], samples: 49, wanted: 50 }]);
});

test('no series at all train nothing', () => {
  expect(trainBundle([], { trainedAt })).toEqual({ bundle: null, missing: [] });
});

test('the threshold leaves the share of contamination above it', () => {
  const { bundle } = trainBundle([office(2000, ['temperature'])], {
    trainedAt,
    contamination: 0.1,
  });
  expect(bundle?.models[0]?.threshold).toBeGreaterThan(0.4);
  const strict = trainBundle([office(2000, ['temperature'])], { trainedAt, contamination: 0.01 });
  expect(strict.bundle?.models[0]?.threshold).toBeGreaterThan(bundle?.models[0]?.threshold ?? 1);
});

test('a bounded choice of samples is trained on, the count tells how many there were', () => {
  const options = { trainedAt, maximumSamples: 100 };
  const { bundle } = trainBundle([office(1000, ['temperature'])], options);
  expect(bundle?.models[0]?.sampleCount).toBe(1000);
  expect(trainBundle([office(1000, ['temperature'])], options).bundle).toEqual(bundle);
});

test('a value that is not finite is refused with its metric', () => {
  const series = { points: [{ atMs: 1, metrics: { temperature: Number.NaN } }] };
  expect(() => trainBundle([series], { trainedAt })).toThrow('temperature at 1 is NaN');
});

test('constant and huge columns train', () => {
  const points = Array.from({ length: 60 }, (_, i) => ({
    atMs: i * 1000,
    metrics: { flat: 5, huge: i % 2 ? 1e300 : -1e300 },
  }));
  const { bundle } = trainBundle([{ points }], { trainedAt });
  expect(loadBundle(JSON.parse(JSON.stringify(saveBundle(bundle as ModelBundle))))).toEqual(bundle);
});

const saved = saveBundle(
  trainBundle([office(60, ['temperature'])], { trainedAt, trees: 5 }).bundle as ModelBundle,
);
const [model] = saved.models as readonly [(typeof saved.models)[0]];
const [golden] = model.golden as readonly [(typeof model.golden)[0]];
test.each([
  ['nothing', null, 'bundle is null'],
  ['another format', { ...saved, format: 'onnx' }, 'bundle.format is onnx'],
  ['a later version', { ...saved, version: 2 }, 'bundle.version is 2, this code reads 1'],
  ['no models', { ...saved, models: [] }, 'bundle.models is empty'],
  [
    'other features',
    { ...saved, models: [{ ...model, features: ['value'] }] },
    'features is [value]',
  ],
  [
    'a threshold that is not finite',
    { ...saved, models: [{ ...model, threshold: null }] },
    'bundle.models[0].threshold is null',
  ],
  [
    'a wrong golden score',
    { ...saved, models: [{ ...model, golden: [{ ...golden, score: 0.9 }] }] },
    'bundle.models[0].golden[0] scores',
  ],
])('a saved bundle with %s is refused', (_what, input, message) => {
  expect(() => loadBundle(input)).toThrow(message);
});
