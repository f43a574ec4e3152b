import { SCALAR_RULES } from '../../src/bigquery/googlesql/scalar-functions.ts';
import type { Rule } from '../../src/bigquery/googlesql/signatures.ts';

/** Values of each type, the awkward ones included. */
const VALUES: Readonly<Record<string, readonly string[]>> = {
  INT64: [
    '0',
    '1',
    '-1',
    '2',
    '7',
    '-13',
    '100',
    '1000000',
    '9223372036854775807',
    'CAST(NULL AS INT64)',
  ],
  FLOAT64: [
    '0.0',
    '1.5',
    '-2.5',
    '0.1',
    '1e10',
    '-1e-5',
    '123456.789',
    "CAST('nan' AS FLOAT64)",
    "CAST('inf' AS FLOAT64)",
    'CAST(NULL AS FLOAT64)',
  ],
  NUMERIC: [
    "NUMERIC '0'",
    "NUMERIC '1.5'",
    "NUMERIC '-2.25'",
    "NUMERIC '99.999999999'",
    'CAST(NULL AS NUMERIC)',
  ],
  BOOL: ['TRUE', 'FALSE', 'CAST(NULL AS BOOL)'],
  STRING: [
    "''",
    "'a'",
    "'Hello'",
    "'héllo wörld'",
    "' x '",
    "'a,b,,c'",
    "'12'",
    "'-3.5'",
    "'true'",
    "'2026-01-02'",
    "'aaa'",
    'CAST(NULL AS STRING)',
  ],
  BYTES: ["b''", "b'abc'", "b'\\x00\\xff'", 'CAST(NULL AS BYTES)'],
  DATE: [
    "DATE '2026-01-01'",
    "DATE '2024-02-29'",
    "DATE '1969-12-31'",
    "DATE '2025-12-28'",
    'CAST(NULL AS DATE)',
  ],
  DATETIME: [
    "DATETIME '2026-01-01 00:00:00'",
    "DATETIME '2024-02-29 23:59:59.999999'",
    "DATETIME '1969-07-20 20:17:40'",
    'CAST(NULL AS DATETIME)',
  ],
  TIME: ["TIME '00:00:00'", "TIME '12:34:56.789'", "TIME '23:59:59'", 'CAST(NULL AS TIME)'],
  TIMESTAMP: [
    "TIMESTAMP '2026-01-01 00:00:00+00'",
    "TIMESTAMP '2026-03-29 01:30:00.123456+00'",
    "TIMESTAMP '1969-12-31 23:59:59.5+00'",
    "TIMESTAMP '2026-11-01 06:30:00+00'",
    'CAST(NULL AS TIMESTAMP)',
  ],
  JSON: [
    "JSON '1'",
    'JSON \'"x"\'',
    "JSON 'true'",
    'JSON \'{"a":[1,2]}\'',
    "JSON 'null'",
    'CAST(NULL AS JSON)',
  ],
};
const ZONES = ["'UTC'", "'America/New_York'", "'Asia/Kolkata'"];
const PARTS = [
  'MICROSECOND',
  'SECOND',
  'MINUTE',
  'HOUR',
  'DAY',
  'WEEK',
  'WEEK(TUESDAY)',
  'ISOWEEK',
  'MONTH',
  'QUARTER',
  'YEAR',
  'ISOYEAR',
];
const STEPS = ['MINUTE', 'HOUR', 'DAY', 'WEEK', 'MONTH', 'YEAR'];
const KINDS = Object.keys(VALUES);
/** Change from call to call. */
const VOLATILE = new Set(['RAND', 'GENERATE_UUID']);
/** Take a literal for what they compile or would be huge. */
const BOUNDED = new Set([
  'EDIT_DISTANCE',
  'REPEAT',
  'LPAD',
  'RPAD',
  'GENERATE_ARRAY',
  'RANGE_BUCKET',
  'REGEXP_CONTAINS',
  'REGEXP_REPLACE',
  'CHR',
]);

/** A query of one expression from the allow-list, nested up to `depth`. `random` gives [0, 1). */
export function generateQuery(random: () => number, depth: number): string {
  const kind = KINDS[Math.floor(random() * KINDS.length)] ?? 'INT64';
  return `SELECT ${makeValues(random)(kind, depth)} AS x`;
}

/**
 * A call of a temporary function, and a query that says the same without one: BigQuery evaluates an
 * argument once, as a subquery does.
 */
