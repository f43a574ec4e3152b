import { isMetricName, METRIC_NAMES, type MetricName } from '@plumbline/contracts';

/** What a page asks about: a time range and the part of the fleet. Shared by every panel. */
export interface Filters {
  /** Half-open range `[fromMs, toMs)` of `measured_at`. */
  readonly fromMs: number;
  readonly toMs: number;
  readonly building?: string;
  readonly floor?: number;
  readonly placeType?: string;
  readonly device?: string;
  readonly metric?: MetricName;
  /** One reading by its id, for panels about one. */
  readonly reading?: string;
  readonly severity?: 'normal' | 'warning' | 'critical';
  /** Rows of a list, 1 to 2000. */
  readonly limit: number;
}

/** A request that cannot be answered, with what to change. Becomes a 400. */
export class BadRequestError extends Error {
  override readonly name = 'BadRequestError';
}

/** Ranges that a page may name; they end now. */
const RANGE_MS: Readonly<Record<string, number>> = {
  '15m': 15 * 60_000,
  '1h': 3_600_000,
  '6h': 6 * 3_600_000,
  '24h': 24 * 3_600_000,
  '7d': 7 * 24 * 3_600_000,
};

const LONGEST_RANGE_MS = 31 * 24 * 3_600_000;
const MAX_TEXT = 256;

/**
 * Reads filters from a query string. Names: `range` or `from` and `to` (epoch ms), `building`, `floor`,
 * `place_type`, `device`, `reading`, `metric`, `severity`, `limit`. Throws BadRequestError that names the field.
 */
export function parseFilters(query: Readonly<Record<string, unknown>>, nowMs: number): Filters {
  const { fromMs, toMs } = parseRange(query, nowMs);
  const building = text(query, 'building');
  const floor = whole(query, 'floor', -1000, 1000);
  const placeType = text(query, 'place_type');
  const device = text(query, 'device');
  const reading = text(query, 'reading');
  const metric = text(query, 'metric');
  const severity = text(query, 'severity');
  if (metric !== undefined && !isMetricName(metric)) {
    throw new BadRequestError(`metric must be one of ${METRIC_NAMES.join(', ')}, got "${metric}"`);
  }
  if (severity !== undefined && !isSeverity(severity)) {
    throw new BadRequestError(`severity must be normal, warning or critical, got "${severity}"`);
  }
  return {
    fromMs,
    toMs,
    limit: whole(query, 'limit', 1, 2000) ?? 100,
    ...(building !== undefined && { building }),
    ...(floor !== undefined && { floor }),
    ...(placeType !== undefined && { placeType }),
    ...(device !== undefined && { device }),
    ...(reading !== undefined && { reading }),
    ...(metric !== undefined && { metric }),
    ...(severity !== undefined && { severity }),
  };
}

function parseRange(query: Readonly<Record<string, unknown>>, nowMs: number) {
  const fromMs = whole(query, 'from', 0, 8.64e15);
  const toMs = whole(query, 'to', 0, 8.64e15);
  if (fromMs !== undefined && toMs !== undefined) {
    if (toMs <= fromMs || toMs - fromMs > LONGEST_RANGE_MS) {
      throw new BadRequestError(
        `from must be before to and at most 31 days away, got ${fromMs} to ${toMs}`,
      );
    }
    return { fromMs, toMs };
  }
  const name = text(query, 'range') ?? '1h';
  const spanMs = Object.hasOwn(RANGE_MS, name) ? RANGE_MS[name] : undefined;
  if (spanMs === undefined) {
    throw new BadRequestError(
      `range must be one of ${Object.keys(RANGE_MS).join(', ')}, got "${name}"`,
    );
  }
  return { fromMs: nowMs - spanMs, toMs: nowMs };
}

function isSeverity(value: string): value is NonNullable<Filters['severity']> {
  return value === 'normal' || value === 'warning' || value === 'critical';
}

function text(query: Readonly<Record<string, unknown>>, name: string): string | undefined {
  const value = query[name];
  if (value === undefined || value === '') return undefined;
  if (typeof value !== 'string' || value.length > MAX_TEXT) {
    throw new BadRequestError(`${name} must be given once, at most ${MAX_TEXT} characters`);
  }
  return value;
}

function whole(
  query: Readonly<Record<string, unknown>>,
  name: string,
  min: number,
  max: number,
): number | undefined {
  const given = text(query, name);
  if (given === undefined) return undefined;
  const value = Number(given);
  if (Number.isSafeInteger(value) && min <= value && value <= max) return value;
  throw new BadRequestError(`${name} must be a whole number from ${min} to ${max}, got "${given}"`);
}
