/** How well yes-or-no answers match labels, each reading counting alike. All are shares, 0 to 1, but `mcc`. */
export interface Confusion {
  readonly f1: number;
  /** Share of ordinary readings that were called anomalies. */
  readonly falseAlarmRate: number;
  /** Share of anomalies that were not. */
  readonly missedAlarmRate: number;
  /** Matthews correlation, -1 to 1: 0 is blind whatever the share of anomalies, which F1 is not. */
  readonly mcc: number;
}

/**
 * Compares answers with labels (1: anomaly). What has no denominator is 0.
 *
 * Source: SKAB's board reports F1, FAR and MAR (waico/SKAB, README); Matthews (1975).
 */
export function confusion(answers: ArrayLike<boolean>, labels: ArrayLike<number>): Confusion {
  let hits = 0;
  let falseAlarms = 0;
  let misses = 0;
  let rests = 0;
  for (let i = 0; i < labels.length; i++) {
    if (answers[i]) {
      if (labels[i]) hits++;
      else falseAlarms++;
    } else if (labels[i]) misses++;
    else rests++;
  }
  const product =
    Math.sqrt(hits + falseAlarms) *
    Math.sqrt(hits + misses) *
    Math.sqrt(rests + falseAlarms) *
    Math.sqrt(rests + misses);
  return {
    f1: share(2 * hits, 2 * hits + falseAlarms + misses),
    falseAlarmRate: share(falseAlarms, falseAlarms + rests),
    missedAlarmRate: share(misses, hits + misses),
    mcc: share(hits * rests - falseAlarms * misses, product),
  };
}

function share(part: number, whole: number): number {
  return whole === 0 ? 0 : part / whole;
}
