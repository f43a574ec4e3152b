/**
 * Dates and times in GoogleSQL's canonical text forms. All numbers are microseconds, as BigQuery keeps them.
 *
 * Source: https://cloud.google.com/bigquery/docs/reference/standard-sql/data-types#timestamp_type
 */
const DATE_FORM = /^\s*(\d{4})-(\d{1,2})-(\d{1,2})\s*$/;
const DATETIME_FORM =
  /^\s*(\d{4})-(\d{1,2})-(\d{1,2})(?:[ Tt](\d{1,2}):(\d{1,2}):(\d{1,2})(?:\.(\d{0,9}))?)?\s*$/;
const TIMESTAMP_FORM =
  /^\s*(\d{4}-\d{1,2}-\d{1,2}(?:[ Tt]\d{1,2}:\d{1,2}(?::\d{1,2}(?:\.\d{0,9})?)?)?)\s*(Z|z|UTC|GMT|[+-]\d{1,2}(?::?\d{2})?|[A-Za-z]+\/[A-Za-z_/+-]+)?\s*$/;
const TIME_FORM = /^\s*(\d{1,2}):(\d{1,2}):(\d{1,2})(?:\.(\d{0,9}))?\s*$/;

const DAY_MS = 86_400_000;
const MIN_MICROS = -62_135_596_800_000_000n;
const MAX_MICROS = 253_402_300_799_999_999n;

/** Days since 1970-01-01, or undefined if the text is no date of the years 1 to 9999. */
export function parseDateDays(text: string): number | undefined {
  const match = DATE_FORM.exec(text);
  if (match === null) return undefined;
  const ms = dateMs(Number(match[1]), Number(match[2]), Number(match[3]));
  return ms === undefined ? undefined : ms / DAY_MS;
}

/** Microseconds since 1970-01-01 00:00:00 on a clock without a zone. */
export function parseDatetimeMicros(text: string): bigint | undefined {
  const match = DATETIME_FORM.exec(text.replace(/([ Tt]\d{1,2}:\d{1,2})(\s*)$/, '$1:00$2'));
  if (match === null) return undefined;
  const day = dateMs(Number(match[1]), Number(match[2]), Number(match[3]));
  const time = timeMicros(match[4] ?? '0', match[5] ?? '0', match[6] ?? '0', match[7] ?? '');
  return day === undefined || time === undefined ? undefined : BigInt(day) * 1000n + time;
}

/** Microseconds since midnight. */
export function parseTimeMicros(text: string): bigint | undefined {
  const match = TIME_FORM.exec(text);
  if (match === null) return undefined;
  return timeMicros(match[1] ?? '', match[2] ?? '', match[3] ?? '', match[4] ?? '');
}

/** Microseconds since 1970-01-01 00:00:00 UTC. A text without a zone is in UTC. */
export function parseTimestampMicros(text: string): bigint | undefined {
  const match = TIMESTAMP_FORM.exec(text);
  if (match === null) return undefined;
  const local = parseDatetimeMicros(match[1] ?? '');
  if (local === undefined) return undefined;
  const offset = zoneOffsetMinutes(match[2] ?? 'UTC', local);
  if (offset === undefined) return undefined;
  const micros = local - BigInt(offset) * 60_000_000n;
  return MIN_MICROS <= micros && micros <= MAX_MICROS ? micros : undefined;
}

/** Minutes east of UTC that `zone` has at a local time; undefined if there is no such zone. */
function zoneOffsetMinutes(zone: string, localMicros: bigint): number | undefined {
  if (/^(z|utc|gmt)$/i.test(zone)) return 0;
  const fixed = /^([+-])(\d{1,2})(?::?(\d{2}))?$/.exec(zone);
  if (fixed !== null) {
    const minutes = Number(fixed[2]) * 60 + Number(fixed[3] ?? 0);
    return 14 * 60 < minutes ? undefined : fixed[1] === '-' ? -minutes : minutes;
  }
  const localMs = Number(localMicros / 1000n);
  try {
    // The offset depends on the instant, which depends on the offset: the second round settles it.
    const guess = offsetAt(zone, localMs);
    return offsetAt(zone, localMs - guess * 60_000);
  } catch {
    return undefined;
  }
}

function offsetAt(zone: string, epochMs: number): number {
  const parts = new Intl.DateTimeFormat('en-US', {
    timeZone: zone,
    hourCycle: 'h23',
    year: 'numeric',
    month: 'numeric',
    day: 'numeric',
    hour: 'numeric',
    minute: 'numeric',
    second: 'numeric',
  }).formatToParts(epochMs);
  const get = (type: string): number => Number(parts.find((part) => part.type === type)?.value);
  const wall = Date.UTC(
    get('year'),
    get('month') - 1,
    get('day'),
    get('hour'),
    get('minute'),
    get('second'),
  );
  return Math.round((wall - Math.floor(epochMs / 1000) * 1000) / 60_000);
}

function dateMs(year: number, month: number, day: number): number | undefined {
  if (year < 1 || month < 1 || 12 < month || day < 1) return undefined;
  const date = new Date(0);
  date.setUTCFullYear(year, month - 1, day);
  return date.getUTCDate() === day && date.getUTCMonth() === month - 1 ? date.getTime() : undefined;
}

function timeMicros(
  hour: string,
  minute: string,
  second: string,
  fraction: string,
): bigint | undefined {
  const seconds = Number(hour) * 3600 + Number(minute) * 60 + Number(second);
  if (23 < Number(hour) || 59 < Number(minute) || 59 < Number(second)) return undefined;
  return BigInt(seconds) * 1_000_000n + BigInt(fraction.slice(0, 6).padEnd(6, '0'));
}

/** `YYYY-MM-DD` */
export function formatDate(days: number): string {
  return isoDate(BigInt(days) * 86_400_000_000n);
}

/** `YYYY-MM-DD HH:MM:SS[.ffffff]` with `separator` between date and time. */
export function formatDatetime(micros: bigint, separator = ' '): string {
  const day = floorDiv(micros, 86_400_000_000n);
  return `${isoDate(micros)}${separator}${formatTime(micros - day * 86_400_000_000n)}`;
}

/** `HH:MM:SS[.ffffff]`; the fraction has six digits where there is one. */
export function formatTime(micros: bigint): string {
  const seconds = Number(micros / 1_000_000n);
  const fraction = micros % 1_000_000n;
  const two = (value: number): string => String(Math.floor(value)).padStart(2, '0');
  const clock = `${two(seconds / 3600)}:${two((seconds / 60) % 60)}:${two(seconds % 60)}`;
  return fraction === 0n ? clock : `${clock}.${String(fraction).padStart(6, '0')}`;
}

function isoDate(micros: bigint): string {
  return new Date(Number(floorDiv(micros, 1000n))).toISOString().slice(0, 10);
}

function floorDiv(value: bigint, by: bigint): bigint {
  const quotient = value / by;
  return value % by < 0n ? quotient - 1n : quotient;
}
