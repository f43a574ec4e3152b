import { castTo } from './cast.ts';
import { type Context, fail, refuse } from './context.ts';
import { mayMatchNothing } from './patterns.ts';
import type { Scope } from './scope.ts';
import type { Call } from './syntax.ts';
import { coerce, commonType, type Typed } from './typed.ts';
import {
  arrayOf,
  BOOL,
  BYTES,
  DATE,
  DATETIME,
  duckType,
  FLOAT64,
  INT64,
  NULL_TYPE,
  type SqlType,
  STRING,
  TIME,
  TIMESTAMP,
  text,
  typeName,
} from './types.ts';
import { localTime } from './zones.ts';

type Special = (call: Call, scope: Scope, context: Context) => Typed;

/** Functions whose translation needs more than the types of their arguments. */
export const SPECIAL_FUNCTIONS: Readonly<Record<string, Special>> = {
  IF: (call, scope, context) => {
    const [condition, yes, no] = args(call, scope, context, 3, 3);
    const test = coerce(condition as Typed, BOOL);
    const type = commonType([yes as Typed, no as Typed]);
    if (test === undefined || type === undefined)
      return mismatch(call, [condition, yes, no] as Typed[], context);
    return {
      sql: `(CASE WHEN ${test.sql} THEN ${coerce(yes as Typed, type)?.sql} ELSE ${coerce(no as Typed, type)?.sql} END)`,
      type,
    };
  },
  GREATEST: (call, scope, context) => extreme('greatest', call, scope, context),
  LEAST: (call, scope, context) => extreme('least', call, scope, context),
  ARRAY_CONCAT: (call, scope, context) => {
    const values = args(call, scope, context, 1, Number.POSITIVE_INFINITY);
    if (values.some((value) => value.type.kind === 'NULL')) return mismatch(call, values, context);
    const type = commonType(values);
    if (type?.kind !== 'ARRAY') return mismatch(call, values, context);
    const lists = values.map((value) => coerce(value, type)?.sql);
    return { sql: lists.reduce((all, next) => `bq_concat_arrays(${all}, ${next})`) ?? '', type };
  },
  CONCAT: (call, scope, context) => {
    const values = args(call, scope, context, 1, Number.POSITIVE_INFINITY);
    const isBytes = values.every((value) => value.type.kind === 'BYTES');
    if (isBytes) return { sql: `(${values.map((value) => value.sql).join(' || ')})`, type: BYTES };
    // Everything that casts to STRING is taken.
    const parts = values.map((value) => castTo(value, STRING, call.at, context).sql);
    return { sql: `(${parts.join(' || ')})`, type: STRING };
  },
  FORMAT: (call, scope, context) => {
    const [first, ...rest] = args(call, scope, context, 1, Number.POSITIVE_INFINITY);
    if (first?.type.kind !== 'STRING' || first.literal === undefined) {
      return refuse(context, 'Format', 'FORMAT with a format that is not a literal', call.at);
    }
    return { sql: formatted(first.literal, rest, call, context), type: STRING };
  },
  CURRENT_TIMESTAMP: () => ({ sql: NOW, type: TIMESTAMP }),
  CURRENT_DATE: (call, scope, context) => ({
    sql: `CAST(${localTime(zone(call, scope, context), NOW)} AS DATE)`,
    type: DATE,
  }),
  CURRENT_DATETIME: (call, scope, context) => ({
    sql: `${localTime(zone(call, scope, context), NOW)}`,
    type: DATETIME,
  }),
  CURRENT_TIME: (call, scope, context) => ({
    sql: `CAST(${localTime(zone(call, scope, context), NOW)} AS TIME)`,
    type: TIME,
  }),
  REGEXP_EXTRACT: regexpExtract,
  REGEXP_SUBSTR: regexpExtract,
  REGEXP_EXTRACT_ALL: (call, scope, context) => {
    const [value, pattern] = strings(call, scope, context);
    const group = captureGroup(call, pattern as Typed, context);
    refuseEmptyMatches(call, pattern as Typed, context);
    return {
      sql: `regexp_extract_all(${value?.sql}, ${pattern?.sql}, ${group})`,
      type: arrayOf(STRING),
    };
  },
  ERROR: (call, scope, context) => {
    const [message] = strings(call, scope, context);
    return { sql: `CAST(bq_error(${message?.sql}) AS BIGINT)`, type: NULL_TYPE };
  },
  SAFE_CONVERT_BYTES_TO_STRING: (call, scope, context) => {
    const [value] = args(call, scope, context, 1, 1);
    const bytes = coerce(value as Typed, BYTES) ?? mismatch(call, [value as Typed], context);
    return { sql: `decode(${bytes.sql})`, type: STRING };
  },
  TRUNC: (call, scope, context) => {
    const [value, digits] = args(call, scope, context, 1, 2);
    if (digits !== undefined) refuse(context, 'Function', 'TRUNC with digits', call.at);
    const isNumeric = value?.type.kind === 'NUMERIC';
    const type: SqlType = { kind: isNumeric ? 'NUMERIC' : 'FLOAT64' };
    const number = coerce(value as Typed, type) ?? mismatch(call, [value as Typed], context);
    return { sql: `CAST(trunc(${number.sql}) AS ${duckType(type)})`, type };
  },
};

