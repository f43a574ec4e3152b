import type { Filters } from '../filters.ts';
import type { Query, QueryParam, Row } from '../warehouse.ts';

/** One question that a page asks, by name. */
export interface Panel {
  readonly description: string;
  /** How old an answer may be; by default a ten-thousandth of the range, which no chart can show. */
  readonly maxAgeMs?: number;
  /** The rows of the answer, most important first. Asks BigQuery as often as it must. */
  answer(ask: Ask, filters: Filters): Promise<readonly Row[]>;
}

/** Runs a query; the panel's answer lists every query that was run for it. */
export type Ask = (query: Query) => Promise<readonly Row[]>;

/** A device that sent nothing for this long, counted back from the end of the range, is silent. */
export const SILENT_AFTER_MS = 5 * 60_000;

/** A device that sent nothing for this long is no longer part of the fleet. */
export const FORGOTTEN_AFTER_MS = 24 * 3_600_000;

/** Conditions with their parameters, kept together so that a value can never reach the text of a query. */
export interface Conditions {
  readonly sql: string;
  readonly params: Readonly<Record<string, QueryParam>>;
}

/** Time range and place of the filters as conditions on a table that has both. */
export function inFilters(filters: Filters, fromMs = filters.fromMs): Conditions {
  const time = inTime(filters, fromMs);
  const place = inPlace(filters);
  return {
    sql: `${time.sql}${place.sql}`,
    params: { ...time.params, ...place.params },
  };
}

/** The time range alone, for tables without place columns. */
export function inTime(filters: Filters, fromMs = filters.fromMs): Conditions {
  return {
    sql: 'measured_at >= @from AND measured_at < @to',
    params: { from: new Date(fromMs), to: new Date(filters.toMs) },
  };
}

/** Place and device, to be added after a condition. Empty if nothing is filtered. */
export function inPlace({ building, floor, placeType, device }: Filters): Conditions {
  const parts: string[] = [];
  const params: Record<string, QueryParam> = {};
  const equals = (column: string, value: QueryParam | undefined) => {
    if (value === undefined) return;
    parts.push(` AND ${column} = @${column}`);
    params[column] = value;
  };
  equals('building', building);
  equals('floor', floor);
  equals('place_type', placeType);
  equals('device_id', device);
  return { sql: parts.join(''), params };
}

/**
 * Time range and place as conditions on predictions, which have no place: theirs is that of their device, by the
 * readings of the range.
 */
export function inPredictions(filters: Filters): Conditions {
  const time = inTime(filters);
  const { device, ...fleet } = filters;
  const place = inPlace(fleet);
  const ofDevice = device === undefined ? '' : ' AND device_id = @device_id';
  const ofPlace =
    place.sql === ''
      ? ''
      : ` AND device_id IN (SELECT device_id FROM iot_data.readings_raw WHERE ${time.sql}${place.sql})`;
  return {
    sql: `${time.sql}${ofDevice}${ofPlace}`,
    params: { ...time.params, ...place.params, ...(device !== undefined && { device_id: device }) },
  };
}

/**
 * The worst severity said of each device, as `device_id, severity`. Over the last 5 minutes that is the state of the
 * device now: an anomaly without a pause of 5 minutes after it is still open.
 */
export function worstSql(where: string): string {
  return `  SELECT
    device_id,
    CASE MAX(CASE severity WHEN 'critical' THEN 2 WHEN 'warning' THEN 1 ELSE 0 END)
      WHEN 2 THEN 'critical'
      WHEN 1 THEN 'warning'
      ELSE 'normal'
    END AS severity
  FROM iot_data.predictions
  WHERE ${where}
  GROUP BY device_id`;
}
