import { METRIC_NAMES } from '@plumbline/contracts';
import {
  FORGOTTEN_AFTER_MS,
  inFilters,
  inTime,
  type Panel,
  SILENT_AFTER_MS,
  worstSql,
} from './panel.ts';

/**
 * Every device of the last day: its newest reading, how it is, and its anomalies in the range. Those in alarm
 * first. A silent device has no severity: what it was long ago is not what it is.
 */
export const devices: Panel = {
  description: 'Devices with their newest reading and their anomalies, those in alarm first',
  answer(ask, filters) {
    const fleet = inFilters(filters, Math.min(filters.fromMs, filters.toMs - FORGOTTEN_AFTER_MS));
    const range = inTime(filters);
    const severity = filters.severity ? '\nWHERE worst.severity = @severity' : '';
    return ask({
      sql: `WITH last AS (
  SELECT device_id, MAX(measured_at) AS measured_at
  FROM iot_data.readings_raw
  WHERE ${fleet.sql}
  GROUP BY device_id
), fleet AS (
  SELECT
    reading.device_id,
    reading.measured_at,
    reading.building,
    reading.floor,
    reading.room,
    reading.place_type,
    ${METRIC_NAMES.map((name) => `reading.${name}`).join(', ')}
  FROM iot_data.readings_raw AS reading
  JOIN last ON last.device_id = reading.device_id AND last.measured_at = reading.measured_at
  WHERE reading.measured_at >= @from AND reading.measured_at < @to
  QUALIFY ROW_NUMBER() OVER (PARTITION BY reading.device_id ORDER BY reading.reading_id) = 1
), worst AS (
${worstSql('measured_at >= @active_since AND measured_at < @to')}
), counted AS (
  SELECT device_id, COUNT(DISTINCT reading_id) AS anomaly_count, MAX(measured_at) AS last_anomaly_at
  FROM iot_data.anomalies
  WHERE measured_at >= @range_from AND measured_at < @to
  GROUP BY device_id
)
SELECT
  fleet.*,
  worst.severity,
  IFNULL(counted.anomaly_count, 0) AS anomaly_count,
  counted.last_anomaly_at
FROM fleet
LEFT JOIN worst ON worst.device_id = fleet.device_id
LEFT JOIN counted ON counted.device_id = fleet.device_id${severity}
ORDER BY
  CASE worst.severity WHEN 'critical' THEN 0 WHEN 'warning' THEN 1 ELSE 2 END,
  anomaly_count DESC,
  fleet.device_id
LIMIT ${filters.limit}`,
      params: {
        ...fleet.params,
        active_since: new Date(filters.toMs - SILENT_AFTER_MS),
        range_from: range.params.from ?? new Date(filters.fromMs),
        ...(filters.severity && { severity: filters.severity }),
      },
    });
  },
};
