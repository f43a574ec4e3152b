/**
 * The value below which a share of the sorted values lies, interpolated linearly between neighbours.
 * As numpy's `quantile`: at share 0 the least, at 1 the greatest. At least one value.
 */
export function quantileOfSorted(sorted: ArrayLike<number>, share: number): number {
  const position = share * (sorted.length - 1);
  const below = Math.floor(position);
  const lower = sorted[below] as number;
  const upper = sorted[Math.min(below + 1, sorted.length - 1)] as number;
  const weight = position - below;
  // Not lower + (upper - lower) * weight: the difference of two huge values is infinite.
  return lower * (1 - weight) + upper * weight;
}

/** A sorted copy of the values. */
export function sortedCopy(values: ArrayLike<number>): Float64Array {
  return Float64Array.from(values).sort();
}
