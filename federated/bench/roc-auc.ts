/** Chance that an anomaly scores higher than an ordinary point; ties count half. Source: Mann and Whitney (1947). */
export function rocAuc(scores: readonly number[], labels: readonly number[]): number {
  const order = scores.map((_, i) => i).sort((a, b) => (scores[a] ?? 0) - (scores[b] ?? 0));
  let rankSum = 0;
  for (let from = 0; from < order.length; ) {
    let to = from;
    while (to < order.length && scores[order[to] as number] === scores[order[from] as number]) {
      to += 1;
    }
    for (let i = from; i < to; i += 1) {
      if (labels[order[i] as number] === 1) rankSum += (from + to + 1) / 2;
    }
    from = to;
  }
  const anomalies = labels.filter((label) => label === 1).length;
  return (rankSum - (anomalies * (anomalies + 1)) / 2) / (anomalies * (labels.length - anomalies));
}
