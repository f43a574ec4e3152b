-- What could not be stored, and why?
SELECT reason, COUNT(DISTINCT dead_letter_id) AS letter_count, MIN(received_at) AS first_seen, MAX(received_at) AS last_seen
FROM iot_data.dead_letters
WHERE received_at >= TIMESTAMP_SUB(CURRENT_TIMESTAMP(), INTERVAL 168 HOUR)
GROUP BY reason
ORDER BY letter_count DESC
