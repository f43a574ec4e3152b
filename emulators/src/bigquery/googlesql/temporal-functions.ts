import { type Context, fail, refuse } from './context.ts';
import type { Scope } from './scope.ts';
import type { Call, Expression } from './syntax.ts';
import { duckFormat } from './time-format.ts';
import { coerce, type Typed } from './typed.ts';
import {
  arrayOf,
  DATE,
  DATETIME,
  INT64,
  INTERVAL,
  type SqlType,
  STRING,
  TIME,
  TIMESTAMP,
  text,
  typeName,
} from './types.ts';
import { instantOf, localTime, UTC } from './zones.ts';

/** Functions and expressions that name a part of a date, or an interval of it. */
type Temporal = 'TIMESTAMP' | 'DATETIME' | 'DATE' | 'TIME';

const TYPES: Readonly<Record<Temporal, SqlType>> = { TIMESTAMP, DATETIME, DATE, TIME };

const MICROS: Readonly<Record<string, number>> = {
  MICROSECOND: 1,
  MILLISECOND: 1_000,
  SECOND: 1_000_000,
  MINUTE: 60_000_000,
  HOUR: 3_600_000_000,
  DAY: 86_400_000_000,
};
const CLOCK = ['MICROSECOND', 'MILLISECOND', 'SECOND', 'MINUTE', 'HOUR'];
const CALENDAR = ['DAY', 'WEEK', 'MONTH', 'QUARTER', 'YEAR'];
const UNITS: Readonly<Record<Temporal, readonly string[]>> = {
  TIMESTAMP: [...CLOCK, 'DAY'],
  DATETIME: [...CLOCK, ...CALENDAR],
  DATE: CALENDAR,
  TIME: CLOCK,
};
/** How many days after Monday a week begins. */
const WEEK_STARTS: Readonly<Record<string, number>> = {
  WEEK: 6,
  ISOWEEK: 0,
  'WEEK(MONDAY)': 0,
  'WEEK(TUESDAY)': 1,
  'WEEK(WEDNESDAY)': 2,
  'WEEK(THURSDAY)': 3,
  'WEEK(FRIDAY)': 4,
  'WEEK(SATURDAY)': 5,
  'WEEK(SUNDAY)': 6,
};

export function translateInterval(
  expression: Extract<Expression, { kind: 'interval' }>,
  scope: Scope,
  context: Context,
): Typed {
  const { unit, at } = expression;
  const amount = context.translateExpression(expression.amount, scope, context);
  const number = coerce(amount, INT64);
  if (number === undefined) refuse(context, 'INTERVAL of', typeName(amount.type), at);
  if (![...CLOCK, ...CALENDAR].includes(unit))
    fail(context, `Unsupported date part ${unit} in INTERVAL`, at);
  const make = unit === 'MILLISECOND' ? `to_microseconds(${number.sql} * 1000)` : null;
  const bits = CALENDAR.includes(unit) ? 'INTEGER' : 'BIGINT';
  const sql = make ?? `to_${unit.toLowerCase()}s(CAST(${number.sql} AS ${bits}))`;
  return { sql, type: INTERVAL, interval: { amount: number.sql, unit } };
}

