import { SHAPE_WASM } from '../kernel/shape-wasm.ts';
import { createMemory, instantiate } from '../kernel/web-assembly.ts';
import { bounded, type Detector } from './detector.ts';
import { append, emptyFloatWindow, type NumberWindow, type WindowLine } from './window.ts';

export interface ShapeOptions {
  /** Readings that make a shape. */
  readonly length: number;
  /** Most similar earlier shapes whose mean distance is the score. */
  readonly neighbours: number;
  /** Readings to look back. */
  readonly lookBack: number;
}

export type Values = NumberWindow<Float32Array>;

/** More candidates than neighbours: their distances are computed anew, as the running ones are rounded. */
const SPARE = 8;
/** Series whose distances stay in the kernel's memory; beyond that they are copied in and out. */
const SLOTS = 64;
/** Running distances that are computed anew each time, in turn, so that no rounding error lasts. */
const REFRESH = 32;

/** Squared distances of the newest shape to the earlier ones: derived from a line of windows. */
interface RunningDistances {
  /** `count` of the window that they belong to. */
  count: number;
  /** The newest value in them. */
  newest: number;
  /** At `lookBack - lag`; out of date while they have a slot. */
  readonly byLag: Float64Array;
  /** Where in the kernel's memory they are; -1: nowhere. */
  slot: number;
  /** Of the nearest shapes; 0: not known. */
  readonly nearest: Int32Array;
}

interface ShapeKernel {
  advance(
    distances: number,
    lookBack: number,
    values: number,
    size: number,
    newest: number,
    length: number,
    lastLag: number,
  ): void;
  refresh(
    distances: number,
    lookBack: number,
    values: number,
    size: number,
    newest: number,
    length: number,
    firstLag: number,
    lastLag: number,
  ): void;
  findNearest(
    distances: number,
    lookBack: number,
    firstLag: number,
    lastLag: number,
    wanted: number,
    least: number,
    lags: number,
  ): void;
  meanNearest(
    values: number,
    size: number,
    newest: number,
    length: number,
    neighbours: number,
    candidates: number,
    least: number,
    lags: number,
  ): number;
}

/**
 * How unlike all recent shapes the newest one is: mean Euclidean distance of the last `length` readings to
 * the most similar earlier stretches of that length, in the metric's unit.
 *
 * - finds what never looked like this before, whatever its level; blind to the same fault the second time,
 *   and to slow drift
 * - 0 until there are enough earlier shapes
 * - cost: about 1 ns per reading of look-back: the distances to all earlier shapes follow from those of the
 *   previous reading by one added and one dropped term; the first score on a window that came from
 *   elsewhere computes them all
 *
 * Source: k-nearest-neighbour discords; Keogh, Lin, Fu, "HOT SAX" (2005); the recurrence is that of STOMP
 * (Zhu et al. 2016) without normalisation.
 */
export function shapeDistance({ length, neighbours, lookBack }: ShapeOptions): Detector<Values> {
  const running = new WeakMap<WindowLine, RunningDistances>();
  const candidates = neighbours + SPARE;
  const slots = new Array<RunningDistances | null>(SLOTS).fill(null);
  let nextSlot = 0;
  const slotBytes = 8 * lookBack;
  const leastAt = SLOTS * slotBytes;
  const lagsAt = leastAt + 8 * candidates;
  const valuesAt = lagsAt + 8 * candidates;
  const memory = createMemory(valuesAt + 4 * (2 * lookBack + length));
  const distancesIn = slots.map(
    (_, slot) => new Float64Array(memory.buffer, slot * slotBytes, lookBack),
  );
  const lagsIn = new Int32Array(memory.buffer, lagsAt, candidates);
  const valuesIn = new Float32Array(memory.buffer, valuesAt);
  const kernel = instantiate<ShapeKernel>(SHAPE_WASM, memory);
  return {
    name: `shape_${length}`,
    warmUp: 2 * length + neighbours - 1,
    start: emptyFloatWindow(lookBack + length),
    score: (window, { value }) => score(window, Math.fround(bounded(value))),
    learn: (window, { value }) => append(window, bounded(value)),
  };

  function score(window: Values, newest: number): number {
    const { buffer, start, end } = window;
    // Older values than these are out of reach.
    const size = Math.min(end - start, lookBack + length);
    // A lag is the distance in readings back to the last reading of an earlier shape that does not overlap.
    const lastLag = Math.min(lookBack, size - length + 1);
    if (lastLag < length + neighbours) return 0;
    valuesIn.set(buffer.subarray(end - size, end));
    const state = follow(window, size, newest);
    const found = Math.min(candidates, lastLag - length + 1);
    lagsIn.set(state.nearest);
    kernel.findNearest(state.slot * slotBytes, lookBack, length, lastLag, found, leastAt, lagsAt);
    state.nearest.set(lagsIn);
    return Math.fround(
      kernel.meanNearest(valuesAt, size, newest, length, neighbours, found, leastAt, lagsAt),
    );
  }

  /** Leaves the distances of the shape that ends with `newest` in the kernel's memory and in `running`. */
  function follow(window: Values, size: number, newest: number): RunningDistances {
    const known = running.get(window.line);
    const lastLag = Math.min(lookBack, size);
    const state = known ?? {
      count: -1,
      newest: 0,
      byLag: new Float64Array(lookBack),
      slot: -1,
      nearest: new Int32Array(candidates),
    };
    const isNext = state.count === window.count && state.newest === window.buffer[window.end - 1];
    if (state.slot < 0) takeSlot(state);
    const at = state.slot * slotBytes;
    if (isNext) {
      kernel.advance(at, lookBack, valuesAt, size, newest, length, lastLag);
      const turns = Math.ceil(lookBack / REFRESH);
      const firstLag = 1 + (window.count % turns) * REFRESH;
      const last = Math.min(lastLag, firstLag + REFRESH - 1);
      kernel.refresh(at, lookBack, valuesAt, size, newest, length, firstLag, last);
    } else {
      distancesIn[state.slot]?.fill(0);
      state.nearest.fill(0);
      kernel.refresh(at, lookBack, valuesAt, size, newest, length, 1, lastLag);
    }
    state.count = window.count + 1;
    state.newest = newest;
    if (known === undefined) running.set(window.line, state);
    return state;
  }

  /** Gives the distances a place in the kernel's memory, in turn; whose it was gets them back. */
  function takeSlot(state: RunningDistances): void {
    const slot = nextSlot;
    nextSlot = (nextSlot + 1) % SLOTS;
    const place = distancesIn[slot] as Float64Array;
    const before = slots[slot];
    if (before) {
      before.byLag.set(place);
      before.slot = -1;
    }
    place.set(state.byLag);
    state.slot = slot;
    slots[slot] = state;
  }
}
