/** DuckDB text of the zone that is not named. */
export const UTC = "'UTC'";

/** What clocks of `zone` show at an instant: a TIMESTAMP without zone. `zone` is DuckDB text. */
export function localTime(zone: string, instant: string): string {
  return zone === UTC ? `bq_to_utc(${instant})` : `bq_local(${zone}, ${instant})`;
}

/** When clocks of `zone` show a local time: a TIMESTAMPTZ. */
export function instantOf(zone: string, local: string): string {
  return zone === UTC ? `bq_from_utc(${local})` : `bq_instant(${zone}, ${local})`;
}
