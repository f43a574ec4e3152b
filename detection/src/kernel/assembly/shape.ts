// AssemblyScript, compiled by scripts/build-kernel.ts into ../shape-wasm.ts. Not part of the TypeScript build.
//
// Values are f32, oldest first. `newest` is the reading after the last of them. The squared distance (f64) of
// the newest shape to the one that ends `lag` readings earlier stands at index `lookBack - lag`, so that both
// arrays run the same way and two distances fit one vector.

function value(values: usize, at: i32): f64 {
  return <f64>load<f32>(values + ((<usize>at) << 2));
}

/** Two neighbouring values. */
function pair(values: usize, at: i32): v128 {
  return f64x2.promote_low_f32x4(v128.load64_zero(values + ((<usize>at) << 2)));
}

/** The distance at one lag from the values themselves, over as much of the shape as there is. */
export function exactDistance(values: usize, size: i32, newest: f64, length: i32, lag: i32): f64 {
  const head = newest - value(values, size - lag);
  let sum = head * head;
  const steps = min(length - 1, size - lag);
  for (let i = 1; i <= steps; i++) {
    const difference = value(values, size - i) - value(values, size - lag - i);
    sum += difference * difference;
  }
  return sum;
}

/** Computes the distances at some lags anew, so that no rounding error lasts. */
export function refresh(
  distances: usize,
  lookBack: i32,
  values: usize,
  size: i32,
  newest: f64,
  length: i32,
  firstLag: i32,
  lastLag: i32,
): void {
  let lag = lastLag;
  // Where all values of two earlier shapes are known, the two are summed side by side.
  for (; firstLag < lag; lag -= 2) {
    if (size < lag + length - 1) {
      refreshOne(distances, lookBack, values, size, newest, length, lag);
      refreshOne(distances, lookBack, values, size, newest, length, lag - 1);
      continue;
    }
    const head = f64x2.sub(f64x2.splat(newest), pair(values, size - lag));
    let sum = f64x2.mul(head, head);
    for (let i = 1; i < length; i++) {
      const own = f64x2.splat(value(values, size - i));
      const difference = f64x2.sub(own, pair(values, size - lag - i));
      sum = f64x2.add(sum, f64x2.mul(difference, difference));
    }
    v128.store(distances + ((<usize>(lookBack - lag)) << 3), sum);
  }
  if (lag === firstLag) refreshOne(distances, lookBack, values, size, newest, length, lag);
}

function refreshOne(
  distances: usize,
  lookBack: i32,
  values: usize,
  size: i32,
  newest: f64,
  length: i32,
  lag: i32,
): void {
  store<f64>(
    distances + ((<usize>(lookBack - lag)) << 3),
    exactDistance(values, size, newest, length, lag),
  );
}

/** Turns the distances of the shape before into those of the newest, at lags 1 to `lastLag`. */
export function advance(
  distances: usize,
  lookBack: i32,
  values: usize,
  size: i32,
  newest: f64,
  length: i32,
  lastLag: i32,
): void {
  // Earlier shapes with more lag began before the values did: nothing to drop yet.
  const split = max(0, min(lastLag, size - length));
  for (let lag = split + 1; lag <= lastLag; lag++) {
    const at = distances + ((<usize>(lookBack - lag)) << 3);
    const added = newest - value(values, size - lag);
    store<f64>(at, load<f64>(at) + added * added);
  }
  if (split === 0) return;
  const dropped = value(values, size - length);
  const newests = f64x2.splat(newest);
  const droppeds = f64x2.splat(dropped);
  let lag = split;
  for (; 2 <= lag; lag -= 2) {
    const at = distances + ((<usize>(lookBack - lag)) << 3);
    const added = f64x2.sub(newests, pair(values, size - lag));
    const old = f64x2.sub(droppeds, pair(values, size - lag - length));
    const change = f64x2.mul(f64x2.sub(added, old), f64x2.add(added, old));
    v128.store(at, f64x2.add(v128.load(at), change));
  }
  if (lag === 1) {
    const at = distances + ((<usize>(lookBack - 1)) << 3);
    const added = newest - value(values, size - 1);
    const old = dropped - value(values, size - 1 - length);
    store<f64>(at, load<f64>(at) + (added - old) * (added + old));
  }
}

