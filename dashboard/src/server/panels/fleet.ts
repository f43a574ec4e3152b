import type { Filters } from '../filters.ts';
import type { Row } from '../warehouse.ts';
import { type Ask, FORGOTTEN_AFTER_MS, SILENT_AFTER_MS } from './panel.ts';

/** Devices of the last day, or of a longer range, that are in one place. */
export interface FleetRow {
  readonly building: string | null;
  readonly floor: number | null;
  readonly place_type: string | null;
  /** Rooms with a device that sent something in the range. */
  readonly location_count: number;
  /** People in the rooms that said so lately; null where nobody counts them. */
  readonly occupancy: number | null;
  readonly active_count: number;
  readonly silent_count: number;
  /** Epoch ms. */
  readonly last_measured_at: number;
}

/**
 * The fleet by place, as the filters of place and device leave it. One scan of a day serves every place: filters of
 * place are applied to its few rows.
 */
export async function fleetByPlace(ask: Ask, filters: Filters): Promise<readonly FleetRow[]> {
  const { fromMs, toMs, building, floor, placeType, device } = filters;
  const rows = await ask({
    sql: `WITH devices AS (
  SELECT
    device_id,
    MAX(building) AS building,
    MAX(floor) AS floor,
    MAX(place_type) AS place_type,
    MAX(room) AS room,
    MAX_BY(
      IF(measured_at >= @active_since, occupancy, NULL),
      IF(occupancy IS NULL, NULL, measured_at)
    ) AS occupancy,
    MAX(measured_at) AS last_at
  FROM iot_data.readings_raw
  WHERE measured_at >= @oldest AND measured_at < @to${device === undefined ? '' : ' AND device_id = @device_id'}
  GROUP BY device_id
)
SELECT
  building,
  floor,
  place_type,
  COUNT(DISTINCT IF(last_at >= @from, IFNULL(room, ''), NULL)) AS location_count,
  SUM(occupancy) AS occupancy,
  COUNTIF(last_at >= @active_since) AS active_count,
  COUNTIF(last_at < @active_since) AS silent_count,
  MAX(last_at) AS last_measured_at
FROM devices
GROUP BY building, floor, place_type
ORDER BY building, floor, place_type
LIMIT 20000`,
    params: {
      from: new Date(fromMs),
      to: new Date(toMs),
      oldest: new Date(Math.min(fromMs, toMs - FORGOTTEN_AFTER_MS)),
      active_since: new Date(toMs - SILENT_AFTER_MS),
      ...(device !== undefined && { device_id: device }),
    },
  });
  return rows
    .map((row: Row) => row as unknown as FleetRow)
    .filter(
      (row) =>
        (building === undefined || row.building === building) &&
        (floor === undefined || row.floor === floor) &&
        (placeType === undefined || row.place_type === placeType),
    );
}
