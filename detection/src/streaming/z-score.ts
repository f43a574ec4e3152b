import { bounded, type Detector } from './detector.ts';
import { append, emptyFloatWindow, type NumberWindow } from './window.ts';

export interface ScoreOptions {
  /** Readings to compare with. */
  readonly windowSize: number;
  /** Readings to learn before a score is given; at least 2. */
  readonly warmUp: number;
  /** Smallest step that the sensor reports, in the metric's unit. Keeps the score of a flat line finite. */
  readonly resolution: number;
}

export const DEFAULT_OPTIONS: ScoreOptions = { windowSize: 120, warmUp: 30, resolution: 0.01 };

/** A normal distribution's deviation over its median absolute deviation. */
const DEVIATION_PER_MAD = 1.4826;

/**
 * Distance of a value from the mean of the window, in standard deviations (n - 1).
 *
 * - finds single extremes; one of them in the window widens it and hides the next
 * - cost: O(windowSize)
 *
 * Source: NIST/SEMATECH e-Handbook, 1.3.5.17, "Detection of Outliers".
 */
export function zScore({
  windowSize,
  warmUp,
  resolution,
}: ScoreOptions = DEFAULT_OPTIONS): Detector<NumberWindow<Float32Array>> {
  return {
    name: 'z_score',
    warmUp,
    start: emptyFloatWindow(windowSize),
    score({ buffer, start, end }, { value }) {
      const count = end - start;
      if (count < warmUp) return 0;
      let sum = 0;
      for (let i = start; i < end; i++) sum += buffer[i] as number;
      const mean = sum / count;
      let squares = 0;
      for (let i = start; i < end; i++) squares += ((buffer[i] as number) - mean) ** 2;
      const deviation = Math.sqrt(squares / (count - 1));
      return Math.abs(bounded(value) - mean) / Math.max(deviation, resolution);
    },
    learn: (window, { value }) => append(window, bounded(value)),
  };
}

/**
 * Distance of a value from the median of the window, in robust standard deviations.
 *
 * - half of the window may be anomalies without hiding the next one; noisier than the z-score on clean data
 * - cost: O(windowSize log windowSize)
 *
 * Source: Iglewicz and Hoaglin, "How to Detect and Handle Outliers" (1993).
 */
export function robustZScore({
  windowSize,
  warmUp,
  resolution,
}: ScoreOptions = DEFAULT_OPTIONS): Detector<NumberWindow<Float32Array>> {
  return {
    name: 'robust_z_score',
    warmUp,
    start: emptyFloatWindow(windowSize),
    score({ buffer, start, end }, { value }) {
      if (end - start < warmUp) return 0;
      const sorted = buffer.slice(start, end).sort();
      const median = middleOf(sorted);
      const distance = middleOf(sorted.map((other) => Math.abs(other - median)).sort());
      return Math.abs(bounded(value) - median) / Math.max(DEVIATION_PER_MAD * distance, resolution);
    },
    learn: (window, { value }) => append(window, bounded(value)),
  };
}

function middleOf(sorted: Float32Array): number {
  const half = sorted.length >> 1;
  const upper = sorted[half] as number;
  return sorted.length % 2 === 1 ? upper : ((sorted[half - 1] as number) + upper) / 2;
}