/** `X_ADD`, `X_SUB`, `X_DIFF`, `X_TRUNC`, `FORMAT_X`, `PARSE_X` and their kin; undefined for other names. */
export function translateTemporalCall(
  call: Call,
  scope: Scope,
  context: Context,
): Typed | undefined {
  const match = /^(TIMESTAMP|DATETIME|DATE|TIME)_(ADD|SUB|DIFF|TRUNC|BUCKET)$/.exec(call.name);
  const kind = match?.[1] as Temporal | undefined;
  if (kind !== undefined) {
    switch (match?.[2]) {
      case 'ADD':
        return add(kind, '+', call, scope, context);
      case 'SUB':
        return add(kind, '-', call, scope, context);
      case 'DIFF':
        return difference(kind, call, scope, context);
      case 'TRUNC':
        return truncate(kind, call, scope, context);
      default:
        return bucket(kind, call, scope, context);
    }
  }
  const format = /^(FORMAT|PARSE)_(TIMESTAMP|DATETIME|DATE|TIME)$/.exec(call.name);
  if (format !== null) {
    const run = format[1] === 'FORMAT' ? formatted : parsed;
    return run(format[2] as Temporal, call, scope, context);
  }
  if (call.name === 'LAST_DAY') return lastDay(call, scope, context);
  if (call.name === 'GENERATE_TIMESTAMP_ARRAY') return series('TIMESTAMP', call, scope, context);
  if (call.name === 'GENERATE_DATE_ARRAY') return series('DATE', call, scope, context);
  return undefined;
}

function argument(call: Call, index: number, type: SqlType, scope: Scope, context: Context): Typed {
  const expression = call.args[index];
  if (expression === undefined)
    return fail(context, `Number of arguments does not match for function ${call.name}`, call.at);
  const typed = context.translateExpression(expression, scope, context);
  return (
    coerce(typed, type) ??
    fail(
      context,
      `No matching signature for function ${call.name}: argument ${index + 1} has type ${typeName(typed.type)}, wanted ${typeName(type)}`,
      call.at,
    )
  );
}

/** DATE_ADD and its kin take DATETIME and TIMESTAMP too; the first argument decides. */
function subject(
  kind: Temporal,
  call: Call,
  scope: Scope,
  context: Context,
  index = 0,
): { kind: Temporal; sql: string } {
  const expression = call.args[index];
  if (expression === undefined)
    return fail(context, `Number of arguments does not match for function ${call.name}`, call.at);
  const typed = context.translateExpression(expression, scope, context);
  const own = typed.type.kind;
  if (own !== kind && kind === 'DATE' && (own === 'DATETIME' || own === 'TIMESTAMP'))
    return { kind: own, sql: typed.sql };
  if (own !== kind && kind === 'TIMESTAMP' && own === 'DATETIME')
    return { kind: own, sql: typed.sql };
  if (own !== kind && kind === 'DATETIME' && own === 'TIMESTAMP')
    return { kind: own, sql: typed.sql };
  return { kind, sql: argument(call, index, TYPES[kind], scope, context).sql };
}

function partOf(call: Call, index: number, context: Context): string {
  const part = call.args[index];
  if (part?.kind !== 'path' || part.parts.length !== 1)
    return fail(
      context,
      `A valid date part name is required for function ${call.name}`,
      part?.at ?? call.at,
    );
  return part.parts[0]?.toUpperCase() ?? '';
}

function add(named: Temporal, op: '+' | '-', call: Call, scope: Scope, context: Context): Typed {
  const { kind, sql } = subject(named, call, scope, context);
  const step = argument(call, 1, INTERVAL, scope, context);
  const unit =
    step.interval?.unit ??
    refuse(context, 'Argument', `${call.name} of a computed INTERVAL`, call.at);
  if (!UNITS[kind].includes(unit))
    fail(
      context,
      `${call.name} does not support the ${unit} date part when the argument is ${kind} type`,
      call.at,
    );
  const sum =
    kind === 'DATE' ? `CAST(${sql} ${op} ${step.sql} AS DATE)` : `(${sql} ${op} ${step.sql})`;
  return { sql: sum, type: TYPES[kind] };
}

