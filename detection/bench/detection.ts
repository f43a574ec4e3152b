import { parseArgs } from 'node:util';
import { METRIC_NAMES, RULE_LIMITS } from '@plumbline/contracts';
import {
  createRandomCutForest,
  type DeviceState,
  decide,
  fitForest,
  followSeries,
  saveDeviceState,
  scoreForest,
  scoreRow,
  seededRandom,
  startSeries,
  trainBundle,
} from '@plumbline/detection';
import { cpuMs, medianCpuMs } from './cpu-time.ts';
import { type Figure, printFigures, reference } from './figure.ts';
import { measureNpmForest } from './npm-forest-peer.ts';
import { measureScikitLearn, type PeerTimes } from './scikit-learn-peer.ts';

/** The rules of the ML server. */
const RULES = { version: 'contracts', rules: RULE_LIMITS };
const ROWS = 50_000;
const DIMENSIONS = 7;
const TREES = 100;
const JOINT_ROWS = 20_000;
const JOINT_DIMENSIONS = 22;
const STATE_BYTES = 65_536;
/** Readings after which a series keeps no more. */
const FULL = 4500;

/** How fast the detectors are, next to scikit-learn and npm's isolation-forest in the same run. */
export async function benchDetection(): Promise<Figure[]> {
  const rows = makeRows(ROWS, DIMENSIONS);
  const ours = measureForest(rows);
  return [
    ...forestFigures(
      ours,
      measureScikitLearn(rows, DIMENSIONS),
      measureNpmForest(rows, DIMENSIONS),
    ),
    wideFigure(),
    ...cutForestFigures(),
    ...streamingFigures(),
  ];
}

/** A joint forest reads more numbers of a row than one shuffle of its kernel reaches. */
function wideFigure(): Figure {
  const rows = makeRows(JOINT_ROWS, JOINT_DIMENSIONS);
  const forest = fitForest(rows, JOINT_DIMENSIONS);
  return reference(
    `forest score, ${JOINT_ROWS} rows of ${JOINT_DIMENSIONS} numbers, as of four metrics together`,
    (medianCpuMs(() => scoreForest(forest, rows)) * 1e6) / JOINT_ROWS / TREES,
    'ns per row and tree',
  );
}

function measureForest(rows: Float32Array): PeerTimes {
  const forest = fitForest(rows, DIMENSIONS);
  const single = Array.from({ length: 5000 }, (_, i) =>
    rows.subarray(i * DIMENSIONS, (i + 1) * DIMENSIONS),
  );
  return {
    version: '',
    fitMs: medianCpuMs(() => fitForest(rows, DIMENSIONS)),
    scoreMs: medianCpuMs(() => scoreForest(forest, rows)),
    oneRowMs:
      medianCpuMs(() => {
        for (const row of single) scoreRow(forest, row);
      }) / single.length,
  };
}

function forestFigures(ours: PeerTimes, sklearn: PeerTimes | string, npm: PeerTimes): Figure[] {
  const perStep = (ours.scoreMs * 1e6) / ROWS / TREES;
  return [
    reference(`forest fit, ${ROWS} × ${DIMENSIONS}, warm`, ours.fitMs, 'ms'),
    ratio('forest fit', 'fitMs', ours, sklearn, nameOf(sklearn), 40),
    ratio('forest fit', 'fitMs', ours, npm, 'npm isolation-forest', 1000),
    {
      what: `forest score, ${ROWS} rows, one thread`,
      value: perStep,
      unit: 'ns per row and tree',
      peer: '',
      goal: 'at most 5.5',
      met: perStep <= 5.5,
    },
    ratio('forest score', 'scoreMs', ours, sklearn, nameOf(sklearn), 6),
    ratio('forest score', 'scoreMs', ours, npm, 'npm isolation-forest', 30),
    {
      what: 'forest score, one row',
      value: ours.oneRowMs * 1000,
      unit: 'µs',
      peer: '',
      goal: 'at most 1',
      met: ours.oneRowMs <= 0.001,
    },
    ratio('forest score, one row', 'oneRowMs', ours, sklearn, nameOf(sklearn), 3000),
  ];
}

function nameOf(sklearn: PeerTimes | string): string {
  return typeof sklearn === 'string' ? 'scikit-learn' : `scikit-learn ${sklearn.version}`;
}