/** Puts a distance in its place among the least so far, and gives the greatest that still counts. */
function insert(least: usize, lags: usize, wanted: i32, distance: f64, lag: i32): f64 {
  let at = wanted - 1;
  for (; 0 < at; at--) {
    const before = load<f64>(least + ((<usize>(at - 1)) << 3));
    if (before <= distance) break;
    store<f64>(least + ((<usize>at) << 3), before);
    store<i32>(lags + ((<usize>at) << 2), load<i32>(lags + ((<usize>(at - 1)) << 2)));
  }
  store<f64>(least + ((<usize>at) << 3), distance);
  store<i32>(lags + ((<usize>at) << 2), lag);
  return load<f64>(least + ((<usize>(wanted - 1)) << 3));
}

/**
 * A distance that at least `wanted` lags stay below: those that were nearest the last time are seldom far now.
 * Lags of 0 say that there was no last time.
 */
function bound(distances: usize, lookBack: i32, wanted: i32, lags: usize): f64 {
  let greatest: f64 = 0;
  for (let i = 0; i < wanted; i++) {
    const lag = load<i32>(lags + ((<usize>i) << 2));
    if (lag === 0) return Infinity;
    greatest = max(greatest, load<f64>(distances + ((<usize>(lookBack - lag)) << 3)));
  }
  return greatest * (1 + 1e-9) + 1e-300;
}

/**
 * Fills `least` and `lags` with the `wanted` least distances at lags `firstLag` to `lastLag`, in order; `lags`
 * holds those of the last time.
 */
export function findNearest(
  distances: usize,
  lookBack: i32,
  firstLag: i32,
  lastLag: i32,
  wanted: i32,
  least: usize,
  lags: usize,
): void {
  let worst = bound(distances, lookBack, wanted, lags);
  for (let i = 0; i < wanted; i++) store<f64>(least + ((<usize>i) << 3), worst);
  let lag = firstLag;
  for (; lag + 7 <= lastLag; lag += 8) {
    const at = distances + ((<usize>(lookBack - lag - 7)) << 3);
    const first = f64x2.pmin(v128.load(at), v128.load(at, 16));
    const second = f64x2.pmin(v128.load(at, 32), v128.load(at, 48));
    // Most groups of eight hold nothing near.
    if (!v128.any_true(f64x2.lt(f64x2.pmin(first, second), f64x2.splat(worst)))) continue;
    for (let i = 0; i < 8; i++) {
      const distance = load<f64>(distances + ((<usize>(lookBack - lag - i)) << 3));
      if (distance < worst) worst = insert(least, lags, wanted, distance, lag + i);
    }
  }
  for (; lag <= lastLag; lag++) {
    const distance = load<f64>(distances + ((<usize>(lookBack - lag)) << 3));
    if (distance < worst) worst = insert(least, lags, wanted, distance, lag);
  }
}

/** Mean of the roots of the `neighbours` least exact distances among the candidates. */
export function meanNearest(
  values: usize,
  size: i32,
  newest: f64,
  length: i32,
  neighbours: i32,
  candidates: i32,
  least: usize,
  lags: usize,
): f64 {
  for (let i = 0; i < candidates; i++) {
    const lag = load<i32>(lags + ((<usize>i) << 2));
    const exact = exactDistance(values, size, newest, length, lag);
    // Insertion sort: they are nearly in order.
    let at = i;
    for (; 0 < at; at--) {
      const before = load<f64>(least + ((<usize>(at - 1)) << 3));
      if (before <= exact) break;
      store<f64>(least + ((<usize>at) << 3), before);
    }
    store<f64>(least + ((<usize>at) << 3), exact);
  }
  let sum: f64 = 0;
  for (let i = 0; i < neighbours; i++) sum += sqrt(load<f64>(least + ((<usize>i) << 3)));
  return sum / <f64>neighbours;
}
