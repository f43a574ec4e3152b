import { METRIC_NAMES, type MetricName, type Reading } from '@plumbline/contracts';
import type { DataSet } from './data-set.ts';

export interface ReplayOptions {
  /** When the readings were measured, as told: their own time, or shifted so that the first or last falls there. */
  readonly time?: 'original' | { readonly startMs: number } | { readonly endMs: number };
  /** The data set's time runs this much faster: 60 tells an hour in a minute. 1 if absent. */
  readonly speedUp?: number;
  /** Starts over when the data end, for ever, in a time that goes on. */
  readonly loop?: boolean;
}

/** The readings of a data set in order of time. `now` in `time` is the caller's: the default is the original time. */
export function* replay(dataSet: DataSet, options: ReplayOptions = {}): Generator<Reading> {
  const { time = 'original', speedUp = 1, loop = false } = options;
  if (!(0 < speedUp)) throw new RangeError(`speedUp ${speedUp} is not above 0`);
  const metrics = METRIC_NAMES.filter((name) => dataSet.values[name]);
  const firstMs = dataSet.timeMs[0] as number;
  const spanMs = (dataSet.timeMs[dataSet.rowCount - 1] as number) - firstMs;
  const startMs = startOf(time, firstMs, spanMs / speedUp);
  // The next round follows after a usual distance between two rows.
  const roundMs = spanMs + medianStepMs(dataSet);
  for (let round = 0; round === 0 || loop; round += 1) {
    for (let row = 0; row < dataSet.rowCount; row += 1) {
      const sinceStartMs = (dataSet.timeMs[row] as number) - firstMs + round * roundMs;
      yield readingOf(dataSet, metrics, row, Math.round(startMs + sinceStartMs / speedUp));
    }
  }
}

function startOf(
  time: NonNullable<ReplayOptions['time']>,
  firstMs: number,
  lengthMs: number,
): number {
  if (time === 'original') return firstMs;
  return 'startMs' in time ? time.startMs : time.endMs - lengthMs;
}

function readingOf(
  dataSet: DataSet,
  names: readonly MetricName[],
  row: number,
  measuredAtMs: number,
): Reading {
  const { deviceId, place } = dataSet.devices[
    dataSet.device[row] as number
  ] as DataSet['devices'][number];
  const metrics: Partial<Record<MetricName, number>> = {};
  for (const name of names) {
    const value = dataSet.values[name]?.[row] as number;
    if (!Number.isNaN(value)) metrics[name] = value;
  }
  const label = dataSet.labels[dataSet.label[row] as number];
  return {
    readingId: `${dataSet.name}.${deviceId}.${row.toString(36)}.${measuredAtMs.toString(36)}`,
    deviceId,
    measuredAtMs,
    metrics,
    place,
    ...(label !== undefined && { label }),
  };
}

/** Of the steps between two rows of the first device. */
function medianStepMs({ timeMs, device, rowCount }: DataSet): number {
  const steps: number[] = [];
  let before: number | undefined;
  for (let row = 0; row < rowCount && steps.length < 1001; row += 1) {
    if (device[row] !== device[0]) continue;
    const now = timeMs[row] as number;
    if (before !== undefined) steps.push(now - before);
    before = now;
  }
  return steps.sort((a, b) => a - b)[steps.length >> 1] ?? 1000;
}
