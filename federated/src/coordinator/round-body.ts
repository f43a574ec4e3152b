import type { RoundRecord } from './coordinator.ts';

/** A round as the API tells it. */
export function roundBody(record: RoundRecord) {
  return {
    round: record.round,
    started_at: new Date(record.startedAtMs).toISOString(),
    finished_at: new Date(record.finishedAtMs).toISOString(),
    outcome: record.outcome,
    selected: record.selectedCount,
    participants: record.participants.map((participant) => ({
      client_id: participant.clientId,
      sample_count: participant.sampleCount,
      scored_count: participant.scoredCount,
      anomaly_count: participant.anomalyCount,
      loss: participant.loss,
    })),
    stragglers: record.stragglerCount,
    refused: record.refused,
    sample_count: record.sampleCount,
    loss: record.loss,
    received_bytes: record.receivedBytes,
    sent_bytes: record.sentBytes,
    epsilon: record.epsilon,
  };
}