function difference(named: Temporal, call: Call, scope: Scope, context: Context): Typed {
  const { kind, sql: a } = subject(named, call, scope, context);
  const b = argument(call, 1, TYPES[kind], scope, context).sql;
  const part = partOf(call, 2, context);
  const micros = MICROS[part];
  if (kind === 'TIMESTAMP') {
    if (micros === undefined)
      fail(context, `${call.name} does not support the ${part} date part`, call.at);
    return { sql: `((epoch_us(${a}) - epoch_us(${b})) // ${micros})`, type: INT64 };
  }
  if (kind === 'TIME') {
    if (!CLOCK.includes(part))
      fail(context, `${call.name} does not support the ${part} date part`, call.at);
    const of = (x: string): string => `(DATE '1970-01-01' + ${x})`;
    return { sql: `date_diff('${part.toLowerCase()}', ${of(b)}, ${of(a)})`, type: INT64 };
  }
  const week = WEEK_STARTS[part];
  if (week !== undefined) {
    const start = (x: string): string =>
      `CAST(${weekStart(`CAST(${x} AS TIMESTAMP)`, week)} AS DATE)`;
    return { sql: `CAST((${start(a)} - ${start(b)}) // 7 AS BIGINT)`, type: INT64 };
  }
  if (part === 'ISOYEAR') return { sql: `(isoyear(${a}) - isoyear(${b}))`, type: INT64 };
  if (!UNITS[kind].includes(part))
    fail(context, `${call.name} does not support the ${part} date part`, call.at);
  return { sql: `date_diff('${part.toLowerCase()}', ${b}, ${a})`, type: INT64 };
}

/** The start of the week of a TIMESTAMP without zone; weeks begin `after` days after Monday. */
function weekStart(sql: string, after: number): string {
  if (after === 0) return `date_trunc('week', ${sql})`;
  return `(date_trunc('week', ${sql} - INTERVAL ${after} DAY) + INTERVAL ${after} DAY)`;
}

/** A DuckDB TIMESTAMP without zone, cut down to `part`; undefined for no such part. */
function truncated(sql: string, part: string): string | undefined {
  const week = WEEK_STARTS[part];
  if (week !== undefined) return weekStart(sql, week);
  if (part === 'ISOYEAR')
    return `date_trunc('week', make_timestamp(isoyear(${sql}), 1, 4, 0, 0, 0))`;
  if (![...CLOCK, ...CALENDAR].includes(part)) return undefined;
  return `date_trunc('${part.toLowerCase()}', ${sql})`;
}

function truncate(named: Temporal, call: Call, scope: Scope, context: Context): Typed {
  const { kind, sql } = subject(named, call, scope, context);
  const part = partOf(call, 1, context);
  const zone = 2 < call.args.length ? argument(call, 2, STRING, scope, context).sql : UTC;
  if (kind !== 'TIMESTAMP' && 2 < call.args.length)
    fail(context, `Number of arguments does not match for function ${call.name}`, call.at);
  const unsupported = (): never =>
    fail(
      context,
      `${call.name} does not support the ${part} date part when the argument is ${kind} type`,
      call.at,
    );
  if (kind === 'TIME') {
    if (!CLOCK.includes(part)) unsupported();
    return {
      sql: `CAST(date_trunc('${part.toLowerCase()}', DATE '1970-01-01' + ${sql}) AS TIME)`,
      type: TIME,
    };
  }
  if (kind === 'DATE' && CLOCK.includes(part)) unsupported();
  if (kind === 'TIMESTAMP') {
    const local = localTime(zone, sql);
    const cut = truncated(local, part) ?? unsupported();
    // An hour that comes twice, when clocks go back, must stay the one it is.
    const isOfClock = CLOCK.includes(part) && zone !== UTC;
    const back = isOfClock
      ? `(${sql} - (${local} - ${cut}))`
      : instantOf(zone, `CAST(${cut} AS TIMESTAMP)`);
    return { sql: back, type: TIMESTAMP };
  }
  const cut = truncated(`CAST(${sql} AS TIMESTAMP)`, part) ?? unsupported();
  return { sql: `CAST(${cut} AS ${kind === 'DATE' ? 'DATE' : 'TIMESTAMP'})`, type: TYPES[kind] };
}

