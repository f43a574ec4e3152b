import type { Detector } from './detector.ts';

export interface StuckModel {
  readonly last: number;
  /** Times that the last value came again without a break. */
  readonly run: number;
  /** Longest ordinary run. */
  readonly longestRun: number;
  /** Readings after a change that repeated the one before, and all readings after a change. */
  readonly repeats: number;
  readonly chances: number;
  /** The same for readings after a repetition, in ordinary runs. */
  readonly furtherRepeats: number;
  readonly furtherChances: number;
  /** Readings in runs beyond the ordinary, and all readings. */
  readonly stuckCount: number;
  readonly count: number;
}

const WARM_UP = 50;
/** A run counts when it is longer than this many times the longest ordinary one. */
const BEYOND_LONGEST = 3;
/** How many chances what is assumed of further repetitions weighs: as likely as the root of a first one. */
const ASSUMED_CHANCES = 2;
/** What takes more than this share of all readings is how the series is. */
const ORDINARY_SHARE = 0.1;
/** Totals are halved here, so that the share follows the series. */
const MEMORY = 10_000;

/**
 * How rare it is that a series repeats the same value this many times, in decades: -log10 of the chances of
 * a first repetition and of each further one.
 *
 * - finds a frozen sensor within a handful of readings when it is usually noisy; for coarse or slow sensors,
 *   which repeat themselves anyway, only a run beyond three times the longest ordinary one counts
 * - 0 until 50 readings, while values change, and at the value 0: nobody in the room, no light, a machine at
 *   rest stay so for hours; cost: constant
 *
 * Source: length of a run in a two-state Markov chain, Feller, "An Introduction to Probability Theory", XV.2.
 */
export const stuck: Detector<StuckModel> = {
  name: 'stuck',
  warmUp: WARM_UP,
  start: {
    last: Number.NaN,
    run: 0,
    longestRun: 0,
    repeats: 0,
    chances: 0,
    furtherRepeats: 0,
    furtherChances: 0,
    stuckCount: 0,
    count: 0,
  },
  score(model, { value }) {
    const { last, run, repeats, chances, furtherRepeats, furtherChances, count } = model;
    if (count < WARM_UP || value !== last || value === 0 || !isBeyond(model, run + 1)) return 0;
    // Laplace's rule, so that a first repetition is rare but not impossible.
    const first = (repeats + 1) / (chances + 2);
    const further =
      (furtherRepeats + ASSUMED_CHANCES * Math.sqrt(first)) / (furtherChances + ASSUMED_CHANCES);
    return -Math.log10(first) - run * Math.log10(further);
  },
  learn(before, { value }) {
    const model = MEMORY <= before.count ? halved(before) : before;
    const { last, run, longestRun, repeats, chances, stuckCount, count } = model;
    const isRepeat = value === last;
    const next = {
      ...model,
      last: value,
      run: isRepeat ? run + 1 : 0,
      repeats: repeats + (isRepeat && run === 0 ? 1 : 0),
      chances: chances + (run === 0 ? 1 : 0),
      count: count + 1,
    };
    if (isRepeat) return next;
    const isOrdinary =
      count < WARM_UP || !isBeyond(model, run) || ORDINARY_SHARE < (stuckCount + run) / count;
    if (!isOrdinary) return { ...next, stuckCount: stuckCount + run };
    return {
      ...next,
      longestRun: Math.max(longestRun, run),
      furtherRepeats: model.furtherRepeats + Math.max(0, run - 1),
      furtherChances: model.furtherChances + run,
    };
  },
};

function isBeyond({ longestRun }: StuckModel, run: number): boolean {
  return BEYOND_LONGEST * Math.max(1, longestRun) < run;
}

function halved(model: StuckModel): StuckModel {
  return {
    ...model,
    repeats: model.repeats / 2,
    chances: model.chances / 2,
    furtherRepeats: model.furtherRepeats / 2,
    furtherChances: model.furtherChances / 2,
    stuckCount: model.stuckCount / 2,
    count: model.count / 2,
  };
}
