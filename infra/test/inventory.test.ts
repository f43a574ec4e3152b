import {
  FUNCTIONS,
  ROUTINES,
  type Routine,
  type RoutineName,
  routineSql,
  SCHEDULED_QUERIES,
  SUBSCRIPTIONS,
  scheduledSql,
  TABLES,
  type TableName,
  TOPIC_SCHEMAS,
  TOPICS,
  type TopicName,
  TRAINING_SCHEDULE,
  VIEWS,
  type ViewName,
  viewSql,
} from '@plumbline/contracts';
import { expect, test } from 'vitest';
import { cron } from '../src/cron.ts';
import { type Stack, synthesise } from './synthesised.ts';

const { bootstrap, pipeline, emulator } = synthesise('dev');

function counts(stack: Stack): Record<string, number> {
  return Object.fromEntries(
    Object.entries<object>(stack.json.resource).map(([type, all]) => [
      type,
      Object.keys(all).length,
    ]),
  );
}

test('the bootstrap stack holds what must exist before the pipeline', () => {
  expect(counts(bootstrap)).toEqual({
    google_artifact_registry_repository: 1,
    google_artifact_registry_repository_iam_member: 1,
    google_project_iam_member: 2,
    google_project_service: 17,
    google_project_service_identity: 2,
    google_service_account: 1,
    google_storage_bucket: 2,
    google_storage_bucket_iam_member: 1,
    time_sleep: 1,
  });
});

test('the pipeline stack holds every part of the pipeline', () => {
  expect(counts(pipeline)).toEqual({
    google_bigquery_data_transfer_config: Object.keys(SCHEDULED_QUERIES).length,
    google_bigquery_dataset: 1,
    google_bigquery_dataset_iam_member: 3,
    google_bigquery_routine: Object.keys(ROUTINES).length,
    google_bigquery_table: Object.keys(TABLES).length + Object.keys(VIEWS).length,
    google_bigquery_table_iam_member: 7,
    google_cloud_quotas_quota_preference: 1,
    google_cloud_run_v2_job: 1,
    google_cloud_run_v2_job_iam_member: 1,
    google_cloud_run_v2_service: 2,
    google_cloud_run_v2_service_iam_member: 7,
    google_cloud_scheduler_job: 1,
    google_cloudfunctions2_function: Object.keys(FUNCTIONS).length,
    google_monitoring_alert_policy: 11,
    google_monitoring_dashboard: 1,
    google_monitoring_notification_channel: 1,
    google_project_iam_member: 4,
    google_pubsub_schema: Object.keys(TOPIC_SCHEMAS).length,
    google_pubsub_subscription: Object.keys(SUBSCRIPTIONS).length,
    google_pubsub_subscription_iam_member: 1,
    google_pubsub_topic: Object.keys(TOPICS).length,
    google_pubsub_topic_iam_member: 5,
    google_service_account: 10,
    google_service_account_iam_member: 2,
    google_storage_bucket: 1,
    google_storage_bucket_iam_member: 4,
    google_storage_bucket_object: Object.keys(FUNCTIONS).length,
  });
});

test.each(Object.keys(TABLES) as TableName[])(
  'table %s is as the contracts describe it',
  (name) => {
    const table = pipeline.one('google_bigquery_table', 'table_id', name);
    expect(JSON.parse(table.schema)).toEqual(TABLES[name].columns);
    expect(table).toMatchObject({
      description: TABLES[name].description,
      labels: { app: 'plumbline', data: TABLES[name].kind },
      clustering: TABLES[name].clusterBy,
      time_partitioning: {
        type: TABLES[name].partitionUnit,
        field: TABLES[name].partitionBy,
        expiration_ms: TABLES[name].expirationDays * 86_400_000,
      },
    });
  },
);

test.each(Object.keys(VIEWS) as ViewName[])('view %s has the query of the contracts', (name) => {
  const view = pipeline.one('google_bigquery_table', 'table_id', name);
  expect(view.view).toEqual({ query: viewSql(name), use_legacy_sql: false });
  expect(view.labels).toEqual({ app: 'plumbline', data: 'views' });
});

