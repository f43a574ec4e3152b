import type { Filters } from '../filters.ts';
import type { Conditions, Panel } from './panel.ts';

/** Rounds of federated learning, the newest first. `lowest_loss` and `highest_loss` are those of single devices. */
export const federatedRounds: Panel = {
  description: 'Rounds of federated learning with their loss, and the spread of it over devices',
  answer(ask, filters) {
    const { device: _, ...fleet } = filters;
    const { sql, params } = inRounds(fleet);
    return ask({
      sql: `WITH spread AS (
  SELECT fleet, round, MIN(loss) AS lowest_loss, MAX(loss) AS highest_loss
  FROM iot_data.federated_participants
  WHERE ${sql}
  GROUP BY fleet, round
), rounds AS (
  SELECT *
  FROM iot_data.federated_rounds
  WHERE ${sql}
  QUALIFY ROW_NUMBER() OVER (PARTITION BY fleet, round ORDER BY finished_at) = 1
)
SELECT
  rounds.fleet,
  rounds.round,
  rounds.started_at,
  rounds.finished_at,
  rounds.outcome,
  rounds.selected_count,
  rounds.participant_count,
  rounds.straggler_count,
  rounds.refused_count,
  rounds.sample_count,
  rounds.loss,
  spread.lowest_loss,
  spread.highest_loss,
  rounds.received_bytes,
  rounds.sent_bytes,
  rounds.epsilon
FROM rounds
LEFT JOIN spread ON spread.fleet = rounds.fleet AND spread.round = rounds.round
ORDER BY rounds.finished_at DESC
LIMIT ${filters.limit}`,
      params,
    });
  },
};

/** What each device did in the rounds of the range, those with the greatest error first. */
export const federatedDevices: Panel = {
  description: 'Devices of federated learning: rounds, points, anomalies, first and newest loss',
  answer(ask, filters) {
    const { sql, params } = inRounds(filters);
    return ask({
      sql: `WITH parts AS (
  SELECT
    *,
    ROW_NUMBER() OVER (PARTITION BY fleet, client_id ORDER BY finished_at) AS nth,
    ROW_NUMBER() OVER (PARTITION BY fleet, client_id ORDER BY finished_at DESC) AS nth_last
  FROM iot_data.federated_participants
  WHERE ${sql}
  QUALIFY ROW_NUMBER() OVER (PARTITION BY fleet, client_id, round ORDER BY finished_at) = 1
)
SELECT
  fleet,
  client_id,
  COUNT(*) AS round_count,
  SUM(sample_count) AS sample_count,
  SUM(scored_count) AS scored_count,
  SUM(anomaly_count) AS anomaly_count,
  MAX(IF(nth = 1, loss, NULL)) AS first_loss,
  MAX(IF(nth_last = 1, loss, NULL)) AS loss,
  MAX(finished_at) AS last_at
FROM parts
GROUP BY fleet, client_id
ORDER BY loss DESC, client_id
LIMIT ${filters.limit}`,
      params,
    });
  },
};

/** Of the filters, rounds know the range and the device only. */
function inRounds({ fromMs, toMs, device }: Filters): Conditions {
  return {
    sql: `finished_at >= @from AND finished_at < @to${device === undefined ? '' : ' AND client_id = @device'}`,
    params: {
      from: new Date(fromMs),
      to: new Date(toMs),
      ...(device !== undefined && { device }),
    },
  };
}
