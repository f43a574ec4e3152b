import { inFilters, type Panel } from './panel.ts';

/** The newest anomalies with all that is needed to understand them. */
export const anomalies: Panel = {
  description: 'The newest anomalies with their reason',
  answer(ask, filters) {
    const { sql, params } = inFilters(filters);
    const metric = filters.metric
      ? '\n  AND EXISTS (SELECT 1 FROM UNNEST(contributions) AS part WHERE part.metric = @metric AND part.share >= 0.25)'
      : '';
    const severity = filters.severity ? '\n  AND severity = @severity' : '';
    return ask({
      sql: `SELECT
  reading_id,
  device_id,
  measured_at,
  predicted_at,
  building,
  floor,
  room,
  place_type,
  score,
  threshold,
  severity,
  anomaly_types,
  detectors,
  model_version,
  is_alert,
  explanation,
  contributions
FROM iot_data.anomalies
WHERE ${sql}${metric}${severity}
QUALIFY ROW_NUMBER() OVER (PARTITION BY reading_id ORDER BY predicted_at) = 1
ORDER BY measured_at DESC, reading_id
LIMIT ${filters.limit}`,
      params: {
        ...params,
        ...(filters.metric && { metric: filters.metric }),
        ...(filters.severity && { severity: filters.severity }),
      },
    });
  },
};
