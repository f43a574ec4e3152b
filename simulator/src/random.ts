/**
 * Randomness without state: a number is a function of the keys that name it, so any moment can be generated first.
 *
 * All arithmetic is on 32-bit integers, so equal keys give equal bits on every machine.
 */

/** A hash of two 32-bit numbers. Finaliser of MurmurHash3 (public domain, A. Appleby). */
export function mix(key: number, value: number): number {
  let hash = Math.imul(key ^ Math.imul(value, 0x9e3779b1), 0x85ebca6b);
  hash = Math.imul(hash ^ (hash >>> 15), 0xc2b2ae35);
  hash = Math.imul(hash ^ (hash >>> 13), 0x27d4eb2f);
  return (hash ^ (hash >>> 16)) >>> 0;
}

/** A key for a text. FNV-1a, then mixed. */
export function textKey(key: number, text: string): number {
  let hash = 0x811c9dc5;
  for (let at = 0; at < text.length; at += 1) {
    hash = Math.imul(hash ^ text.charCodeAt(at), 0x01000193);
  }
  return mix(key, hash);
}

/** A hash of a whole number of up to 53 bits, such as a time. */
export function mixLong(key: number, value: number): number {
  const high = Math.floor(value / 0x1_0000_0000);
  return mix(mix(key, high), value - high * 0x1_0000_0000);
}

/** A hash as a number in [0, 1). */
export function unit(hash: number): number {
  return hash / 0x1_0000_0000;
}

/** A hash as a number in [low, high). */
export function between(hash: number, low: number, high: number): number {
  return low + unit(hash) * (high - low);
}

/**
 * A hash as a number with mean 0 and deviation 1, never beyond ±3.47.
 *
 * The sum of four uniform numbers (Irwin-Hall): near enough to Gaussian for noise, and bounded, so that what
 * lies far out is always a fault with a label.
 */
export function bell(hash: number): number {
  const other = mix(hash, 0x5bd1e995);
  const sum = (hash & 0xffff) + (hash >>> 16) + (other & 0xffff) + (other >>> 16);
  return (sum / 65_536 - 2) * Math.sqrt(3);
}

/** A smooth random curve over time within [-1, 1], with a new direction every `periodMs`. */
export function smooth(key: number, timeMs: number, periodMs: number): number {
  const knot = Math.floor(timeMs / periodMs);
  const along = timeMs / periodMs - knot;
  const eased = along * along * (3 - 2 * along);
  const from = between(mixLong(key, knot), -1, 1);
  const to = between(mixLong(key, knot + 1), -1, 1);
  return from + (to - from) * eased;
}
