import { append, emptyCodeWindow, type NumberWindow } from './window.ts';

/** The recent scores of one detector, each as the upper half of its 32-bit float: 0.4 % apart. */
export type RecentScores = NumberWindow<Uint16Array>;

/** Scores to see before the rank of another one means anything. */
export const TAIL_WARM_UP = 100;
export const TAIL_CAPACITY = 3500;

const MAX_EXCESS_DECADES = 3;
const float = new Float32Array(1);
const bits = new Uint32Array(float.buffer);

export function noScores(): RecentScores {
  return emptyCodeWindow(TAIL_CAPACITY);
}

/**
 * How rare a score is among the recent ones, in decades: -log10 of the share of them that were at least as
 * high. A new greatest score gets up to 3 more by how far it exceeds the greatest before.
 *
 * - score: finite, at least 0, on any scale that grows with strangeness
 * - 0 until `TAIL_WARM_UP` scores were seen; never more than log10(capacity + 1) + 3
 * - cost: one pass over the window
 *
 * Why: detectors differ in scale and drift with the season, their recent ranks do not. The same step lifts
 * every detector on NAB (Lavin and Ahmad 2015 do it with a normal tail).
 */
export function tailDecades(recent: RecentScores, score: number): number {
  const { buffer, start, end } = recent;
  const size = end - start;
  if (size < TAIL_WARM_UP) return 0;
  const code = encodeScore(score);
  let atLeast = 0;
  // 1 for each other >= code, by its sign bit: a branch here would be mispredicted half the time.
  for (let i = start; i < end; i++) atLeast += (code - (buffer[i] as number) - 1) >>> 31;
  const decades = Math.log10((size + 1) / (atLeast + 1));
  if (0 < atLeast) return decades;
  const greatest = buffer.subarray(start, end).reduce((a, b) => Math.max(a, b), 0);
  const before = decodeScore(greatest);
  const excess = before === 0 ? MAX_EXCESS_DECADES : 5 * Math.log10(score / before);
  return decades + Math.min(MAX_EXCESS_DECADES, Math.max(0, excess));
}

export function rememberScore(recent: RecentScores, score: number): RecentScores {
  return append(recent, encodeScore(score));
}

/** Keeps the order of scores from 0 on. */
function encodeScore(score: number): number {
  float[0] = Math.min(score, 3e38);
  return (bits[0] as number) >>> 15;
}

function decodeScore(code: number): number {
  bits[0] = code << 15;
  return float[0] as number;
}
