import { readFileSync } from 'node:fs';
import { FUNCTIONS, TABLES } from '@plumbline/contracts';
import { expect, test } from 'vitest';
import { expressions, grants, target } from './references.ts';
import { GATEWAYS, type Stack, synthesise } from './synthesised.ts';

const { bootstrap, pipeline } = synthesise('dev', {
  PLUMBLINE_OPERATORS: 'user:ada@example.com',
  PLUMBLINE_VIEWERS: 'group:office@example.com',
});

test('the pipeline grants these rights and no others', () => {
  expect(grants(pipeline)).toEqual([
    'agent gcp-sa-bigquerydatatransfer: iam.serviceAccountTokenCreator on service_account aggregator',
    'agent gcp-sa-pubsub: iam.serviceAccountTokenCreator on service_account pubsub-push',
    'agent gcp-sa-pubsub: pubsub.publisher on pubsub_topic readings-dead',
    'agent gcp-sa-pubsub: pubsub.subscriber on pubsub_subscription readings-ingest',
    'aggregator: bigquery.dataEditor on bigquery_table aggregates_1m',
    'aggregator: bigquery.dataViewer on bigquery_dataset iot_data',
    'aggregator: bigquery.jobUser on project plumbline-test',
    'dashboard: bigquery.dataViewer on bigquery_dataset iot_data',
    'dashboard: bigquery.jobUser on project plumbline-test',
    'dashboard: monitoring.viewer on project plumbline-test',
    'dashboard: run.invoker on cloud_run_v2_service ml-server',
    'dead-letter: bigquery.dataEditor on bigquery_table dead_letters',
    'detect: bigquery.dataEditor on bigquery_table anomalies',
    'detect: bigquery.dataEditor on bigquery_table predictions',
    'detect: pubsub.publisher on pubsub_topic anomalies',
    'detect: run.invoker on cloud_run_v2_service ml-server',
    'gateway: pubsub.publisher on pubsub_topic readings',
    'gateway: pubsub.publisher on pubsub_topic readings-dead',
    'group:office@example.com: run.invoker on cloud_run_v2_service dashboard',
    'ingest: bigquery.dataEditor on bigquery_table dead_letters',
    'ingest: bigquery.dataEditor on bigquery_table readings_raw',
    'ml-server: storage.objectViewer on storage_bucket plumbline-test-models',
    'pubsub-push: run.invoker on cloud_run_v2_service dead-letter',
    'pubsub-push: run.invoker on cloud_run_v2_service detect',
    'pubsub-push: run.invoker on cloud_run_v2_service ingest',
    'scheduler: run.invoker on cloud_run_v2_job trainer',
    'trainer: bigquery.dataEditor on bigquery_table model_versions',
    'trainer: bigquery.dataViewer on bigquery_dataset iot_data',
    'trainer: bigquery.jobUser on project plumbline-test',
    'trainer: storage.objectCreator on storage_bucket plumbline-test-models',
    'trainer: storage.objectUser on storage_bucket plumbline-test-models if only-pointers',
    'trainer: storage.objectViewer on storage_bucket plumbline-test-models',
    'user:ada@example.com: pubsub.publisher on pubsub_topic readings',
    'user:ada@example.com: run.invoker on cloud_run_v2_service ml-server',
  ]);
});

test('a function may write to the tables that its code writes to, and to no others', () => {
  const granted = grants(pipeline)
    .map((line) => line.match(/^([\w-]+): bigquery\.dataEditor on bigquery_table (\w+)$/)?.slice(1))
    .filter((match) => match !== undefined && !['aggregator', 'trainer'].includes(match[0] ?? ''));
  const written = Object.keys(FUNCTIONS).flatMap((name) => {
    const main = new URL(`../../functions/src/${name}/main.ts`, import.meta.url);
    const source = readFileSync(main, 'utf8');
    const tables = Object.keys(TABLES).filter((table) => source.includes(`'${table}'`));
    return tables.map((table) => [name, table]);
  });
  expect(written).not.toEqual([]);
  expect(written.sort()).toEqual(granted.sort());
});

test('the bootstrap stack lets the builder build and nothing else', () => {
  expect(grants(bootstrap)).toEqual([
    'builder: artifactregistry.writer on artifact_registry_repository plumbline',
    'builder: logging.logWriter on project plumbline-test',
    'builder: storage.objectViewer on project plumbline-test if function-sources',
    'builder: storage.objectViewer on storage_bucket plumbline-test-source',
  ]);
});

test('each way to open the dashboard lets in whom it says', () => {
  const opened = (access: string) =>
    grants(
      synthesise('dev', {
        PLUMBLINE_DASHBOARD_ACCESS: access,
        PLUMBLINE_VIEWERS: access === 'public' ? '' : 'user:ada@example.com',
      }).pipeline,
    ).filter((line) => line.endsWith(' dashboard'));
  expect(opened('private')).toEqual([
    'user:ada@example.com: run.invoker on cloud_run_v2_service dashboard',
  ]);
  expect(opened('iap')).toEqual([
    'agent gcp-sa-iap: run.invoker on cloud_run_v2_service dashboard',
    'user:ada@example.com: iap.httpsResourceAccessor on iap_web_cloud_run_service dashboard',
  ]);
  expect(opened('public')).toEqual(['allUsers: run.invoker on cloud_run_v2_service dashboard']);
});

