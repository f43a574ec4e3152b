import type { BigQuery } from '@google-cloud/bigquery';
import { DATASET } from '@plumbline/contracts';
import type { RoundRecord } from './coordinator.ts';

export interface RoundTables {
  /** Writes a round. Insert ids keep a repetition out, at BigQuery's best effort. */
  save(fleet: string, record: RoundRecord): Promise<void>;
}

/** Writes to the tables that contracts declare (`FEDERATED_TABLES`); they must be there. */
export function roundTables(bigquery: BigQuery): RoundTables {
  const dataset = bigquery.dataset(DATASET);
  return {
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
