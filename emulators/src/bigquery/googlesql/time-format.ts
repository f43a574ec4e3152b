/**
 * BigQuery's format elements as DuckDB's `strftime` writes them.
 *
 * Source: https://cloud.google.com/bigquery/docs/reference/standard-sql/format-elements#format_elements_date_time
 */
const ELEMENTS: Readonly<Record<string, string>> = {
  A: '%A',
  a: '%a',
  B: '%B',
  b: '%b',
  h: '%b',
  D: '%m/%d/%y',
  d: '%d',
  F: '%Y-%m-%d',
  f: '%f',
  G: '%G',
  H: '%H',
  I: '%I',
  j: '%j',
  M: '%M',
  m: '%m',
  n: '\n',
  p: '%p',
  R: '%H:%M',
  S: '%S',
  T: '%H:%M:%S',
  t: '\t',
  U: '%U',
  u: '%u',
  V: '%V',
  W: '%W',
  w: '%w',
  X: '%H:%M:%S',
  x: '%m/%d/%y',
  Y: '%Y',
  y: '%y',
  E3S: '%S.%g',
  E6S: '%S.%f',
  E4Y: '%Y',
  '%': '%%',
};
/** Zones, by use: a time in UTC that is written, and a time that is read. */
const ZONE_ELEMENTS: Readonly<Record<string, Readonly<Record<string, string>>>> = {
  'write UTC': { Z: 'UTC', z: '+0000', Ez: '+00:00' },
  read: { z: '%z', Ez: '%z' },
};

/** The format for DuckDB, or the first element that has no equal there. */
export function duckFormat(
  format: string,
  use: 'write' | 'write UTC' | 'read',
): string | { unsupported: string } {
  let unsupported: string | undefined;
  const duck = format.replace(/%(E\*S|E\dS|E4Y|Ez|[EO]?[\s\S]|$)/g, (whole, element: string) => {
    const found = ELEMENTS[element] ?? ZONE_ELEMENTS[use]?.[element];
    if (found === undefined) unsupported ??= whole;
    return found ?? '';
  });
  return unsupported === undefined ? duck : { unsupported };
}
