WITH latest AS (
  SELECT *
  FROM {{dataset}}.model_versions
  WHERE TRUE
  QUALIFY ROW_NUMBER() OVER (PARTITION BY model_name, version ORDER BY recorded_at DESC) = 1
),
verdicts AS (
  SELECT model_version, predicted_at, is_anomaly
  FROM {{dataset}}.predictions
  WHERE model_version IS NOT NULL
  QUALIFY ROW_NUMBER() OVER (PARTITION BY reading_id, measured_at ORDER BY predicted_at) = 1
),
used AS (
  SELECT
    model_version,
    MIN(predicted_at) AS first_used,
    MAX(predicted_at) AS last_used,
    COUNT(*) AS prediction_count,
    SAFE_DIVIDE(COUNTIF(is_anomaly), COUNT(*)) AS anomaly_share
  FROM verdicts
  GROUP BY 1
)
SELECT
  latest.model_name,
  latest.version,
  latest.outcome,
  latest.trained_at,
  latest.reading_count AS trained_reading_count,
  SAFE_DIVIDE(latest.found_count, latest.event_count) AS found_share,
  latest.false_alarm_count,
  used.first_used,
  used.last_used,
  IFNULL(used.prediction_count, 0) AS prediction_count,
  used.anomaly_share
FROM latest
LEFT JOIN used ON used.model_version = latest.version
