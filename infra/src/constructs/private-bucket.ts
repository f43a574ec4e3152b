import type { StorageBucketConfig } from '@cdktf/provider-google/lib/storage-bucket/index.js';
import type { Config } from '../config.ts';

/** A bucket that cannot be public and keeps what was overwritten or deleted for 30 days. */
export function privateBucket(config: Config, name: string): StorageBucketConfig {
  return {
    name,
    location: config.dataLocation,
    uniformBucketLevelAccess: true,
    publicAccessPrevention: 'enforced',
    versioning: { enabled: true },
    softDeletePolicy: { retentionDurationSeconds: 30 * 86_400 },
    forceDestroy: !config.isProtected,
  };
}
