/** What makes a device's values comparable with those of others. Never leaves the device. */
export interface Scaler {
  readonly mean: readonly number[];
  /** Above 0. */
  readonly deviation: readonly number[];
}

/** Beyond this many deviations, a value is taken as this far: one spike must not own a gradient. */
const MAX_DEVIATIONS = 8;

/** Fits mean and deviation of each column; a column that does not move has deviation 1. Needs a row. */
export function fitScaler(rows: readonly ArrayLike<number>[]): Scaler {
  const columns = rows[0]?.length ?? 0;
  const mean = Array.from({ length: columns }, (_, column) => average(rows, (row) => row[column]));
  const deviation = mean.map((center, column) => {
    const variance = average(rows, (row) => ((row[column] as number) - center) ** 2);
    return variance > 1e-18 ? Math.sqrt(variance) : 1;
  });
  return { mean, deviation };
}

export function scale({ mean, deviation }: Scaler, row: ArrayLike<number>): Float64Array {
  return Float64Array.from(mean, (center, column) => {
    const z = ((row[column] as number) - center) / (deviation[column] as number);
    return Math.max(-MAX_DEVIATIONS, Math.min(MAX_DEVIATIONS, z));
  });
}

function average(
  rows: readonly ArrayLike<number>[],
  of: (row: ArrayLike<number>) => number | undefined,
): number {
  let sum = 0;
  for (const row of rows) sum += of(row) as number;
  return sum / rows.length;
}
