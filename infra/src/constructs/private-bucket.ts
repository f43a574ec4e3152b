import type { ServiceAccount } from '@cdktf/provider-google/lib/service-account/index.js';
import type {
  StorageBucket,
  StorageBucketConfig,
} from '@cdktf/provider-google/lib/storage-bucket/index.js';
import { StorageBucketIamMember } from '@cdktf/provider-google/lib/storage-bucket-iam-member/index.js';
import type { ITerraformDependable } from 'cdktf';
import type { Construct } from 'constructs';
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

/** Lets an identity read every object of a bucket, and list them. */
export function grantRead(
  scope: Construct,
  account: ServiceAccount,
  bucket: StorageBucket,
): ITerraformDependable {
  return new StorageBucketIamMember(scope, 'reads-models', {
    bucket: bucket.name,
    role: 'roles/storage.objectViewer',
    member: account.member,
  });
}

export interface Part {
  readonly title: string;
  readonly description: string;
  /** Names of objects; one that ends in `*` stands for all that begin so. */
  readonly paths: readonly string[];
}

/** Lets an identity write, overwrite and delete some objects of a bucket, and read them. */
export function grantChange(
  scope: Construct,
  account: ServiceAccount,
  bucket: StorageBucket,
  { title, description, paths }: Part,
): ITerraformDependable {
  const objects = `projects/_/buckets/${bucket.nameInput}/objects/`;
  const matches = paths.map((path) =>
    path.endsWith('*')
      ? `resource.name.startsWith("${objects}${path.slice(0, -1)}")`
      : `resource.name == "${objects}${path}"`,
  );
  return new StorageBucketIamMember(scope, `changes-${title}`, {
    bucket: bucket.name,
    role: 'roles/storage.objectUser',
    member: account.member,
    condition: { title, description, expression: matches.join(' || ') },
  });
}