test('no table or view of any stack is without labels', () => {
  const { pipeline: withArchive } = synthesise('dev', {}, { hasArchive: true });
  const all = [withArchive, emulator].flatMap((stack) =>
    Object.values(stack.all('google_bigquery_table')),
  );
  expect(all.length).toBeGreaterThan(2 * Object.keys({ ...TABLES, ...VIEWS }).length);
  for (const { table_id, labels } of all) {
    expect(labels, table_id).toEqual({
      app: expect.stringMatching(/^[a-z]+$/),
      data: expect.stringMatching(/^[a-z]+$/),
    });
  }
});

test('what queries read in a day is bounded for each identity, above what the trainer may ask for', () => {
  const [quota] = Object.values(pipeline.all('google_cloud_quotas_quota_preference'));
  expect(quota).toMatchObject({
    parent: 'projects/plumbline-test',
    service: 'bigquery.googleapis.com',
    quota_id: 'QueryUsagePerUserPerDay',
  });
  const mebibytes = Number(quota.quota_config.preferred_value);
  expect(mebibytes * 2 ** 20).toBeGreaterThan(24 * 3 * 20e9);
  expect(mebibytes).toBeLessThanOrEqual(4 * 2 ** 20);
});

test.each(Object.keys(ROUTINES) as RoutineName[])(
  'function %s has the text, the parameters and the type of the contracts',
  (name) => {
    const routine = pipeline.one('google_bigquery_routine', 'routine_id', name);
    const { kind, parameters, returns }: Routine = ROUTINES[name];
    expect(routine.definition_body).toBe(routineSql(name));
    expect(routine.routine_type).toBe(kind);
    expect(
      routine.arguments.map((one: Record<string, string>) => [
        one.name,
        JSON.parse(one.data_type ?? ''),
      ]),
    ).toEqual(parameters.map((one) => [one.name, { typeKind: one.type }]));
    expect(routine.return_type && JSON.parse(routine.return_type).typeKind).toBe(returns);
  },
);

test('the topics keep messages as long, and ask for the shape, that the contracts say', () => {
  for (const name of Object.keys(TOPICS) as TopicName[]) {
    const topic = pipeline.one('google_pubsub_topic', 'name', name);
    expect(topic.message_retention_duration).toBe(`${TOPICS[name].retentionHours * 3_600}s`);
    const declared = TOPIC_SCHEMAS[name];
    if (declared === undefined) {
      expect(topic.schema_settings, name).toBeUndefined();
      continue;
    }
    expect(topic.schema_settings.encoding).toBe(declared.encoding);
    const schema = pipeline.one('google_pubsub_schema', 'name', declared.name);
    expect(schema).toMatchObject({ type: declared.type, definition: declared.definition });
  }
  // A bad reading must become a dead letter with its reason, not an error that its device throws away.
  expect(TOPIC_SCHEMAS.readings).toBeUndefined();
});

test('a view is made after the tables and the views that it may read', () => {
  const names = Object.keys(VIEWS);
  const last = pipeline.one('google_bigquery_table', 'table_id', names.at(-1) ?? '');
  expect(last.depends_on).toHaveLength(Object.keys(TABLES).length + names.length - 1);
});

test('scheduled queries run off the hour, as the contracts say', () => {
  for (const name of Object.keys(SCHEDULED_QUERIES) as (keyof typeof SCHEDULED_QUERIES)[]) {
    const { everyMinutes, startMinute } = SCHEDULED_QUERIES[name];
    const query = pipeline.one('google_bigquery_data_transfer_config', 'display_name', name);
    expect(query.params).toEqual({ query: scheduledSql(name) });
    expect(query.schedule).toBe(`every ${everyMinutes} minutes`);
    expect(new Date(query.schedule_options.start_time).getUTCMinutes()).toBe(startMinute);
    // https://cloud.google.com/bigquery/docs/scheduling-queries: no more often, and on the hour it may run twice.
    expect(everyMinutes).toBeGreaterThanOrEqual(5);
    expect(startMinute % everyMinutes).not.toBe(0);
  }
});

