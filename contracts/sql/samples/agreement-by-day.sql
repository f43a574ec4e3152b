-- How often do rules and models agree?
SELECT day, prediction_count, both_count, rule_only_count, model_only_count, agreement
FROM iot_data.detector_agreement
WHERE day >= TIMESTAMP_SUB(CURRENT_TIMESTAMP(), INTERVAL 168 HOUR)
ORDER BY day