test('a gateway and a coordinator get what they need when they are asked for', () => {
  const rights = grants(synthesise('dev', GATEWAYS).pipeline);
  const plain = grants(synthesise('dev').pipeline);
  expect(rights.filter((line) => !plain.includes(line))).toEqual([
    'coordinator: bigquery.dataEditor on bigquery_table federated_participants',
    'coordinator: bigquery.dataEditor on bigquery_table federated_rounds',
    'coordinator: storage.objectUser on storage_bucket plumbline-test-models if only-federated',
    'coordinator: storage.objectViewer on storage_bucket plumbline-test-models',
    'gateway-http: pubsub.publisher on pubsub_topic readings',
    'gateway-mqtt: pubsub.publisher on pubsub_topic readings',
    'gateway-mqtt: pubsub.publisher on pubsub_topic readings-dead',
    'gateway-mqtt: secretmanager.secretAccessor on secret_manager_secret mqtt-ca',
    'gateway-mqtt: secretmanager.secretAccessor on secret_manager_secret mqtt-password',
    'user:ada@example.com: run.invoker on cloud_run_v2_service coordinator',
    'user:ada@example.com: run.invoker on cloud_run_v2_service gateway-http',
  ]);
});

test.each([
  ['PLUMBLINE_HTTP_GATEWAY', 'gateway-http', 'DEVICE_KEYS_FILE'],
  ['PLUMBLINE_COORDINATOR', 'coordinator', 'CLIENT_KEYS_FILE'],
])(
  '%s=keys opens %s to devices without a Google identity, and makes it ask for keys',
  (variable, name, file) => {
    const { pipeline: open } = synthesise('dev', { [variable]: 'keys' });
    expect(grants(open).filter((line) => line.startsWith('allUsers'))).toEqual([
      `allUsers: run.invoker on cloud_run_v2_service ${name}`,
    ]);
    const { template } = open.one('google_cloud_run_v2_service', 'name', name);
    const [container] = template.containers;
    const keys = container.env.find((one: Record<string, string>) => one.name === file);
    const [item] = template.volumes[0].secret.items;
    expect(keys.value).toBe(`${container.volume_mounts[0].mount_path}/${item.path}`);
  },
);

const everything = {
  ...GATEWAYS,
  PLUMBLINE_DASHBOARD_ACCESS: 'iap',
  PLUMBLINE_BILLING_ACCOUNT: '012345-6789AB-CDEF01',
  PLUMBLINE_BUDGET_USD: '20',
};
const large = synthesise('prod', everything, { hasArchive: true, hasRedis: true });
const STACKS: [string, Stack][] = [
  ['bootstrap-dev', bootstrap],
  ['pipeline-dev', pipeline],
  ['bootstrap-prod with all options', large.bootstrap],
  ['pipeline-prod with all options', large.pipeline],
];

test.each(STACKS)('%s: every reference leads to something that the stack makes', (_, stack) => {
  const known = (reference: string) => {
    const [type, name] = target(reference);
    return reference.startsWith('data.') ? stack.json.data[type]?.[name] : stack.all(type)[name];
  };
  const dependencies = Object.values<Record<string, { depends_on?: string[] }>>(stack.json.resource)
    .flatMap((all) => Object.values(all))
    .flatMap((resource) => resource.depends_on ?? []);
  const references = [...expressions(stack.json), ...dependencies];
  expect(references).not.toHaveLength(0);
  expect(references.filter((reference) => !known(reference))).toEqual([]);
});

test.each(STACKS)(
  '%s: nobody gets a role that rules a project, and rights are only added',
  (_, stack) => {
    for (const line of grants(stack)) {
      expect(line).not.toMatch(
        /: (owner|editor|viewer)\b|[aA]dmin\b|allAuthenticatedUsers|allUsers/,
      );
    }
    const authoritative = Object.keys(stack.json.resource).filter((type) =>
      /_iam_(policy|binding)$/.test(type),
    );
    expect(authoritative).toEqual([]);
  },
);

test.each(STACKS)('%s: everything that runs has an identity of its own', (_, stack) => {
  const identities = [
    ...Object.values(stack.all('google_cloudfunctions2_function')).map(
      (one) => one.service_config.service_account_email,
    ),
    ...Object.values(stack.all('google_cloud_run_v2_service')).map(
      (one) => one.template.service_account,
    ),
    ...Object.values(stack.all('google_cloud_run_v2_worker_pool')).map(
      (one) => one.template.service_account,
    ),
    ...Object.values(stack.all('google_cloud_run_v2_job')).map(
      (one) => one.template.template.service_account,
    ),
    // All scheduled queries are one component: they write the same table.
    ...new Set(
      Object.values(stack.all('google_bigquery_data_transfer_config')).map(
        (one) => one.service_account_name,
      ),
    ),
  ];
  for (const identity of identities) expect(identity).toMatch(/^\$\{google_service_account\./);
  expect(new Set(identities).size).toBe(identities.length);
});
