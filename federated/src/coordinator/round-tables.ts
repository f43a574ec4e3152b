import type { BigQuery } from '@google-cloud/bigquery';
import { type Column, DATASET, type Table } from '@plumbline/contracts';
import type { RoundRecord } from './coordinator.ts';

const column = (
  name: string,
  type: Column['type'],
  description: string,
  mode: Column['mode'] = 'REQUIRED',
): Column => ({ name, type, mode, description });

const roundKey = [
  column('fleet', 'STRING', 'Devices that learn together'),
  column('round', 'INT64', 'Number of the round, from 1'),
  column('finished_at', 'TIMESTAMP', 'When the round ended'),
];

/** One row a round, and one row a round and client. */
export const FEDERATED_TABLES = {
  federated_rounds: {
    description: 'Rounds of federated learning, one row each',
    columns: [
      ...roundKey,
      column('started_at', 'TIMESTAMP', 'When the round began'),
      column('outcome', 'STRING', 'aggregated, or too_few_clients: nothing changed'),
      column('selected_count', 'INT64', 'Clients that were asked'),
      column('participant_count', 'INT64', 'Clients whose update took part'),
      column('straggler_count', 'INT64', 'Clients that were asked and not heard of in time'),
      column('refused_count', 'INT64', 'Updates that were refused'),
      column('sample_count', 'INT64', 'Points that the updates were trained on'),
      column('loss', 'FLOAT64', 'Mean error when the round began; no unit', 'NULLABLE'),
      column('received_bytes', 'INT64', 'Of updates'),
      column('sent_bytes', 'INT64', 'Of global weights'),
      column('epsilon', 'FLOAT64', 'Privacy budget spent; NULL without noise', 'NULLABLE'),
    ],
    partitionBy: 'finished_at',
    clusterBy: ['fleet'],
  },
  federated_participants: {
    description: 'What each client did in a round of federated learning: counts, never values',
    columns: [
      ...roundKey,
      column('client_id', 'STRING', 'The device'),
      column('sample_count', 'INT64', 'Points that it trained on'),
      column('scored_count', 'INT64', 'Points that it scored since its last update'),
      column('anomaly_count', 'INT64', 'Those of them at or above its own threshold'),
      column('loss', 'FLOAT64', 'Mean error of its points under the global weights; no unit'),
    ],
    partitionBy: 'finished_at',
    clusterBy: ['fleet', 'client_id'],
  },
} as const satisfies Record<string, Table>;

export interface RoundTables {
  /** Creates what is missing. */
  prepare(): Promise<void>;
  /** Writes a round. Insert ids keep a repetition out, at BigQuery's best effort. */
  save(fleet: string, record: RoundRecord): Promise<void>;
}

export function roundTables(bigquery: BigQuery): RoundTables {
  const dataset = bigquery.dataset(DATASET);
  return {
    async prepare() {
      for (const [name, table] of Object.entries(FEDERATED_TABLES)) {
        const [exists] = await dataset.table(name).exists();
        if (exists) continue;
        await dataset.createTable(name, {
          description: table.description,
          schema: { fields: table.columns as unknown as { name: string }[] },
          timePartitioning: { type: 'DAY', field: table.partitionBy },
          clustering: { fields: [...table.clusterBy] },
        });
      }
    },
    async save(fleet, record) {
      const key = {
        fleet,
        round: record.round,
        finished_at: new Date(record.finishedAtMs).toISOString(),
      };
      const rows = record.participants.map((participant) => ({
        insertId: `${fleet}-${record.round}-${participant.clientId}`,
        json: {
          ...key,
          client_id: participant.clientId,
          sample_count: participant.sampleCount,
          scored_count: participant.scoredCount,
          anomaly_count: participant.anomalyCount,
          loss: participant.loss,
        },
      }));
      const refused = Object.values(record.refused).reduce((sum, count) => sum + count, 0);
      const round = {
        insertId: `${fleet}-${record.round}`,
        json: {
          ...key,
          started_at: new Date(record.startedAtMs).toISOString(),
          outcome: record.outcome,
          selected_count: record.selectedCount,
          participant_count: record.participants.length,
          straggler_count: record.stragglerCount,
          refused_count: refused,
          sample_count: record.sampleCount,
          loss: record.loss,
          received_bytes: record.receivedBytes,
          sent_bytes: record.sentBytes,
          epsilon: record.epsilon,
        },
      };
      await dataset.table('federated_rounds').insert([round], { raw: true });
      if (rows.length > 0) {
        await dataset.table('federated_participants').insert(rows, { raw: true });
      }
    },
  };
}
