/** Readings for which an excursion silences what follows it, and by how much a higher one breaks through. */
const QUIET = 90;
const FACTOR = 1.1;

/**
 * What is left of scores when each excursion is told once: a score that is not 1.1 times as high as all of
 * the 90 before it becomes 0. Looks back only.
 *
 * For benchmarks that count every reading above a threshold as an alarm; `decide` makes episodes instead.
 */
export function keepOnsets(scores: ArrayLike<number>): Float64Array {
  return Float64Array.from({ length: scores.length }, (_, i) => {
    let before = 0;
    for (let j = Math.max(0, i - QUIET); j < i; j++) before = Math.max(before, scores[j] as number);
    const score = scores[i] as number;
    return FACTOR * before < score ? score : 0;
  });
}
