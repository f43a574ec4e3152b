/** How high the evidence of one device usually gets: an exponential tail over a running quantile. Plain data. */
export interface RarityModel {
  /** Level that a share of `TAIL_SHARE` of the evidence exceeds. */
  readonly level: number;
  /** Mean excess of the evidence over the level. */
  readonly excess: number;
  readonly count: number;
  readonly excessCount: number;
}

/** Readings of a device before its rarity is trusted. */
export const RARITY_WARM_UP = 300;

const TAIL_SHARE = 0.02;
/** An excess above this many means counts as this: a fault must not teach that faults are ordinary. */
const GREATEST_EXCESS = 6;
const LEVEL_RATE = 3;
const LEVEL_MEMORY = 1000;
const EXCESS_MEMORY = 200;
const FIRST_EXCESSES = 20;

export const START_RARITY: RarityModel = { level: 3, excess: 1, count: 0, excessCount: 0 };

/**
 * How rare this much evidence is for the device, in decades: -log10 of the chance that an ordinary reading
 * has as much. 0 for what is not in the tail, and during the warm-up.
 *
 * Why: sums of rarities that depend on each other, over more or fewer metrics, have no fixed scale; their
 * own tail gives one on which "once in a hundred days" is a number.
 *
 * Source: peaks over threshold with an exponential tail; Siffer et al., "Anomaly Detection in Streams with
 * Extreme Value Theory" (2017).
 */
export function rarityDecades({ level, excess, count }: RarityModel, evidence: number): number {
  if (count < RARITY_WARM_UP || evidence <= level) return 0;
  return -Math.log10(TAIL_SHARE) + (evidence - level) / (excess * Math.LN10);
}

export function learnRarity(model: RarityModel, evidence: number): RarityModel {
  const count = model.count + 1;
  const isExcess = model.level < evidence;
  const step = LEVEL_RATE * model.excess * Math.max(1 / count, 1 / LEVEL_MEMORY);
  const level = model.level + step * (isExcess ? 1 - TAIL_SHARE : -TAIL_SHARE);
  if (!isExcess) return { ...model, level, count };
  const excessCount = model.excessCount + 1;
  const rate = Math.max(1 / (excessCount + FIRST_EXCESSES), 1 / EXCESS_MEMORY);
  const seen = Math.min(evidence - level, GREATEST_EXCESS * model.excess);
  return { level, excess: model.excess + rate * (seen - model.excess), count, excessCount };
}
