import { FEATURE_NAMES, forestRow, JOINT_FEATURE_NAMES, pointFeatures } from '../features.ts';

/** Points with the same metrics at the same type of place, in columns: no object for each. */
export interface PointColumns {
  /** At least one. */
  readonly metrics: readonly string[];
  readonly placeType?: string;
  /** Epoch milliseconds, one a point. */
  readonly times: readonly number[];
  /** For each metric, in their order, one value a point, in its unit. */
  readonly values: readonly (readonly number[])[];
}

/**
 * What a forest reads of each point as the first of its series, row-major: the numbers of `pointFeatures` without
 * a history, in the order of `featureRow`. All but the value, the mean, which is the value, and the hour are 0.
 *
 * - columns: of the forest's metrics, in its order
 */
export function rowsOf(
  times: readonly number[],
  columns: readonly (readonly number[])[],
  utcOffsetMinutes: number,
): Float32Array {
  const isSingle = columns.length === 1;
  const names = isSingle ? FEATURE_NAMES : JOINT_FEATURE_NAMES;
  const width = isSingle ? names.length : names.length * columns.length + 2;
  const valueAt = names.indexOf('value');
  const meanAt = names.indexOf('rolling_mean');
  const hourAt = isSingle ? FEATURE_NAMES.indexOf('hour_sine') : width - 2;
  const row = new Array<number>(width).fill(0);
  const rows = new Float32Array(times.length * width);
  for (let i = 0; i < times.length; i++) {
    if (i === 0 || times[i] !== times[i - 1]) {
      const { hourSine, hourCosine } = pointFeatures(null, times[i] as number, 0, utcOffsetMinutes);
      row[hourAt] = hourSine;
      row[hourAt + 1] = hourCosine;
    }
    for (let c = 0; c < columns.length; c++) {
      const value = columns[c]?.[i] as number;
      row[c * names.length + valueAt] = value;
      row[c * names.length + meanAt] = value;
    }
    forestRow(row, rows, i * width);
  }
  return rows;
}
