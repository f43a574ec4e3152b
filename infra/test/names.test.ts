import { expect, test } from 'vitest';
import { GATEWAYS, synthesise } from './synthesised.ts';

/** What Google accepts as a name, each from its page. */
const LIMITS: readonly [type: string, attribute: string, pattern: RegExp][] = [
  // https://cloud.google.com/iam/docs/service-accounts-create
  ['google_service_account', 'account_id', /^[a-z][a-z0-9-]{4,28}[a-z0-9]$/],
  // https://cloud.google.com/pubsub/docs/pubsub-basics#resource_names
  ['google_pubsub_topic', 'name', /^(?!goog)[A-Za-z][\w.~+%-]{2,254}$/],
  ['google_pubsub_schema', 'name', /^(?!goog)[A-Za-z][\w.~+%-]{2,254}$/],
  ['google_pubsub_subscription', 'name', /^(?!goog)[A-Za-z][\w.~+%-]{2,254}$/],
  // https://cloud.google.com/storage/docs/buckets#naming
  ['google_storage_bucket', 'name', /^(?!goog)[a-z0-9][a-z0-9-]{1,61}[a-z0-9]$/],
  // https://cloud.google.com/bigquery/docs/datasets#dataset-naming
  ['google_bigquery_dataset', 'dataset_id', /^\w{1,1024}$/],
  ['google_bigquery_table', 'table_id', /^[\w-]{1,1024}$/],
  // https://cloud.google.com/bigquery/docs/reference/rest/v2/routines#RoutineReference
  ['google_bigquery_routine', 'routine_id', /^\w{1,256}$/],
  // https://cloud.google.com/run/docs/deploying#service-name: Functions make a service of the same name
  ['google_cloudfunctions2_function', 'name', /^[a-z]([a-z0-9-]{0,47}[a-z0-9])?$/],
  ['google_cloud_run_v2_service', 'name', /^[a-z]([a-z0-9-]{0,47}[a-z0-9])?$/],
  ['google_cloud_run_v2_worker_pool', 'name', /^[a-z]([a-z0-9-]{0,47}[a-z0-9])?$/],
  ['google_cloud_run_v2_job', 'name', /^[a-z]([a-z0-9-]{0,47}[a-z0-9])?$/],
  ['google_cloud_scheduler_job', 'name', /^[\w-]{1,500}$/],
  ['google_artifact_registry_repository', 'repository_id', /^[a-z]([a-z0-9-]{0,61}[a-z0-9])?$/],
  ['google_redis_instance', 'name', /^[a-z]([a-z0-9-]{0,38}[a-z0-9])?$/],
  ['google_secret_manager_secret', 'secret_id', /^[\w-]{1,255}$/],
  ['google_compute_network', 'name', /^[a-z]([a-z0-9-]{0,61}[a-z0-9])?$/],
  // https://cloud.google.com/monitoring/api/ref_v3/rest/v3/projects.alertPolicies
  ['google_monitoring_alert_policy', 'display_name', /^.{1,512}$/],
];

test('names are within the limits of Google, for the longest project id as well', () => {
  const { bootstrap, pipeline } = synthesise(
    'prod',
    { ...GATEWAYS, GOOGLE_CLOUD_PROJECT: `p${'x'.repeat(28)}9` },
    { hasArchive: true, hasRedis: true },
  );
  for (const [type, attribute, pattern] of LIMITS) {
    const named = [...Object.values(bootstrap.all(type)), ...Object.values(pipeline.all(type))];
    expect(named.length, type).toBeGreaterThan(0);
    for (const resource of named) expect(resource[attribute], type).toMatch(pattern);
  }
});

test('descriptions of identities fit', () => {
  const { pipeline } = synthesise('dev');
  for (const account of Object.values(pipeline.all('google_service_account'))) {
    expect(account.description.length).toBeLessThanOrEqual(256);
    expect(account.display_name.length).toBeLessThanOrEqual(100);
  }
});

test('no two identities of a project share a name', () => {
  const { bootstrap, pipeline } = synthesise('dev', GATEWAYS, { hasArchive: true });
  const ids = [bootstrap, pipeline].flatMap((stack) =>
    Object.values(stack.all('google_service_account')).map(({ account_id }) => account_id),
  );
  expect(new Set(ids).size).toBe(ids.length);
});