const SPECIFIERS: Readonly<Record<string, readonly [types: readonly SqlType[], duck: string]>> = {
  d: [[INT64], 'd'],
  i: [[INT64], 'd'],
  x: [[INT64], 'x'],
  X: [[INT64], 'X'],
  f: [[FLOAT64], 'f'],
  F: [[FLOAT64], 'f'],
  s: [[STRING], 's'],
};

/** Source: https://cloud.google.com/bigquery/docs/reference/standard-sql/format-elements#format_string */
function formatted(format: string, values: readonly Typed[], call: Call, context: Context): string {
  let used = 0;
  const pieces: string[] = [];
  for (const [piece, literal, flags, kind = ''] of format.matchAll(
    /([^%]+)|%([-+ 0#]*\d*(?:\.\d+)?)([a-zA-Z%])|%/g,
  )) {
    if (literal !== undefined) pieces.push(text(literal));
    else if (kind === '%' && flags === '') pieces.push("'%'");
    else {
      const value = values[used];
      if (value === undefined)
        return fail(
          context,
          `Invalid FORMAT string: Too few arguments to FORMAT for pattern ${text(format)}`,
          call.at,
        );
      used += 1;
      pieces.push(specified(piece, flags ?? '', kind, value, call, context));
    }
  }
  if (used < values.length)
    return fail(
      context,
      `Invalid FORMAT string: Too many arguments to FORMAT for pattern ${text(format)}`,
      call.at,
    );
  return pieces.length === 0 ? "''" : `(${pieces.join(' || ')})`;
}

function specified(
  piece: string,
  flags: string,
  kind: string,
  value: Typed,
  call: Call,
  context: Context,
): string {
  if (kind === 't' && flags === '') {
    return `coalesce(${castTo(value, STRING, call.at, context).sql}, 'NULL')`;
  }
  const specifier = SPECIFIERS[kind];
  if (specifier === undefined || flags.includes('#'))
    return refuse(context, 'Format specifier', piece, call.at);
  const typed = coerce(value, specifier[0][0] as SqlType);
  if (typed === undefined)
    return fail(
      context,
      `Invalid type for argument to FORMAT; Expected ${typeName(specifier[0][0] as SqlType)}; Got ${typeName(value.type)}`,
      call.at,
    );
  if (kind === 'x' || kind === 'X') {
    if (flags === '') return kind === 'x' ? `bq_hex(${typed.sql})` : `upper(bq_hex(${typed.sql}))`;
    return refuse(context, 'Format specifier', piece, call.at);
  }
  const number = specifier[1] === 'f' ? `bq_printable(${typed.sql})` : typed.sql;
  return `printf(${text(`%${flags}${specifier[1]}`)}, ${number})`;
}

/** Replaced by the job's start when it runs, so that one query sees one time. */
export const NOW = '\uE000now\uE001';

function args(call: Call, scope: Scope, context: Context, least: number, most: number): Typed[] {
  if (call.args.length < least || most < call.args.length) {
    fail(context, `Number of arguments does not match for function ${call.name}`, call.at);
  }
  return call.args.map((arg) => context.translateExpression(arg, scope, context));
}

function mismatch(call: Call, values: readonly Typed[], context: Context): never {
  const types = values.map((value) => typeName(value.type)).join(', ');
  return fail(
    context,
    `No matching signature for function ${call.name} for argument types: ${types}`,
    call.at,
  );
}

function strings(call: Call, scope: Scope, context: Context): Typed[] {
  const values = args(call, scope, context, 1, Number.POSITIVE_INFINITY);
  return values.map((value, index) => {
    const type = index < 2 ? STRING : INT64;
    return coerce(value, type) ?? mismatch(call, values, context);
  });
}

function zone(call: Call, scope: Scope, context: Context): string {
  if (call.args.length === 0) return "'UTC'";
  const [name] = args(call, scope, context, 1, 1);
  return (coerce(name as Typed, STRING) ?? mismatch(call, [name as Typed], context)).sql;
}

/** DuckDB's greatest and least skip NULLs; GoogleSQL's do not, and NaN wins both. */
function extreme(name: 'greatest' | 'least', call: Call, scope: Scope, context: Context): Typed {
  const values = args(call, scope, context, 1, Number.POSITIVE_INFINITY);
  const type = commonType(values);
  if (type === undefined || ['ARRAY', 'STRUCT', 'JSON'].includes(type.kind))
    return mismatch(call, values, context);
  const list = values.map((value) => coerce(value, type)?.sql ?? '');
  const anyNull = list.map((each) => `${each} IS NULL`).join(' OR ');
  const anyNan =
    type.kind === 'FLOAT64'
      ? ` WHEN ${list.map((each) => `isnan(${each})`).join(' OR ')} THEN 'nan'::DOUBLE`
      : '';
  return {
    sql: `(CASE WHEN ${anyNull} THEN NULL${anyNan} ELSE ${name}(${list.join(', ')}) END)`,
    type,
  };
}

function regexpExtract(call: Call, scope: Scope, context: Context): Typed {
  const [value, pattern, position, occurrence] = strings(call, scope, context);
  const group = captureGroup(call, pattern as Typed, context);
  if (occurrence !== undefined) refuseEmptyMatches(call, pattern as Typed, context);
  const from = position === undefined ? value?.sql : `substr(${value?.sql}, ${position.sql})`;
  return {
    sql: `regexp_extract_all(${from}, ${pattern?.sql}, ${group})[${occurrence?.sql ?? 1}]`,
    type: STRING,
  };
}

/** DuckDB goes on differently after a match of nothing. */
function refuseEmptyMatches(call: Call, pattern: Typed, context: Context): void {
  if (pattern.literal === undefined || mayMatchNothing(pattern.literal))
    refuse(context, 'Pattern', `${call.name} with a pattern that matches nothing`, call.at);
}

/** 1 if the pattern captures something, else 0. GoogleSQL allows one group at most. */
function captureGroup(call: Call, pattern: Typed, context: Context): 0 | 1 {
  if (pattern.literal === undefined)
    return refuse(context, 'Pattern', `${call.name} with a pattern that is not a literal`, call.at);
  const bare = pattern.literal.replace(/\\[\s\S]/g, 'x').replace(/\[[^\]]*\]/g, 'x');
  const groups = bare.match(/\((?!\?)|\(\?P</g)?.length ?? 0;
  if (1 < groups)
    fail(
      context,
      `Regular expression has more than one capturing group: ${text(pattern.literal)}`,
      call.at,
    );
  return groups === 0 ? 0 : 1;
}
