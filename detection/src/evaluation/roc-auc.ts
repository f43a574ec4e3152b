import { InputError } from '../errors.ts';

/**
 * Chance that an anomaly scores higher than an ordinary point, ties counting half: 0.5 is blind, 1 perfect.
 *
 * - labels: 1 for an anomaly, 0 for the ordinary; both kinds must occur
 * - cost: O(n log n)
 *
 * Source: the Mann-Whitney statistic; Fawcett, "An introduction to ROC analysis" (2006), section 7.
 */
export function rocAuc(scores: ArrayLike<number>, labels: ArrayLike<number>): number {
  const order = Array.from({ length: scores.length }, (_, i) => i);
  order.sort((a, b) => (scores[a] as number) - (scores[b] as number));
  let rankSum = 0;
  let anomalyCount = 0;
  for (let i = 0; i < order.length; ) {
    let j = i;
    while (j < order.length && scores[order[j] as number] === scores[order[i] as number]) j++;
    const rank = (i + j + 1) / 2;
    for (; i < j; i++)
      if (labels[order[i] as number]) {
        rankSum += rank;
        anomalyCount++;
      }
  }
  const ordinaryCount = scores.length - anomalyCount;
  if (anomalyCount === 0 || ordinaryCount === 0)
    throw new InputError(
      `${anomalyCount} anomalies among ${scores.length} labels, wanted both kinds`,
    );
  return (rankSum - (anomalyCount * (anomalyCount + 1)) / 2) / (anomalyCount * ordinaryCount);
}