function ratio(
  what: string,
  time: 'fitMs' | 'scoreMs' | 'oneRowMs',
  ours: PeerTimes,
  peer: PeerTimes | string,
  name: string,
  least: number,
): Figure {
  const figure = {
    what: `${what}, times as fast`,
    unit: '×',
    peer: name,
    goal: `at least ${least}`,
  };
  if (typeof peer === 'string') return { ...figure, value: Number.NaN, met: null, reason: peer };
  const value = peer[time] / ours[time];
  return { ...figure, value, met: least <= value };
}

function cutForestFigures(): Figure[] {
  const random = seededRandom(5);
  const points = Array.from({ length: 4000 }, () => [random(), random(), random(), random()]);
  const forest = createRandomCutForest({ dimensions: 4 });
  for (const point of points) forest.follow(point);
  const perSecond =
    (1000 * points.length) /
    medianCpuMs(() => {
      for (const point of points) forest.follow(point);
    });
  return [
    {
      what: 'random cut forest, 40 trees × 256, 4 dimensions',
      value: perSecond,
      unit: 'points/s',
      peer: 'published here: kLabUM/rrcf 180/s',
      goal: 'at least 20000',
      met: 20_000 <= perSecond,
    },
  ];
}

function streamingFigures(): Figure[] {
  const random = seededRandom(3);
  const count = 20_000;
  const warmUp = 5000;
  const values = Array.from(
    { length: warmUp + count },
    (_, i) => 20 + 3 * Math.sin(i / 1370) + random() + random(),
  );
  let model = startSeries(20);
  const ensembleMs = timeAfter(warmUp, values, (value, i) => {
    model = followSeries(model, { atMs: i * 10_000, value }).model;
  });
  const points = values.map((value, i) => ({
    atMs: i * 10_000,
    metrics: { temperature: value, vibration: 1 + value / 50 },
  }));
  const { bundle } = trainBundle([{ points }], { trainedAt: '2026-01-01T00:00:00Z' });
  let state: DeviceState | null = null;
  const decideMs = timeAfter(warmUp, points, (point) => {
    state = decide(bundle, state, point, RULES).state;
  });
  const perSecond = (1000 * count) / ensembleMs;
  const bytes = savedBytes(
    points.map(({ atMs, metrics }) => ({ atMs, value: metrics.temperature })),
  );
  return [
    {
      what: 'streaming ensemble, one series, one core',
      value: perSecond,
      unit: 'readings/s',
      peer: '',
      goal: 'at least 20000',
      met: 20_000 <= perSecond,
    },
    {
      what: `saved state of a full device, all ${METRIC_NAMES.length} metrics`,
      value: bytes,
      unit: 'bytes a series',
      peer: '',
      goal: `at most ${STATE_BYTES}`,
      met: bytes <= STATE_BYTES,
    },
    reference(
      'decide(), two metrics, rules, forests and streaming detectors',
      (1000 * count) / decideMs,
      'points/s',
    ),
  ];
}

/** A device that reports every metric there is, and what goes for all of them shared out among them. */
function savedBytes(
  readings: readonly { readonly atMs: number; readonly value: number }[],
): number {
  let state: DeviceState | null = null;
  for (const { atMs, value } of readings.slice(0, FULL)) {
    const metrics = Object.fromEntries(METRIC_NAMES.map((name, i) => [name, value * (1 + i / 7)]));
    state = decide(null, state, { atMs, metrics }).state;
  }
  return saveDeviceState(state as unknown as DeviceState).length / METRIC_NAMES.length;
}

function timeAfter<Value>(
  warmUp: number,
  values: readonly Value[],
  step: (value: Value, i: number) => void,
): number {
  let start = 0;
  values.forEach((value, i) => {
    if (i === warmUp) start = cpuMs();
    step(value, i);
  });
  return cpuMs() - start;
}

/** Features in the ranges of real sensors, one row in thirty far off. */
function makeRows(rowCount: number, dimensions: number): Float32Array {
  const random = seededRandom(1);
  return Float32Array.from({ length: rowCount * dimensions }, (_, i) => {
    const bell = random() + random() + random() - 1.5;
    return (Math.floor(i / dimensions) % 30 === 0 ? 5 : 1) * bell * (1 + (i % dimensions));
  });
}

if (import.meta.main) {
  const { values } = parseArgs({ options: { json: { type: 'boolean', default: false } } });
  printFigures(await benchDetection(), values.json, 'detection');
}