/** Source: …/standard-sql/time-series-functions#timestamp_bucket (the origin is 1950-01-01). */
function bucket(kind: Temporal, call: Call, scope: Scope, context: Context): Typed {
  if (kind === 'TIME') refuse(context, 'Function', call.name, call.at);
  const value = argument(call, 0, TYPES[kind], scope, context).sql;
  const width = argument(call, 1, INTERVAL, scope, context).sql;
  const sqlType = { TIMESTAMP: 'TIMESTAMPTZ', DATETIME: 'TIMESTAMP', DATE: 'DATE' }[kind];
  const origin =
    2 < call.args.length
      ? argument(call, 2, TYPES[kind], scope, context).sql
      : `${sqlType} '1950-01-01'`;
  return {
    sql: `CAST(time_bucket(${width}, ${value}, ${origin}) AS ${sqlType})`,
    type: TYPES[kind],
  };
}

function lastDay(call: Call, scope: Scope, context: Context): Typed {
  const { kind, sql } = subject('DATE', call, scope, context);
  if (kind === 'TIMESTAMP')
    fail(
      context,
      'No matching signature for function LAST_DAY for argument types: TIMESTAMP',
      call.at,
    );
  const part = 1 < call.args.length ? partOf(call, 1, context) : 'MONTH';
  const cut =
    CLOCK.includes(part) || part === 'DAY'
      ? undefined
      : truncated(`CAST(${sql} AS TIMESTAMP)`, part);
  if (cut === undefined)
    return fail(context, `LAST_DAY does not support the ${part} date part`, call.at);
  if (part === 'ISOYEAR') return refuse(context, 'Date part', 'LAST_DAY(…, ISOYEAR)', call.at);
  const span = part.includes('WEEK')
    ? 'INTERVAL 7 DAY'
    : part === 'QUARTER'
      ? 'INTERVAL 3 MONTH'
      : `INTERVAL 1 ${part}`;
  return { sql: `CAST(${cut} + ${span} - INTERVAL 1 DAY AS DATE)`, type: DATE };
}

function series(kind: 'TIMESTAMP' | 'DATE', call: Call, scope: Scope, context: Context): Typed {
  const start = argument(call, 0, TYPES[kind], scope, context).sql;
  const end = argument(call, 1, TYPES[kind], scope, context).sql;
  const isDaily = kind === 'DATE' && call.args.length === 2;
  const step = isDaily ? 'INTERVAL 1 DAY' : argument(call, 2, INTERVAL, scope, context).sql;
  if (kind === 'TIMESTAMP')
    return { sql: `generate_series(${start}, ${end}, ${step})`, type: arrayOf(TIMESTAMP) };
  const sql = `generate_series(CAST(${start} AS TIMESTAMP), CAST(${end} AS TIMESTAMP), ${step})`;
  return { sql: `CAST(${sql} AS DATE[])`, type: arrayOf(DATE) };
}

function formatText(call: Call, context: Context): string {
  const format = call.args[0];
  if (format?.kind !== 'string')
    return refuse(context, 'Format', `${call.name} with a format that is not a literal`, call.at);
  return format.value;
}

function formatted(named: Temporal, call: Call, scope: Scope, context: Context): Typed {
  const format = formatText(call, context);
  const { kind, sql } = subject(named, call, scope, context, 1);
  const zone = 2 < call.args.length ? argument(call, 2, STRING, scope, context).sql : UTC;
  const local =
    kind === 'TIMESTAMP'
      ? localTime(zone, sql)
      : kind === 'TIME'
        ? `(DATE '1970-01-01' + ${sql})`
        : `CAST(${sql} AS TIMESTAMP)`;
  const duck = duckFormat(format, kind === 'TIMESTAMP' && zone === UTC ? 'write UTC' : 'write');
  if (typeof duck !== 'string')
    return refuse(context, 'Format element', duck.unsupported, call.args[0]?.at ?? call.at);
  return { sql: `strftime(${local}, ${text(duck)})`, type: STRING };
}