export function generateCall(
  random: () => number,
  depth: number,
): { readonly call: string; readonly same: string } {
  const kind = (): string => KINDS[Math.floor(random() * KINDS.length)] ?? 'INT64';
  const parameter = kind();
  const argument = makeValues(random)(parameter, depth - 1);
  const value = makeValues(random, { [parameter]: 'p' });
  let body = value(kind(), depth);
  // What names no parameter says nothing of arguments.
  while (!/\bp\b/.test(body)) body = value(kind(), depth);
  return {
    call: `CREATE TEMP FUNCTION f(p ${parameter}) AS (${body}); SELECT f(${argument}) AS x`,
    same: `SELECT (SELECT ${body} FROM (SELECT ${argument} AS p)) AS x`,
  };
}

/** Expressions of a kind. Where `names` has one for a kind, it stands for half of its values. */
function makeValues(
  random: () => number,
  names: Readonly<Record<string, string>> = {},
): (kind: string, left: number) => string {
  const pick = <Item>(items: readonly Item[]): Item =>
    items[Math.floor(random() * items.length)] as Item;
  const byResult = new Map<string, Rule[]>();
  for (const rules of SCALAR_RULES.values()) {
    for (const rule of rules) {
      const plain = [...rule.parameters, rule.result].every(
        (type) => VALUES[type] !== undefined || type === 'T',
      );
      if (!plain || VOLATILE.has(rule.name) || BOUNDED.has(rule.name)) continue;
      byResult.set(rule.result, [...(byResult.get(rule.result) ?? []), rule]);
    }
  }

  function value(kind: string, left: number): string {
    if (left === 0 || random() < 0.15) {
      const name = names[kind];
      return name !== undefined && random() < 0.5 ? name : pick(VALUES[kind] ?? ['NULL']);
    }
    const special = random() < 0.45 ? construct(kind, left - 1) : undefined;
    if (special !== undefined) return special;
    const rule = pick([...(byResult.get(kind) ?? []), ...(byResult.get('T') ?? [])]);
    if (rule === undefined) return pick(VALUES[kind] ?? ['NULL']);
    const count = rule.parameters.length + (rule.isVariadic ? Math.floor(random() * 2) : 0);
    const args = Array.from({ length: count }, (_, index) => {
      const wanted = rule.parameters[Math.min(index, rule.parameters.length - 1)] ?? kind;
      // The second text beside a time is its zone.
      if (wanted === 'STRING' && 0 < index && /TIMESTAMP|DATE|TIME/.test(rule.parameters[0] ?? ''))
        return pick(ZONES);
      return value(wanted === 'T' ? kind : wanted, left - 1);
    });
    return `${random() < 0.1 ? 'SAFE.' : ''}${rule.name}(${args.join(', ')})`;
  }

  /** Operators, casts, CASE and the functions that take a part of a date. */
  function construct(kind: string, left: number): string | undefined {
    const one = (type: string): string => value(type, left);
    switch (kind) {
      case 'INT64':
        return pick([
          () => `(${one('INT64')} ${pick(['+', '-', '*', '&', '|', '^'])} ${one('INT64')})`,
          () =>
            `EXTRACT(${pick(['YEAR', 'DAYOFWEEK', 'DAYOFYEAR', 'WEEK', 'ISOWEEK', 'HOUR', 'MILLISECOND', 'WEEK(FRIDAY)', 'ISOYEAR'])} FROM ${one('TIMESTAMP')}${random() < 0.5 ? '' : ` AT TIME ZONE ${pick(ZONES)}`})`,
          () =>
            `TIMESTAMP_DIFF(${one('TIMESTAMP')}, ${one('TIMESTAMP')}, ${pick(PARTS.slice(0, 5))})`,
          () => `DATE_DIFF(${one('DATE')}, ${one('DATE')}, ${pick(PARTS.slice(4))})`,
          () => `DATETIME_DIFF(${one('DATETIME')}, ${one('DATETIME')}, ${pick(PARTS.slice(1))})`,
          () => `CAST(${one('FLOAT64')} AS INT64)`,
          () => `SAFE_CAST(${one('STRING')} AS INT64)`,
          () => `ARRAY_LENGTH(SPLIT(${one('STRING')}, ','))`,
        ])();
      case 'FLOAT64':
        return pick([
          () => `(${one('FLOAT64')} ${pick(['+', '-', '*', '/'])} ${one('FLOAT64')})`,
          () => `(${one('INT64')} / ${one('INT64')})`,
          () => `SAFE_CAST(${one('STRING')} AS FLOAT64)`,
          () => `CAST(${one('INT64')} AS FLOAT64)`,
          () => `GREATEST(${one('FLOAT64')}, ${one('FLOAT64')})`,
        ])();
      case 'BOOL': {
        const type = pick(KINDS.filter((each) => each !== 'JSON'));
        return pick([
          () => `(${one(type)} ${pick(['=', '!=', '<', '<=', '>', '>='])} ${one(type)})`,
          () => `(${one('BOOL')} ${pick(['AND', 'OR'])} ${one('BOOL')})`,
          () => `(${one(type)} IS ${pick(['', 'NOT '])}NULL)`,
          () => `(${one(type)} IS ${pick(['', 'NOT '])}DISTINCT FROM ${one(type)})`,
          () => `(${one(type)} ${pick(['', 'NOT '])}IN (${one(type)}, ${one(type)}))`,
          () => `(${one(type)} BETWEEN ${one(type)} AND ${one(type)})`,
          () => `(NOT ${one('BOOL')})`,
          () => `(${one('STRING')} LIKE '%a%')`,
        ])();
      }
      case 'STRING': {
        const type = pick([
          'INT64',
          'FLOAT64',
          'BOOL',
          'DATE',
          'DATETIME',
          'TIME',
          'TIMESTAMP',
          'NUMERIC',
        ]);
        return pick([
          () => `CAST(${one(type)} AS STRING)`,
          () => `TO_JSON_STRING(${one(type)})`,
          () => `(${one('STRING')} || ${one('STRING')})`,
          () => `FORMAT_TIMESTAMP('%F %T %a %j', ${one('TIMESTAMP')}, ${pick(ZONES)})`,
          () => `IF(${one('BOOL')}, ${one('STRING')}, ${one('STRING')})`,
          () => `CASE WHEN ${one('BOOL')} THEN ${one('STRING')} ELSE ${one('STRING')} END`,
          () => `JSON_VALUE(TO_JSON_STRING(STRUCT(${one(type)} AS a)), '$.a')`,
          () => `REGEXP_EXTRACT(${one('STRING')}, r'([a-z]+)')`,
          () => `REGEXP_REPLACE(${one('STRING')}, '[aeiou]', '*')`,
        ])();
      }
      case 'TIMESTAMP':
        return pick([
          () => `TIMESTAMP_TRUNC(${one('TIMESTAMP')}, ${pick(PARTS)}, ${pick(ZONES)})`,
          () => `TIMESTAMP_TRUNC(${one('TIMESTAMP')}, ${pick(PARTS)})`,
          () =>
            `TIMESTAMP_${pick(['ADD', 'SUB'])}(${one('TIMESTAMP')}, INTERVAL ${pick(['1', '-5', '90'])} ${pick(PARTS.slice(0, 5))})`,
          () => `CAST(${one('DATETIME')} AS TIMESTAMP)`,
        ])();
      case 'DATE':
        return pick([
          () => `DATE_TRUNC(${one('DATE')}, ${pick(PARTS.slice(4))})`,
          () =>
            `DATE_${pick(['ADD', 'SUB'])}(${one('DATE')}, INTERVAL ${pick(['1', '-5', '13'])} ${pick(STEPS.slice(2))})`,
          () =>
            `LAST_DAY(${one('DATE')}, ${pick(['MONTH', 'QUARTER', 'YEAR', 'WEEK', 'ISOWEEK'])})`,
          () => `SAFE_CAST(${one('STRING')} AS DATE)`,
          () => `EXTRACT(DATE FROM ${one('TIMESTAMP')} AT TIME ZONE ${pick(ZONES)})`,
        ])();
      case 'DATETIME':
        return pick([
          () => `DATETIME_TRUNC(${one('DATETIME')}, ${pick(PARTS)})`,
          () =>
            `DATETIME_${pick(['ADD', 'SUB'])}(${one('DATETIME')}, INTERVAL ${pick(['1', '-5', '13'])} ${pick(STEPS)})`,
        ])();
      case 'TIME':
        return pick([
          () => `TIME_TRUNC(${one('TIME')}, ${pick(PARTS.slice(0, 4))})`,
          () =>
            `TIME_ADD(${one('TIME')}, INTERVAL ${pick(['1', '-5', '90'])} ${pick(['MINUTE', 'HOUR'])})`,
        ])();
      case 'NUMERIC':
        return `(${one('NUMERIC')} ${pick(['+', '-'])} ${one('NUMERIC')})`;
      default:
        return undefined;
    }
  }

  return value;
}
