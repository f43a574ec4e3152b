-- Each reading once, as it came first. Copies share reading_id and measured_at, and partitioning the window by both
-- lets a filter on measured_at prune before the copies are dropped.
SELECT *
FROM {{dataset}}.readings_raw
WHERE TRUE
QUALIFY ROW_NUMBER() OVER (PARTITION BY reading_id, measured_at ORDER BY received_at) = 1
