/**
 * Pearson's correlation of two equally long lists, -1 to 1. Null for fewer than 3 pairs or if one of them
 * does not vary.
 */
export function pearson(a: readonly number[], b: readonly number[]): number | null {
  const count = a.length;
  if (count < 3 || count !== b.length) return null;
  const meanA = mean(a);
  const meanB = mean(b);
  let product = 0;
  let squareA = 0;
  let squareB = 0;
  for (const [index, value] of a.entries()) {
    const fromA = value - meanA;
    const fromB = (b[index] ?? 0) - meanB;
    product += fromA * fromB;
    squareA += fromA * fromA;
    squareB += fromB * fromB;
  }
  return squareA === 0 || squareB === 0 ? null : product / Math.sqrt(squareA * squareB);
}

export function mean(values: readonly number[]): number {
  return values.reduce((sum, value) => sum + value, 0) / values.length;
}
