import { createWorkspace, reconstructionError, type Shape } from '../model/autoencoder.ts';
import { fitScaler, type Scaler, scale, tame } from '../model/scaler.ts';
import { meanError, train } from '../model/train.ts';

export interface LearnerOptions {
  readonly shape: Shape;
  /** Rows that make one point, so that a model sees how values move together. */
  readonly windowSize: number;
  /** Epochs over the own points before an update is sent. */
  readonly epochs: number;
  /** Epochs from the global weights to the device's own. */
  readonly personalEpochs: number;
  /** In [0, 1). */
  readonly random: () => number;
}

/** What the device thinks of its newest row. */
export interface Score {
  /** 0 or more, higher is stranger. */
  readonly error: number;
  readonly threshold: number;
  readonly isAnomaly: boolean;
}

/** The outcome of training that leaves the device. */
export interface LocalUpdate {
  readonly weights: Float64Array;
  readonly sampleCount: number;
  readonly loss: number;
  readonly scoredCount: number;
  readonly anomalyCount: number;
}

/** One device: its rows, its scaler, its threshold and its own weights, none of which leave it. */
export interface DeviceLearner {
  /** Takes in a row of the past, from before the device was watched. It is neither scored nor counted. */
  remember(row: readonly number[]): void;
  /** Scores a row and remembers it; undefined until the device knows its own scale. */
  observe(row: readonly number[]): Score | undefined;
  /** Takes over global weights and makes them the device's own by a few epochs. A new device needs no rows for it. */
  personalise(globalWeights: Float64Array): void;
  /** Trains from the global weights for a round; undefined without enough rows. */
  update(globalWeights: Float64Array): LocalUpdate | undefined;
}

/** Rows from which on a device has a scale, so that it scores and trains. */
const MIN_ROWS = 50;
const MAX_ROWS = 2_000;
/** Share of its own past below a device's threshold. */
const QUANTILE = 0.995;

export function createDeviceLearner(
  globalWeights: Float64Array,
  options: LearnerOptions,
): DeviceLearner {
  const { shape, windowSize, epochs, personalEpochs, random } = options;
  const workspace = createWorkspace(shape);
  const rows: (readonly number[])[] = [];
  let weights = globalWeights;
  let scaler: Scaler | undefined;
  let threshold = Number.POSITIVE_INFINITY;
  let scoredCount = 0;
  let anomalyCount = 0;

  return {
    remember,
    observe(row) {
      remember(row);
      if (scaler === undefined) {
        if (rows.length < MIN_ROWS) return undefined;
        calibrate();
      }
      const point = windowEnding(rows.length - 1);
      const error = reconstructionError(workspace, weights, point);
      const isAnomaly = threshold <= error;
      scoredCount += 1;
      if (isAnomaly) anomalyCount += 1;
      return { error, threshold, isAnomaly };
    },
    personalise(given) {
      weights = given;
      if (rows.length < MIN_ROWS) return;
      scaler = fitScaler(rows);
      weights = train(shape, given, points().map(tame), { epochs: personalEpochs, random }).weights;
      calibrate();
    },
    update(given) {
      if (rows.length < MIN_ROWS) return undefined;
      scaler = fitScaler(rows);
      const own = points().map(tame);
      const loss = meanError(shape, given, own);
      const trained = train(shape, given, own, { epochs, random });
      const counts = { scoredCount, anomalyCount };
      scoredCount = 0;
      anomalyCount = 0;
      return { weights: trained.weights, sampleCount: own.length, loss, ...counts };
    },
  };

  function remember(row: readonly number[]): void {
    rows.push(row);
    if (MAX_ROWS < rows.length) rows.shift();
  }

  /** Fits scale and threshold to the device's own past. */
  function calibrate(): void {
    scaler = fitScaler(rows);
    const errors = points()
      .map((point) => reconstructionError(workspace, weights, point))
      .sort((a, b) => a - b);
    threshold = errors[Math.floor(QUANTILE * (errors.length - 1))] as number;
  }

  function points(): Float64Array[] {
    return Array.from({ length: rows.length - windowSize + 1 }, (_, i) =>
      windowEnding(i + windowSize - 1),
    );
  }

  function windowEnding(last: number): Float64Array {
    const scaled = rows
      .slice(last - windowSize + 1, last + 1)
      .flatMap((row) => [...scale(scaler as Scaler, row)]);
    return Float64Array.from(scaled);
  }
}
