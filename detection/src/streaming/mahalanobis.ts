import { quantileOfSorted, sortedCopy } from '../statistics.ts';
import { bounded, type Detector } from './detector.ts';

/** One value a metric, always in the same order. */
export type Row = readonly number[];

export interface MahalanobisModel {
  /** Rows to fit on; empty once it is fitted. */
  readonly training: readonly Row[];
  readonly fit: MahalanobisFit | null;
  /** The last rows in training deviations, oldest first: what the means are taken over. */
  readonly recent: readonly Row[];
}

interface MahalanobisFit {
  readonly centres: Row;
  readonly scales: Row;
  /** Mean of the rolling means, and the lower Cholesky factor of their covariance, row by row. */
  readonly means: Row;
  readonly factor: readonly Row[];
  /** 99 % point of the distances of the last quarter of the training, which was not fitted on: score 1. */
  readonly usual: number;
}

export interface MahalanobisOptions {
  /** Rows to fit on. */
  readonly warmUp: number;
  /** Lengths of the rolling means, in rows. */
  readonly means: readonly number[];
  /** Share of the covariance's diagonal that is mixed in, (0, 1]. */
  readonly shrinkage: number;
}

export const DEFAULT_MAHALANOBIS: MahalanobisOptions = {
  warmUp: 400,
  means: [5, 30],
  shrinkage: 0.1,
};

const GREATEST_DEVIATION = 50;
/** The rest of the training says how far unseen rows usually lie: fitted ones lie too near. */
const FITTED_SHARE = 0.75;

/**
 * Distance of the rolling means of all metrics from their usual place, measured by how the metrics usually
 * vary together; 1 is what one ordinary row in a hundred exceeds.
 *
 * - finds a relation that broke while each metric stays in its range; averaging finds what lasts, not single
 *   readings; a relation that changes with the season needs a fresh fit
 * - 0 until `warmUp` rows, which it is fitted on once; constant metrics are left out of the distance
 * - cost: O((metrics × means)²)
 *
 * Source: Mahalanobis (1936); covariance shrunk towards its diagonal, Ledoit and Wolf (2004).
 */
export function mahalanobis({
  warmUp,
  means,
  shrinkage,
}: MahalanobisOptions = DEFAULT_MAHALANOBIS): Detector<MahalanobisModel, Row> {
  const longest = Math.max(...means);
  return {
    name: 'mahalanobis',
    warmUp,
    start: { training: [], fit: null, recent: [] },
    score({ fit, recent }, row) {
      if (fit === null) return 0;
      const rows = [...recent, standardize(fit, row)];
      return distance(fit, rollingMeans(rows, means)) / fit.usual;
    },
    learn({ training, fit, recent }, row) {
      if (fit !== null)
        return { training, fit, recent: [...recent, standardize(fit, row)].slice(1 - longest) };
      const rows = [...training, row.map(bounded)];
      if (rows.length < warmUp) return { training: rows, fit, recent };
      return { training: [], ...fitRows(rows) };
    },
  };

  function fitRows(rows: readonly Row[]): { fit: MahalanobisFit; recent: Row[] } {
    const fitted = rows.slice(0, Math.ceil(FITTED_SHARE * rows.length));
    const columns = (rows[0] as Row).map((_, i) =>
      sortedCopy(fitted.map((row) => row[i] as number)),
    );
    const centres = columns.map((column) => quantileOfSorted(column, 0.5));
    const scales = columns.map(deviationOf);
    const unfinished = { centres, scales, means: [], factor: [], usual: 1 };
    const standard = rows.map((row) => standardize(unfinished, row));
    const averaged = standard.map((_, i) =>
      rollingMeans(standard.slice(Math.max(0, i + 1 - longest), i + 1), means),
    );
    const usedRows = averaged.slice(0, fitted.length);
    const centre = (averaged[0] as number[]).map(
      (_, i) => usedRows.reduce((sum, row) => sum + (row[i] as number), 0) / usedRows.length,
    );
    const factor = cholesky(shrunkCovariance(usedRows, centre, shrinkage));
    const fit = { ...unfinished, means: centre, factor };
    const distances = sortedCopy(averaged.slice(fitted.length).map((row) => distance(fit, row)));
    // Rows that never vary have no distance: then any distance counts in whole deviations.
    const usual = quantileOfSorted(distances, 0.99) || 1;
    return { fit: { ...fit, usual }, recent: standard.slice(1 - longest) };
  }
}

function standardize({ centres, scales }: MahalanobisFit, row: Row): Row {
  return row.map((value, i) => {
    const scale = scales[i] as number;
    const deviation = scale === 0 ? 0 : (bounded(value) - (centres[i] as number)) / scale;
    return Math.min(Math.max(deviation, -GREATEST_DEVIATION), GREATEST_DEVIATION);
  });
}

/** For each length, the mean of each metric over the last rows; over all when there are fewer. */
function rollingMeans(rows: readonly Row[], lengths: readonly number[]): number[] {
  const width = (rows[0] as Row).length;
  return lengths.flatMap((length) => {
    const first = Math.max(0, rows.length - length);
    const sums = new Array<number>(width).fill(0);
    for (let at = first; at < rows.length; at++)
      for (let i = 0; i < width; i++)
        sums[i] = (sums[i] as number) + ((rows[at] as Row)[i] as number);
    return sums.map((sum) => sum / (rows.length - first));
  });
}

function deviationOf(column: Float64Array): number {
  const mean = column.reduce((a, b) => a + b, 0) / column.length;
  return Math.sqrt(column.reduce((sum, value) => sum + (value - mean) ** 2, 0) / column.length);
}

function shrunkCovariance(rows: readonly Row[], centre: Row, shrinkage: number): number[][] {
  return centre.map((mean, i) =>
    centre.map((other, j) => {
      const sum = rows.reduce(
        (total, row) => total + ((row[i] as number) - mean) * ((row[j] as number) - other),
        0,
      );
      const covariance = sum / rows.length;
      // A metric that never varied gets a deviation of 1, which its zero distance leaves without effect.
      if (i === j) return covariance === 0 ? 1 : covariance;
      return (1 - shrinkage) * covariance;
    }),
  );
}

function cholesky(matrix: readonly (readonly number[])[]): number[][] {
  const factor: number[][] = matrix.map(() => []);
  matrix.forEach((line, i) => {
    for (let j = 0; j <= i; j++) {
      let sum = line[j] as number;
      for (let k = 0; k < j; k++)
        sum -= ((factor[i] as number[])[k] as number) * ((factor[j] as number[])[k] as number);
      (factor[i] as number[])[j] =
        i === j ? Math.sqrt(Math.max(sum, 1e-12)) : sum / ((factor[j] as number[])[j] as number);
    }
  });
  return factor;
}

/** Solves the lower triangle for the row's distance from the centre; its length is the distance. */
function distance({ means, factor }: MahalanobisFit, row: Row): number {
  const solved: number[] = [];
  let squares = 0;
  factor.forEach((line, i) => {
    let rest = (row[i] as number) - (means[i] as number);
    for (let j = 0; j < i; j++) rest -= (line[j] as number) * (solved[j] as number);
    const value = rest / (line[i] as number);
    solved.push(value);
    squares += value * value;
  });
  return Math.sqrt(squares);
}
