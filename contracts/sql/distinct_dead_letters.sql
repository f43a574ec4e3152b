-- Copies are rows that were appended twice, equal in received_at, or deliveries that failed again later. What is
-- said of a letter is what the newest delivery said: another version of a function may give another reason.
SELECT
  dead_letter_id,
  MIN(received_at) OVER letter AS first_seen_at,
  MAX(received_at) OVER letter AS last_seen_at,
  COUNT(DISTINCT received_at) OVER letter AS seen_count,
  message_id,
  reading_index,
  reason,
  detail,
  payload,
  is_truncated
FROM {{dataset}}.dead_letters
WHERE TRUE
QUALIFY ROW_NUMBER() OVER (PARTITION BY dead_letter_id ORDER BY received_at DESC) = 1
WINDOW letter AS (PARTITION BY dead_letter_id)
