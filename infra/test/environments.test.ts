import { TABLES } from '@plumbline/contracts';
import { expect, test } from 'vitest';
import { ENVIRONMENTS } from '../src/environments.ts';
import { GATEWAYS, type Stack, synthesise } from './synthesised.ts';

/** Every value of a stack by its path, so that two stacks can be compared. */
function leaves(value: unknown, path = ''): [string, unknown][] {
  if (typeof value !== 'object' || value === null) return [[path, value]];
  return Object.entries(value).flatMap(([key, inner]) =>
    key === '//' ? [] : leaves(inner, path === '' ? key : `${path}.${key}`),
  );
}

function differences(a: Stack, b: Stack): string[] {
  const [before, after] = [new Map(leaves(a.json)), new Map(leaves(b.json))];
  return [...new Set([...before.keys(), ...after.keys()])]
    .filter((path) => before.get(path) !== after.get(path))
    .map((path) => path.replaceAll(/_[0-9A-F]{8}(?=\.|$)/g, ''));
}

test('synthesising twice gives the same bytes', () => {
  const [first, second] = [synthesise('prod'), synthesise('prod')];
  expect(second.pipeline.text).toBe(first.pipeline.text);
  expect(second.bootstrap.text).toBe(first.bootstrap.text);
});

test('a stack says nothing of the machine on which it was made', () => {
  const { bootstrap, pipeline } = synthesise('dev');
  expect(bootstrap.text + pipeline.text).not.toContain(process.cwd());
  expect(bootstrap.text + pipeline.text).not.toMatch(/"\/(home|root|Users|tmp|work)\//);
});

test('dev and prod differ in protection, sizes and names of their own, and in nothing else', () => {
  const [dev, prod] = [synthesise('dev').pipeline, synthesise('prod').pipeline];
  const kinds = new Set(
    differences(dev, prod).map((path) =>
      path
        .replace(/^resource\.(google_\w+)\.[^.]+\./, '$1 ')
        .replace(/containers\.0\.resources\.limits\.\w+/, 'limits'),
    ),
  );
  expect([...kinds].sort()).toEqual([
    'google_bigquery_dataset delete_contents_on_destroy',
    'google_bigquery_table deletion_protection',
    'google_cloud_quotas_quota_preference quota_config.preferred_value',
    'google_cloud_run_v2_job deletion_protection',
    'google_cloud_run_v2_job template.template.limits',
    'google_cloud_run_v2_job template.template.timeout',
    'google_cloud_run_v2_service deletion_protection',
    // How many devices the ML server remembers, which follows from its memory.
    'google_cloud_run_v2_service template.containers.0.env.3.value',
    // What a million readings cost, for the dashboard.
    'google_cloud_run_v2_service template.containers.0.env.4.value',
    'google_cloud_run_v2_service template.limits',
    'google_cloud_run_v2_service template.scaling.max_instance_count',
    'google_cloud_run_v2_service template.scaling.min_instance_count',
    'google_cloudfunctions2_function service_config.max_instance_count',
    'google_monitoring_alert_policy documentation.subject',
    'google_storage_bucket force_destroy',
    'provider.google.0.default_labels.environment',
    'terraform.backend.gcs.prefix',
  ]);
});

test('in prod nothing that holds data can be deleted by a deployment', () => {
  const { bootstrap, pipeline } = synthesise('prod', {}, { hasArchive: true });
  const tables = Object.values(pipeline.all('google_bigquery_table')).filter(({ view }) => !view);
  expect(tables).toHaveLength(Object.keys(TABLES).length + 1);
  for (const table of tables) expect(table.deletion_protection).toBe(true);
  for (const service of Object.values(pipeline.all('google_cloud_run_v2_service'))) {
    expect(service.deletion_protection).toBe(true);
  }
  for (const stack of [bootstrap, pipeline]) {
    for (const bucket of Object.values(stack.all('google_storage_bucket'))) {
      expect(bucket.force_destroy).toBe(false);
    }
  }
  expect(Object.values(pipeline.all('google_bigquery_dataset'))[0].delete_contents_on_destroy).toBe(
    false,
  );
});

test('destroying an environment leaves the APIs of the project on', () => {
  for (const api of Object.values(synthesise('dev').bootstrap.all('google_project_service'))) {
    expect(api.disable_on_destroy).toBe(false);
  }
});

test('options add what they name', () => {
  const plain = synthesise('dev').pipeline;
  const types = (stack: Stack) => new Set(Object.keys(stack.json.resource));
  const added = (stack: Stack) =>
    [...types(stack)].filter((type) => !types(plain).has(type)).sort();

  const budget = synthesise('dev', {
    PLUMBLINE_BILLING_ACCOUNT: '012345-6789AB-CDEF01',
    PLUMBLINE_BUDGET_USD: '20',
  });
  expect(added(budget.pipeline)).toEqual(['google_billing_budget']);
  const redis = synthesise('dev', {}, { hasRedis: true });
  expect(added(redis.pipeline)).toEqual([
    'google_compute_network',
    'google_compute_subnetwork',
    'google_redis_instance',
    'google_secret_manager_secret',
    'google_secret_manager_secret_iam_member',
    'google_secret_manager_secret_version',
  ]);
  const archive = synthesise('dev', {}, { hasArchive: true });
  expect(
    archive.pipeline.one('google_pubsub_subscription', 'name', 'readings-archive').bigquery_config
      .table,
  ).toMatch(/^plumbline-test\./);
});

test('gateways and coordinator are there when a variable asks for them', () => {
  const { pipeline, bootstrap } = synthesise('dev', GATEWAYS);
  const names = (type: string) => Object.values(pipeline.all(type)).map(({ name }) => name);
  expect(names('google_cloud_run_v2_service').sort()).toEqual([
    'coordinator',
    'dashboard',
    'gateway-http',
    'ml-server',
  ]);
  expect(names('google_cloud_run_v2_worker_pool')).toEqual(['gateway-mqtt']);
  expect(Object.keys(pipeline.json.output)).toEqual(
    expect.arrayContaining(['gateway_url', 'coordinator_url']),
  );
  expect(names('google_secret_manager_secret'), 'a person makes them').toEqual([]);
  const apis = Object.values(bootstrap.all('google_project_service')).map(({ service }) => service);
  expect(apis).toContain('secretmanager.googleapis.com');
});

test('the bridge finds its broker and its secrets', () => {
  const { pipeline } = synthesise('dev', GATEWAYS);
  const pool = pipeline.one('google_cloud_run_v2_worker_pool', 'name', 'gateway-mqtt');
  const [container] = pool.template.containers;
  const env = container.env.map(({ name, value }: Record<string, string>) => [name, value]);
  expect(Object.fromEntries(env)).toEqual({
    GOOGLE_CLOUD_PROJECT: 'plumbline-test',
    MQTT_URL: 'mqtts://broker.example.com:8883',
    MQTT_USERNAME: 'bridge',
    MQTT_PASSWORD_FILE: '/secrets/mqtt-password/value',
    MQTT_CA_FILE: '/secrets/mqtt-ca/value',
  });
  expect(container.volume_mounts.map((mount: Record<string, string>) => mount.mount_path)).toEqual([
    '/secrets/mqtt-password',
    '/secrets/mqtt-ca',
  ]);
  expect(pool.scaling).toEqual({ scaling_mode: 'MANUAL', manual_instance_count: 1 });
});

test('there is one coordinator, always, with a processor between requests', () => {
  const { pipeline } = synthesise('prod', GATEWAYS);
  const { template } = pipeline.one('google_cloud_run_v2_service', 'name', 'coordinator');
  expect(template.scaling).toEqual({ min_instance_count: 1, max_instance_count: 1 });
  expect(template.containers[0].resources.cpu_idle).toBe(false);
});

test('forests and rules alone need no shared memory, and so may be many', () => {
  const { mlServer } = ENVIRONMENTS.prod;
  const many = { detectors: 'forest' as const, mlServer: { ...mlServer, maxInstances: 50 } };
  const server = synthesise('prod', {}, many).pipeline.one(
    'google_cloud_run_v2_service',
    'name',
    'ml-server',
  );
  expect(server.template.containers[0].env).toContainEqual({ name: 'DETECTORS', value: 'forest' });
  expect(() => synthesise('prod', {}, { ...many, hasRedis: true })).toThrow(
    'hasRedis has no effect',
  );
});

test('functions write by the API that the environment names', () => {
  const writers = (stack: Stack) =>
    Object.values(stack.all('google_cloudfunctions2_function')).map(
      (one) => one.service_config.environment_variables.WAREHOUSE_WRITER,
    );
  expect(new Set(writers(synthesise('prod').pipeline))).toEqual(new Set(['storage-write']));
  expect(
    new Set(writers(synthesise('dev', {}, { warehouseWriter: 'insert-all' }).pipeline)),
  ).toEqual(new Set(['insert-all']));
});

test('a sign-in page of Google needs the beta provider, and nothing else does', () => {
  const iap = synthesise('dev', { PLUMBLINE_DASHBOARD_ACCESS: 'iap' }).pipeline;
  expect(iap.one('google_cloud_run_v2_service', 'name', 'dashboard')).toMatchObject({
    provider: 'google-beta',
    launch_stage: 'BETA',
    iap_enabled: true,
  });
  expect(Object.keys(iap.json.provider)).toEqual(['google', 'google-beta']);
  expect(Object.keys(synthesise('dev').pipeline.json.provider)).toEqual(['google']);
});

test('services listen where Cloud Run looks for them', () => {
  for (const service of Object.values(
    synthesise('dev').pipeline.all('google_cloud_run_v2_service'),
  )) {
    const [container] = service.template.containers;
    expect(container.env).toContainEqual({ name: 'HOST', value: '0.0.0.0' });
    expect(container.ports).toEqual({ container_port: 8080 });
    expect(container.startup_probe.http_get.path).toBe('/health');
  }
});
