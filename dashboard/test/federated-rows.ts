const MINUTE_MS = 60_000;

/**
 * Four rounds of a fleet of four learners, one of which was late for the last. The loss of learner n is
 * (1 + 0.04 n) divided by the round's number; that of a round is theirs without the 0.04 n.
 */
export function federatedRows(nowMs: number) {
  const federated_rounds: object[] = [];
  const federated_participants: object[] = [];
  for (let round = 1; round <= 4; round += 1) {
    const finishedAtMs = nowMs - (5 - round) * MINUTE_MS;
    const key = { fleet: 'lab', round, finished_at: new Date(finishedAtMs).toISOString() };
    const learners = round === 4 ? [1, 2, 3] : [0, 1, 2, 3];
    federated_rounds.push({
      ...key,
      started_at: new Date(finishedAtMs - 9_000).toISOString(),
      outcome: 'aggregated',
      selected_count: 4,
      participant_count: learners.length,
      straggler_count: 4 - learners.length,
      refused_count: 0,
      sample_count: 40 * learners.length,
      loss: 1 / round,
      received_bytes: 2_000 * learners.length,
      sent_bytes: 8_000,
      epsilon: null,
    });
    for (const learner of learners) {
      federated_participants.push({
        ...key,
        client_id: `learner-${learner}`,
        sample_count: 40,
        scored_count: 60,
        anomaly_count: learner,
        loss: (1 + 0.04 * learner) / round,
      });
    }
  }
  return { federated_rounds, federated_participants };
}
