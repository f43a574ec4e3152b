/** The clock on the wall of a site. */
export interface SiteTime {
  /** [0, 24). */
  readonly hour: number;
  /** 0 is Sunday. */
  readonly weekday: number;
}

const QUARTER_MS = 900_000;
const DAY_MS = 86_400_000;
const REMEMBERED_QUARTERS = 64;

/**
 * Tells the wall clock of a time zone, daylight saving included.
 *
 * Offsets change on a quarter of an hour at the finest. Those of the quarters asked for last are remembered, as
 * looking one up costs more than all else in a reading. Throws RangeError for an unknown zone.
 */
export function siteClock(timeZone: string): (timeMs: number) => SiteTime {
  const format = new Intl.DateTimeFormat('en-US', {
    timeZone,
    hourCycle: 'h23',
    year: 'numeric',
    month: 'numeric',
    day: 'numeric',
    hour: 'numeric',
    minute: 'numeric',
    second: 'numeric',
  });
  const remembered: { quarter: number; offsetMs: number }[] = [];
  return (timeMs) => {
    const quarter = Math.floor(timeMs / QUARTER_MS);
    const slot = Math.abs(quarter) % REMEMBERED_QUARTERS;
    let known = remembered[slot];
    if (known?.quarter !== quarter) {
      known = { quarter, offsetMs: offsetAt(format, quarter * QUARTER_MS) };
      remembered[slot] = known;
    }
    const localMs = timeMs + known.offsetMs;
    const day = Math.floor(localMs / DAY_MS);
    // 1 January 1970 was a Thursday.
    return { hour: (localMs - day * DAY_MS) / 3_600_000, weekday: (((day + 4) % 7) + 7) % 7 };
  };
}

function offsetAt(format: Intl.DateTimeFormat, timeMs: number): number {
  const parts = Object.fromEntries(
    format.formatToParts(timeMs).map(({ type, value }) => [type, Number(value)]),
  );
  const { year = 0, month = 1, day = 1, hour = 0, minute = 0, second = 0 } = parts;
  return Date.UTC(year, month - 1, day, hour, minute, second) - timeMs;
}
