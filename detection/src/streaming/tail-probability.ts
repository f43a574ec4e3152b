import { append, emptyCodeWindow, type NumberWindow, type WindowLine } from './window.ts';

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
 * - cost: a binary search; `rememberScore` moves half of the ranks on average
 *
 * Why: detectors differ in scale and drift with the season, their recent ranks do not. The same step lifts
 * every detector on NAB (Lavin and Ahmad 2015 do it with a normal tail).
 */
export function tailDecades(recent: RecentScores, score: number): number {
  const size = recent.end - recent.start;
  if (size < TAIL_WARM_UP) return 0;
  const { codes } = ranksOf(recent);
  const code = encodeScore(score);
  const atLeast = size - countBelow(codes, size, code);
  const decades = Math.log10((size + 1) / (atLeast + 1));
  if (0 < atLeast) return decades;
  const before = decodeScore(codes[size - 1] as number);
  const excess = before === 0 ? MAX_EXCESS_DECADES : 5 * Math.log10(score / before);
  return decades + Math.min(MAX_EXCESS_DECADES, Math.max(0, excess));
}

export function rememberScore(recent: RecentScores, score: number): RecentScores {
  const code = encodeScore(score);
  const size = recent.end - recent.start;
  if (size < TAIL_WARM_UP) return append(recent, code);
  const ranks = ranksOf(recent);
  const next = append(recent, code);
  // Another window follows the same one already: this one goes its own way, and its ranks start anew.
  if (next.line !== recent.line) return next;
  if (size < recent.capacity) insert(ranks, size, code);
  else replace(ranks, size, recent.buffer[recent.start] as number, code);
  ranks.count = next.count;
  return next;
}

/** The codes of a window in ascending order: derived from it, and kept along its line. */
interface Ranks {
  /** `count` of the window that they belong to. */
  count: number;
  readonly codes: Uint16Array;
}

const ranksOfLine = new WeakMap<WindowLine, Ranks>();

function ranksOf({ buffer, start, end, capacity, count, line }: RecentScores): Ranks {
  const known = ranksOfLine.get(line);
  if (known?.count === count) return known;
  const ranks = { count, codes: known?.codes ?? new Uint16Array(capacity) };
  ranks.codes.set(buffer.subarray(start, end));
  ranks.codes.subarray(0, end - start).sort();
  ranksOfLine.set(line, ranks);
  return ranks;
}

/** How many of the first `size` ascending codes are less. */
function countBelow(codes: Uint16Array, size: number, code: number): number {
  let low = 0;
  let high = size;
  while (low < high) {
    const middle = (low + high) >> 1;
    if ((codes[middle] as number) < code) low = middle + 1;
    else high = middle;
  }
  return low;
}

function insert({ codes }: Ranks, size: number, code: number): void {
  const at = countBelow(codes, size, code);
  codes.copyWithin(at + 1, at, size);
  codes[at] = code;
}

/** Takes one of the codes out and puts another in: only those between the two move. */
function replace({ codes }: Ranks, size: number, gone: number, code: number): void {
  const from = countBelow(codes, size, gone);
  const to = countBelow(codes, size, code);
  if (from < to) {
    codes.copyWithin(from, from + 1, to);
    codes[to - 1] = code;
  } else {
    codes.copyWithin(to + 1, to, from);
    codes[to] = code;
  }
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
