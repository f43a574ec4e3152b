import { BigqueryTable } from '@cdktf/provider-google/lib/bigquery-table/index.js';
import { BigqueryTableIamMember } from '@cdktf/provider-google/lib/bigquery-table-iam-member/index.js';
import { PubsubSubscription } from '@cdktf/provider-google/lib/pubsub-subscription/index.js';
import { labelsOf } from '@plumbline/contracts';
import { Construct } from 'constructs';
import type { Platform } from './push-function.ts';
import { serviceAccount } from './service-account.ts';
import type { Warehouse } from './warehouse.ts';

/** The columns that a BigQuery subscription without a schema writes: https://cloud.google.com/pubsub/docs/bigquery#properties_subscription */
const COLUMNS = [
  { name: 'subscription_name', type: 'STRING', description: 'The subscription that wrote the row' },
  { name: 'message_id', type: 'STRING', description: 'The Pub/Sub message' },
  { name: 'publish_time', type: 'TIMESTAMP', description: 'When Pub/Sub took the message' },
  // Messages of a few readings are compressed: as a string they would be refused.
  { name: 'data', type: 'BYTES', description: 'The message as it came, JSON or gzip of it' },
  { name: 'attributes', type: 'STRING', description: 'Attributes of the message, as JSON' },
];

/** Keeps every message as it came, without code in between, for a year: the last resort for a replay. */
export function archive(
  parent: Construct,
  { config, topics }: Platform,
  warehouse: Warehouse,
): void {
  const scope = new Construct(parent, 'archive');
  const writer = serviceAccount(scope, 'archive', 'Pub/Sub writes the archive as this identity');
  const table = new BigqueryTable(scope, 'table', {
    datasetId: warehouse.dataset.datasetId,
    tableId: 'messages_archive',
    description: 'Every message of the topic readings as it came, at least once',
    labels: labelsOf('readings'),
    schema: JSON.stringify(COLUMNS.map((column) => ({ mode: 'NULLABLE', ...column }))),
    timePartitioning: { type: 'DAY', field: 'publish_time', expirationMs: 365 * 86_400_000 },
    deletionProtection: config.isProtected,
  });
  const mayWrite = new BigqueryTableIamMember(scope, 'writes', {
    datasetId: table.datasetId,
    tableId: table.tableId,
    role: 'roles/bigquery.dataEditor',
    member: writer.member,
  });
  new PubsubSubscription(scope, 'subscription', {
    name: 'readings-archive',
    topic: topics.readings.id,
    messageRetentionDuration: '604800s',
    expirationPolicy: { ttl: '' },
    retryPolicy: { minimumBackoff: '10s', maximumBackoff: '600s' },
    bigqueryConfig: {
      table: `${config.projectId}.${table.datasetId}.${table.tableId}`,
      writeMetadata: true,
      serviceAccountEmail: writer.email,
    },
    dependsOn: [mayWrite],
  });
}
