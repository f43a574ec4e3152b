import type { Delivery } from './backlog.ts';
import type { Sending } from './batch-consumer.ts';
import type { BigQueryTables } from './bigquery-client.ts';
import { type BigQueryConfig, toRow } from './bigquery-rows.ts';
import type { Subscription } from './state.ts';

/** Batches on their way at once. */
const MAX_OUTSTANDING = 4;
const MAX_BATCH = 500;

/**
 * How a BigQuery subscription sends: batches of rows, each message with its id as insert id, so
 * that a redelivered message is stored once. A message that does not fit is retried like one that
 * was refused, and so ends in the dead-letter topic if there is one.
 */
export function bigQuerySending(
  subscription: Subscription,
  bigQuery: BigQueryTables | undefined,
): Sending {
  return {
    maxOutstanding: MAX_OUTSTANDING,
    maxBatch: MAX_BATCH,
    async send(deliveries) {
      const config = subscription.resource.bigqueryConfig as BigQueryConfig;
      // A kept subscription may outlive the option: its messages wait until it is given again.
      if (bigQuery === undefined) return deliveries.map(() => false);
      try {
        return await write(bigQuery, subscription.name, config, deliveries);
      } catch {
        return deliveries.map(() => false);
      }
    },
  };
}

async function write(
  bigQuery: BigQueryTables,
  name: string,
  config: BigQueryConfig,
  deliveries: readonly Delivery[],
): Promise<boolean[]> {
  const table = config.table as string;
  const columns = await bigQuery.columns(table);
  const rows = deliveries.map((delivery) => toRow(name, config, columns, delivery));
  const fitting = deliveries.flatMap(({ message }, index) => {
    const json = rows[index];
    return json === undefined ? [] : [{ index, insertId: message.messageId, json }];
  });
  const accepted = deliveries.map(() => false);
  if (fitting.length === 0) return accepted;
  const sent = fitting.map(({ insertId, json }) => ({ insertId, json }));
  const refused = new Set(await bigQuery.insert(table, sent));
  fitting.forEach(({ index }, place) => {
    accepted[index] = !refused.has(place);
  });
  return accepted;
}
