import type { IsolationForest } from '../forest/isolation-forest.ts';

/** All splits of a forest, in the order of its nodes. */
export interface SplitRanks {
  /** Where the forest's arrays have each split. */
  readonly nodes: Int32Array;
  /** Its place among the different splits of its feature. */
  readonly ranks: Int32Array;
  /** The different splits of each feature over all trees, ascending. */
  readonly different: readonly Float32Array[];
}

export function rankSplits(forest: IsolationForest): SplitRanks {
  const { dimensions, splitFeatures, splitValues } = forest;
  const all = new Int32Array(splitValues.length);
  const counts = new Int32Array(dimensions);
  let splitCount = 0;
  for (let node = 0; node < splitValues.length; node++) {
    if (splitValues[node] === Number.POSITIVE_INFINITY) continue;
    all[splitCount++] = node;
    const feature = splitFeatures[node] as number;
    counts[feature] = (counts[feature] as number) + 1;
  }
  const nodes = all.slice(0, splitCount);
  const values = Array.from(counts, (count) => new Float32Array(count));
  for (const node of nodes) {
    const feature = splitFeatures[node] as number;
    const left = (counts[feature] as number) - 1;
    (values[feature] as Float32Array)[left] = splitValues[node] as number;
    counts[feature] = left;
  }
  const different = values.map(keepDifferent);
  const ranks = nodes.map((node) =>
    countBelow(
      different[splitFeatures[node] as number] as Float32Array,
      splitValues[node] as number,
    ),
  );
  return { nodes, ranks, different };
}

/** The different values, ascending; the given ones are put in order. */
function keepDifferent(values: Float32Array): Float32Array {
  values.sort();
  let count = 0;
  for (const value of values)
    if (count === 0 || value !== values[count - 1]) values[count++] = value;
  return values.subarray(0, count);
}

function countBelow(ascending: Float32Array, value: number): number {
  let low = 0;
  let high = ascending.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    if ((ascending[middle] as number) < value) low = middle + 1;
    else high = middle;
  }
  return low;
}
