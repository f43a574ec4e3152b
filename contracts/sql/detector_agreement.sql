WITH verdicts AS (
  SELECT
    TIMESTAMP_TRUNC(measured_at, DAY) AS day,
    'rule' IN UNNEST(detectors) AS by_rule,
    EXISTS (SELECT 1 FROM UNNEST(detectors) AS detector WHERE detector != 'rule') AS by_model
  FROM {{dataset}}.predictions
  WHERE model_version IS NOT NULL
  QUALIFY ROW_NUMBER() OVER (PARTITION BY reading_id, measured_at ORDER BY predicted_at) = 1
)
SELECT
  day,
  COUNT(*) AS prediction_count,
  COUNTIF(by_rule AND by_model) AS both_count,
  COUNTIF(by_rule AND NOT by_model) AS rule_only_count,
  COUNTIF(by_model AND NOT by_rule) AS model_only_count,
  SAFE_DIVIDE(COUNTIF(by_rule = by_model), COUNT(*)) AS agreement
FROM verdicts
GROUP BY day
