const EULER_MASCHERONI = 0.5772156649015329;

/**
 * Mean depth of an unsuccessful search in a binary search tree of `count` keys: what a leaf that still
 * holds `count` rows adds to the depth of a path.
 *
 * Source: Liu, Ting, Zhou, "Isolation Forest" (2008), equation 1, with 0 for one row and 1 for two, as
 * scikit-learn does.
 */
export function averagePathLength(count: number): number {
  if (count <= 1) return 0;
  if (count === 2) return 1;
  return 2 * (Math.log(count - 1) + EULER_MASCHERONI) - (2 * (count - 1)) / count;
}

/** Path lengths are multiples of this, so that their sums are exact, in any order, as far as 2^20. */
const LENGTH_UNIT = 2 ** -33;

/** What a leaf of `count` rows adds to the length of its path: the average path length within 1e-10. */
export function restLength(count: number): number {
  return Math.round(averagePathLength(count) / LENGTH_UNIT) * LENGTH_UNIT;
}