function parsed(kind: Temporal, call: Call, scope: Scope, context: Context): Typed {
  const format = formatText(call, context);
  const value = argument(call, 1, STRING, scope, context).sql;
  const zone = 2 < call.args.length ? argument(call, 2, STRING, scope, context).sql : UTC;
  const duck = duckFormat(format, 'read');
  if (typeof duck !== 'string')
    return refuse(context, 'Format element', duck.unsupported, call.args[0]?.at ?? call.at);
  // DuckDB fills what the format leaves out from 1900; GoogleSQL from 1970.
  const hasYear = /%[YyxcDF]/.test(duck);
  const sql = `strptime(${hasYear ? value : `'1970 ' || ${value}`}, ${text(hasYear ? duck : `%Y ${duck}`)})`;
  const zoned = /%z/.test(duck);
  if (kind === 'TIMESTAMP')
    return {
      sql: zoned ? `CAST(${sql} AS TIMESTAMPTZ)` : instantOf(zone, sql),
      type: TIMESTAMP,
    };
  return { sql: `CAST(${sql} AS ${kind === 'DATETIME' ? 'TIMESTAMP' : kind})`, type: TYPES[kind] };
}

export function translateExtract(
  expression: Extract<Expression, { kind: 'extract' }>,
  scope: Scope,
  context: Context,
): Typed {
  const { part, at } = expression;
  const value = context.translateExpression(expression.arg, scope, context);
  const zone =
    expression.zone === null
      ? UTC
      : context.translateExpression(expression.zone, scope, context).sql;
  const { kind } = value.type;
  if (!['TIMESTAMP', 'DATETIME', 'DATE', 'TIME'].includes(kind)) {
    if (kind === 'INTERVAL') refuse(context, 'Expression', 'EXTRACT from INTERVAL', at);
    fail(context, `EXTRACT from a value of type ${typeName(value.type)} is not possible`, at);
  }
  if (expression.zone !== null && kind !== 'TIMESTAMP')
    fail(context, `EXTRACT from ${kind} does not support AT TIME ZONE`, at);
  const isTimeOfDay = CLOCK.includes(part);
  if ((kind === 'DATE' && isTimeOfDay) || (kind === 'TIME' && !isTimeOfDay))
    fail(context, `EXTRACT from ${kind} does not support the ${part} date part`, at);
  const local = kind === 'TIMESTAMP' ? localTime(zone, value.sql) : value.sql;
  const found = extracted(part, local);
  return found ?? fail(context, `EXTRACT does not support the ${part} date part`, at);
}

function extracted(part: string, x: string): Typed | undefined {
  const int = (sql: string): Typed => ({ sql: `CAST(${sql} AS BIGINT)`, type: INT64 });
  switch (part) {
    case 'DATE':
      return { sql: `CAST(${x} AS DATE)`, type: DATE };
    case 'DATETIME':
      return { sql: `CAST(${x} AS TIMESTAMP)`, type: DATETIME };
    case 'TIME':
      return { sql: `CAST(${x} AS TIME)`, type: TIME };
    case 'DAYOFWEEK':
      return int(`dayofweek(${x}) + 1`);
    case 'DAYOFYEAR':
      return int(`dayofyear(${x})`);
    case 'ISOWEEK':
      return int(`weekofyear(${x})`);
    case 'ISOYEAR':
      return int(`isoyear(${x})`);
    case 'MICROSECOND':
      return int(`extract('microsecond' FROM ${x}) % 1000000`);
    case 'MILLISECOND':
      return int(`extract('millisecond' FROM ${x}) % 1000`);
    default: {
      const start = WEEK_STARTS[part];
      // Days of the year before its first week begin count as week 0.
      if (start !== undefined)
        return int(`(dayofyear(${x}) + 6 - (isodow(${x}) + 6 - ${start}) % 7) // 7`);
      if (!['YEAR', 'QUARTER', 'MONTH', 'DAY', 'HOUR', 'MINUTE', 'SECOND'].includes(part))
        return undefined;
      return int(`extract('${part.toLowerCase()}' FROM ${x})`);
    }
  }
}
