/** What finds how many splits are below a number: the kernel's `rank` says how. */
export interface Buckets {
  readonly least: number;
  /** Buckets a unit; 0 when all splits are in the first. */
  readonly scale: number;
  readonly last: number;
  /** For each bucket the splits in those before it. */
  readonly below: Int32Array;
  /** Splits behind `below` among which the number's place is: a power of two, at least 4. */
  readonly window: number;
}

/** Splits that the kernel compares at once. */
const LEAST_WINDOW = 4;
const MAX_BUCKETS = 4096;
const MAX_FLOAT = (2 - 2 ** -23) * 2 ** 127;

/** Buckets of equal width from the least to the greatest of ascending splits, two to four for each split. */
export function makeBuckets(splits: Float32Array): Buckets {
  const count = Math.min(MAX_BUCKETS, 4 << Math.ceil(Math.log2(splits.length / 2 + 1)));
  const least = splits[0] ?? 0;
  const width = Math.fround((splits.at(-1) ?? 0) - least);
  const scale = 0 < width ? Math.min(MAX_FLOAT, Math.fround(count / width)) : 0;
  const last = count - 1;
  const below = new Int32Array(count);
  let most = 0;
  let bucket = 0;
  for (let i = 0, first = 0; i < splits.length; i++) {
    // The kernel's arithmetic on 32-bit floats, rounding for rounding.
    const place = Math.fround(Math.fround((splits[i] as number) - least) * scale);
    const own = Math.trunc(Math.min(last, place));
    if (bucket < own) {
      below.fill(i, bucket + 1, own + 1);
      bucket = own;
      first = i;
    }
    most = Math.max(most, i + 1 - first);
  }
  below.fill(splits.length, bucket + 1);
  const window = Math.max(LEAST_WINDOW, 2 ** Math.ceil(Math.log2(most)));
  return { least, scale, last, below, window };
}