test('training runs by the clock of the contracts', () => {
  const job = pipeline.one('google_cloud_scheduler_job', 'name', 'train');
  expect(job.schedule).toBe(cron(TRAINING_SCHEDULE));
  expect(job.http_target.uri).toMatch(/jobs\/\$\{google_cloud_run_v2_job\.\S+\.name\}:run$/);
});

test('the dead-letter topic of every subscription has a subscriber, and Pub/Sub both rights', () => {
  const withDeadLetters = Object.entries(pipeline.all('google_pubsub_subscription')).filter(
    ([, subscription]) => subscription.dead_letter_policy,
  );
  expect(withDeadLetters).not.toHaveLength(0);
  for (const [id, { dead_letter_policy }] of withDeadLetters) {
    const topic = dead_letter_policy.dead_letter_topic;
    const readers = Object.values(pipeline.all('google_pubsub_subscription')).filter(
      (other) => other.topic === topic,
    );
    expect(readers, `subscriptions of ${topic}`).not.toHaveLength(0);

    const agent = expect.stringMatching(/@gcp-sa-pubsub\.iam\.gserviceaccount\.com$/);
    expect(Object.values(pipeline.all('google_pubsub_topic_iam_member'))).toContainEqual(
      expect.objectContaining({
        topic: topic.replace(/\.id}$/, '.name}'),
        role: 'roles/pubsub.publisher',
        member: agent,
      }),
    );
    expect(Object.values(pipeline.all('google_pubsub_subscription_iam_member'))).toContainEqual(
      expect.objectContaining({
        subscription: `\${google_pubsub_subscription.${id}.name}`,
        role: 'roles/pubsub.subscriber',
        member: agent,
      }),
    );
  }
});

test('every subscription of the contracts pushes with a token to its function, and never expires', () => {
  for (const [name, contract] of Object.entries(SUBSCRIPTIONS)) {
    const subscription = pipeline.one('google_pubsub_subscription', 'name', name);
    const [id] = Object.entries(pipeline.all('google_cloudfunctions2_function')).find(
      ([, target]) => target.name === contract.pushTo,
    ) ?? [''];
    const uri = `\${google_cloudfunctions2_function.${id}.service_config[0].uri}`;
    expect(subscription.push_config).toMatchObject({
      push_endpoint: uri,
      oidc_token: { audience: uri },
    });
    expect(subscription.expiration_policy).toEqual({ ttl: '' });
    expect(subscription.ack_deadline_seconds).toBe(contract.ackDeadlineSeconds);
    expect(subscription.enable_message_ordering).toBe(contract.isOrdered);
  }
});

test('a function deploys again when its bundle changes: the hash names the object', () => {
  for (const source of Object.values(pipeline.all('google_storage_bucket_object'))) {
    expect(source.name).toMatch(/^functions\/[a-z-]+-[0-9a-f]{64}\.zip$/);
  }
});

test('the stack for emulators has the topics, subscriptions, tables and bucket of the pipeline', () => {
  const named = (stack: Stack, type: string, attribute: string) =>
    Object.values(stack.all(type))
      .map((resource) => resource[attribute])
      .sort();
  for (const [type, attribute] of [
    ['google_pubsub_topic', 'name'],
    ['google_pubsub_subscription', 'name'],
    ['google_bigquery_table', 'table_id'],
    ['google_bigquery_table', 'schema'],
    ['google_bigquery_routine', 'definition_body'],
  ] as const) {
    expect(named(emulator, type, attribute), type).toEqual(named(pipeline, type, attribute));
  }
  expect(Object.keys(emulator.all('google_storage_bucket'))).toHaveLength(1);
  // Nothing of it may ever reach Google.
  for (const [name, value] of Object.entries<string>(emulator.json.provider.google[0])) {
    if (name.endsWith('_custom_endpoint')) expect(value).toMatch(/^http:\/\/127\.0\.0\.1:/);
  }
  expect(emulator.json.provider.google[0].access_token).toBe('emulator');
});
