import { expect, test } from 'vitest';
import { grants } from './references.ts';
import { GATEWAYS, type Stack, synthesise } from './synthesised.ts';

/**
 * The checks that checkov (CKV…) and trivy (GCP-…) make for the resources we use. A check either finds nothing, or
 * what it finds is accepted for a reason; a reason that is no longer needed fails as well.
 */
interface Check {
  readonly ids: string;
  readonly what: string;
  /** What breaks the rule, by name. */
  readonly finds: (stack: Stack) => string[];
  readonly acceptedBecause?: string;
}

const all = (stack: Stack, type: string) => Object.entries(stack.all(type));
const those = (stack: Stack, type: string, isWrong: (resource: never) => boolean): string[] =>
  all(stack, type)
    .filter(([, resource]) => isWrong(resource as never))
    .map(([name]) => name);
// biome-ignore lint/suspicious/noExplicitAny: Terraform's JSON has a shape for each resource type
type Any = any;
const granted = (stack: Stack, pattern: RegExp) =>
  grants(stack).filter((line) => pattern.test(line));
const withoutKey = (type: string, key: (resource: Any) => unknown) => (stack: Stack) =>
  those(stack, type, (resource) => key(resource) === undefined);

const GOOGLE_KEYS =
  "Google encrypts with its own keys. A key of one's own adds a way to lose all data and is for those whose rules demand it";
const ACCESS_LOGS =
  'Cloud Audit Logs tell who read what; usage logs of the old kind would need another bucket that has none';

const CHECKS: readonly Check[] = [
  {
    ids: 'CKV_GCP_28, CKV_GCP_99, 100, 101, 102, 107; CKV_GCP_15; GCP-0001, GCP-0046',
    what: 'nothing is open to everybody',
    finds: (stack) => granted(stack, /^all(Authenticated)?Users/),
  },
  {
    ids: 'CKV_GCP_29, GCP-0002',
    what: 'buckets have uniform access',
    finds: (stack) =>
      those(stack, 'google_storage_bucket', (b: Any) => !b.uniform_bucket_level_access),
  },
  {
    ids: 'CKV_GCP_114',
    what: 'buckets cannot be made public',
    finds: (stack) =>
      those(stack, 'google_storage_bucket', (b: Any) => b.public_access_prevention !== 'enforced'),
  },
  {
    ids: 'CKV_GCP_78, GCP-0078',
    what: 'buckets keep old versions',
    finds: (stack) => those(stack, 'google_storage_bucket', (b: Any) => !b.versioning?.enabled),
  },
  {
    ids: 'CKV_GCP_62, GCP-0077',
    what: 'buckets log accesses',
    finds: withoutKey('google_storage_bucket', (bucket) => bucket.logging),
    acceptedBecause: ACCESS_LOGS,
  },
  {
    ids: 'GCP-0066',
    what: 'buckets are encrypted with own keys',
    finds: withoutKey('google_storage_bucket', (bucket) => bucket.encryption),
    acceptedBecause: GOOGLE_KEYS,
  },
  {
    ids: 'CKV_GCP_80, CKV_GCP_81',
    what: 'BigQuery is encrypted with own keys',
    finds: (stack) => [
      ...withoutKey('google_bigquery_table', (table) => table.encryption_configuration)(stack),
      ...withoutKey(
        'google_bigquery_dataset',
        (set) => set.default_encryption_configuration,
      )(stack),
    ],
    acceptedBecause: GOOGLE_KEYS,
  },
  {
    ids: 'CKV_GCP_83',
    what: 'topics are encrypted with own keys',
    finds: withoutKey('google_pubsub_topic', (topic) => topic.kms_key_name),
    acceptedBecause: GOOGLE_KEYS,
  },
  {
    ids: 'CKV_GCP_84',
    what: 'the image repository is encrypted with own keys',
    finds: withoutKey(
      'google_artifact_registry_repository',
      (repository) => repository.kms_key_name,
    ),
    acceptedBecause: GOOGLE_KEYS,
  },
  {
    ids: 'CKV_GCP_121',
    what: 'tables cannot be deleted by accident',
    finds: (stack) =>
      those(
        stack,
        'google_bigquery_table',
        (table: Any) => !table.deletion_protection && !table.view,
      ),
  },
  {
    ids: 'CKV_GCP_41, GCP-0011',
    what: 'nobody may act as every identity of the project',
    finds: (stack) => granted(stack, /iam\.serviceAccount(TokenCreator|User) on project/),
  },
  {
    ids: 'CKV_GCP_42, 49, 117; GCP-0007',
    what: 'nobody rules the project',
    finds: (stack) => granted(stack, /(owner|editor|[aA]dmin) on/),
  },
  {
    ids: 'CKV_GCP_124, CKV2_GCP_10',
    what: 'functions are called from inside only',
    finds: (stack) =>
      those(
        stack,
        'google_cloudfunctions2_function',
        (one: Any) => one.service_config.ingress_settings !== 'ALLOW_INTERNAL_ONLY',
      ),
  },
  {
    ids: 'CKV_GCP_95, CKV_GCP_97',
    what: 'Redis wants a password and encrypts',
    finds: (stack) =>
      those(
        stack,
        'google_redis_instance',
        (redis: Any) =>
          !redis.auth_enabled || redis.transit_encryption_mode !== 'SERVER_AUTHENTICATION',
      ),
  },
  {
    ids: 'CKV_GCP_26, CKV_GCP_74, GCP-0029',
    what: 'subnetworks log flows and reach Google privately',
    finds: (stack) =>
      those(
        stack,
        'google_compute_subnetwork',
        (net: Any) => !net.log_config || !net.private_ip_google_access,
      ),
  },
];

const options = { hasArchive: true, hasRedis: true };
const { bootstrap, pipeline } = synthesise('prod', GATEWAYS, options);

test.each(CHECKS)('$what ($ids)', ({ finds, acceptedBecause }) => {
  const found = [...finds(bootstrap), ...finds(pipeline)];
  if (acceptedBecause === undefined) expect(found).toEqual([]);
  else expect(found, 'accepted, but nothing is found: delete the acceptance').not.toEqual([]);
});

test('each check fails where its rule is broken', () => {
  const broken: Stack = {
    ...pipeline,
    all: (type) =>
      ({
        google_storage_bucket: { bucket: { versioning: { enabled: false } } },
        google_bigquery_table: { table: { deletion_protection: false } },
        google_cloudfunctions2_function: {
          open: { service_config: { ingress_settings: 'ALLOW_ALL' } },
        },
        google_redis_instance: { redis: { auth_enabled: false } },
        google_compute_subnetwork: { net: {} },
      })[type] ?? {},
    json: {
      resource: {
        google_pubsub_topic_iam_member: {
          a: { topic: 't', role: 'roles/pubsub.admin', member: 'allUsers' },
          b: { project: 'p', role: 'roles/iam.serviceAccountUser', member: 'user:x' },
        },
        google_project_iam_member: {
          c: { project: 'p', role: 'roles/iam.serviceAccountUser', member: 'user:x' },
        },
      },
    },
  };
  const silent = CHECKS.filter(({ acceptedBecause }) => acceptedBecause === undefined).filter(
    ({ finds }) => finds(broken).length === 0,
  );
  expect(silent.map(({ what }) => what)).toEqual([]);
});

test('in dev tables may be deleted, so that an experiment can be cleared away', () => {
  const check = CHECKS.find(({ ids }) => ids === 'CKV_GCP_121');
  expect(check?.finds(synthesise('dev').pipeline)).not.toEqual([]);
});
