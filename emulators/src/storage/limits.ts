import { StorageError } from './errors.ts';
import { type Change, findObject, type StorageState } from './state.ts';

/** What the emulator keeps at most. More is refused with 429, and the limit's name. */
export interface StorageLimits {
  /** 1,000 by default. */
  readonly buckets: number;
  /** Object versions of all buckets, 1 million. */
  readonly objects: number;
  /** Bytes of all object versions together, 4 GB. */
  readonly bytes: number;
  /** Resumable uploads under way, 256. */
  readonly uploads: number;
}

export const DEFAULT_LIMITS: StorageLimits = {
  buckets: 1_000,
  objects: 1_000_000,
  bytes: 4_000_000_000,
  uploads: 256,
};

/** How much there is. */
export type Usage = Readonly<Record<'buckets' | 'objects' | 'bytes', number>>;

/** Throws 429 if `count` is more than there may be. */
export function checkLimit(limits: StorageLimits, name: keyof StorageLimits, count: number): void {
  if (count <= limits[name]) return;
  throw new StorageError(
    429,
    'rateLimitExceeded',
    `This emulator keeps at most ${limits[name]} ${LABELS[name]} (limits.${name})`,
  );
}

/** Throws 429 if there would be more than before, and more than there may be. */
export function checkLimits(limits: StorageLimits, before: Usage, after: Usage): void {
  for (const name of ['buckets', 'objects', 'bytes'] as const) {
    if (before[name] < after[name]) checkLimit(limits, name, after[name]);
  }
}

/** What there will be after the changes, each of another thing. */
export function usageAfter(
  { buckets, objects, bytes }: Usage,
  state: StorageState,
  changes: Iterable<Change>,
): Usage {
  const usage = { buckets, objects, bytes };
  for (const change of changes) {
    switch (change.kind) {
      case 'bucket':
        if (!state.buckets.has(change.bucket.name)) usage.buckets += 1;
        break;
      case 'bucket-deleted':
        usage.buckets -= 1;
        break;
      case 'object':
        if (!known(change.object)) {
          usage.objects += 1;
          usage.bytes += change.object.sizeBytes;
        }
        break;
      case 'object-deleted':
        usage.objects -= 1;
        usage.bytes -= known(change)?.sizeBytes ?? 0;
    }
  }
  return usage;

  function known(one: { bucket: string; name: string; generation: number }) {
    const bucket = state.buckets.get(one.bucket);
    return bucket && findObject(bucket, one.name, one.generation);
  }
}

const LABELS: Readonly<Record<keyof StorageLimits, string>> = {
  buckets: 'buckets',
  objects: 'object versions',
  bytes: 'bytes of objects',
  uploads: 'resumable uploads under way',
};
