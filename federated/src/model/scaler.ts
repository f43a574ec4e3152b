/** What makes a device's values comparable with those of others. Never leaves the device. */
export interface Scaler {
  readonly mean: readonly number[];
  /** Above 0. */
  readonly deviation: readonly number[];
}

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
  return Float64Array.from(
    mean,
    (center, column) => ((row[column] as number) - center) / (deviation[column] as number),
  );
}

const MAX_DEVIATIONS = 8;

/** A scaled point for training: what is farther out than 8 deviations is taken as 8, lest one spike own the gradient. */
export function tame(point: Float64Array): Float64Array {
  return point.map((z) => Math.max(-MAX_DEVIATIONS, Math.min(MAX_DEVIATIONS, z)));
}

function average(
  rows: readonly ArrayLike<number>[],
  of: (row: ArrayLike<number>) => number | undefined,
): number {
  let sum = 0;
  for (const row of rows) sum += of(row) as number;
  return sum / rows.length;
}
