/** One reading of one series. */
export interface Reading {
  readonly atMs: number;
  /** In the metric's unit, finite. */
  readonly value: number;
}

/** A streaming detection algorithm. Holds no state: the model is a value, handed in and handed back. */
export interface Detector<Model, Value = Reading> {
  readonly name: string;
  /** Values to learn before a score other than 0 is given. */
  readonly warmUp: number;
  /** The model before any value. */
  readonly start: Model;
  /** Finite, at least 0, higher is stranger. Compare only with scores of the same model. */
  score(model: Model, value: Value): number;
  /** The model after one more value. The given model is unchanged. */
  learn(model: Model, value: Value): Model;
}

/** Detectors square what they get: a value beyond this counts as this. */
const GREATEST = 1e18;

export function bounded(value: number): number {
  return Math.min(Math.max(value, -GREATEST), GREATEST);
}
