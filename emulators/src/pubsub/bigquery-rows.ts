import type { Delivery } from './backlog.ts';

/** google.pubsub.v1.BigQueryConfig */
export interface BigQueryConfig {
  /** `PROJECT.DATASET.TABLE` or `PROJECT:DATASET.TABLE` */
  readonly table?: string;
  readonly useTopicSchema?: boolean;
  readonly useTableSchema?: boolean;
  readonly writeMetadata?: boolean;
  readonly dropUnknownFields?: boolean;
}

/** The type of each column of a table, e.g. `{ value: 'FLOAT' }`. */
export type Columns = Readonly<Record<string, string>>;

export type Row = Readonly<Record<string, unknown>>;

/**
 * The row that a BigQuery subscription writes for a message, or undefined if the message does not
 * fit the table.
 *
 * - with a schema (of the topic or the table): the fields of the JSON data, by name
 * - without: the column `data`
 * - with metadata: `subscription_name`, `message_id`, `publish_time` and `attributes` as well
 *
 * Source: https://cloud.google.com/pubsub/docs/bigquery
 */
export function toRow(
  subscriptionName: string,
  config: BigQueryConfig,
  columns: Columns,
  { message }: Delivery,
): Row | undefined {
  const data = Buffer.from(message.data.buffer, message.data.byteOffset, message.data.length);
  const hasSchema = config.useTopicSchema === true || config.useTableSchema === true;
  const content = hasSchema ? fields(data, config, columns) : { data: dataValue(data, columns) };
  if (content === undefined) return undefined;
  if (!config.writeMetadata) return content;
  return {
    ...content,
    subscription_name: subscriptionName,
    message_id: message.messageId,
    publish_time: new Date(message.publishedAtMs).toISOString(),
    attributes: JSON.stringify(message.attributes),
  };
}

function fields(data: Buffer, config: BigQueryConfig, columns: Columns): Row | undefined {
  const json = parseObject(data);
  if (json === undefined) return undefined;
  const unknown = Object.keys(json).filter((name) => !Object.hasOwn(columns, name));
  if (unknown.length === 0) return json;
  if (!config.dropUnknownFields) return undefined;
  return Object.fromEntries(Object.entries(json).filter(([name]) => !unknown.includes(name)));
}

function dataValue(data: Buffer, { data: type }: Columns): string {
  return type === 'BYTES' ? data.toString('base64') : data.toString();
}

function parseObject(data: Buffer): Row | undefined {
  try {
    const json: unknown = JSON.parse(data.toString());
    return typeof json === 'object' && json !== null && !Array.isArray(json)
      ? (json as Row)
      : undefined;
  } catch {
    return undefined;
  }
}
