import { type Context, fail, refuse } from './context.ts';
import { isConstant } from './evaluation.ts';
import type { Scope } from './scope.ts';
import type { Call } from './syntax.ts';
import { coerce, type Typed } from './typed.ts';
import {
  arrayOf,
  BOOL,
  FLOAT64,
  INT64,
  NUMERIC,
  type SqlType,
  STRING,
  structOf,
  text,
  typeName,
} from './types.ts';
import { orderList, suffix } from './windows.ts';

/** Writes one DuckDB aggregate with the call's DISTINCT, ORDER BY, FILTER and OVER. */
type Write = (name: string, ...args: string[]) => string;
interface Aggregate {
  /** Tried in order; the first whose types fit is used. */
  readonly rules: readonly (readonly [
    parameters: readonly (SqlType | 'T')[],
    result: SqlType | 'T',
    (write: Write, ...args: string[]) => string,
  ])[];
}

const floats = (name: string): Aggregate => ({
  rules: [[[FLOAT64], FLOAT64, (write, x) => write(name, x)]],
});
const pairs = (name: string): Aggregate => ({
  rules: [[[FLOAT64, FLOAT64], FLOAT64, (write, x, y) => write(name, x, y)]],
});

/** Source: https://cloud.google.com/bigquery/docs/reference/standard-sql/aggregate_functions */
const AGGREGATES: Readonly<Record<string, Aggregate>> = {
  COUNT: { rules: [[['T'], INT64, (write, x) => write('count', x)]] },
  // count_if gives NULL where every condition is NULL.
  COUNTIF: { rules: [[[BOOL], INT64, (write, x) => write('count', `CASE WHEN ${x} THEN 1 END`)]] },
  SUM: {
    rules: [
      [[INT64], INT64, (write, x) => `CAST(${write('sum', x)} AS BIGINT)`],
      [
        [NUMERIC],
        NUMERIC,
        (write, x) => `bq_numeric_sum(CAST(${write('sum', x)} AS DECIMAL(38,9)))`,
      ],
      [
        [FLOAT64],
        FLOAT64,
        (write, x) => `bq_float_sum(${write('sum', x)}, ${write('max', `abs(${x})`)})`,
      ],
    ],
  },
  AVG: { rules: [[[FLOAT64], FLOAT64, (write, x) => write('avg', x)]] },
  MIN: {
    rules: [
      // NaN is the least of all in GoogleSQL and the greatest in DuckDB.
      [
        [FLOAT64],
        FLOAT64,
        (write, x) =>
          `CASE WHEN ${write('bool_or', `isnan(${x})`)} THEN 'nan'::DOUBLE ELSE ${write('min', x)} END`,
      ],
      [['T'], 'T', (write, x) => write('min', x)],
    ],
  },
  MAX: { rules: [[['T'], 'T', (write, x) => write('max', x)]] },
  LOGICAL_AND: { rules: [[[BOOL], BOOL, (write, x) => write('bool_and', x)]] },
  LOGICAL_OR: { rules: [[[BOOL], BOOL, (write, x) => write('bool_or', x)]] },
  BIT_AND: { rules: [[[INT64], INT64, (write, x) => write('bit_and', x)]] },
  BIT_OR: { rules: [[[INT64], INT64, (write, x) => write('bit_or', x)]] },
  BIT_XOR: { rules: [[[INT64], INT64, (write, x) => write('bit_xor', x)]] },
  STDDEV: floats('stddev_samp'),
  STDDEV_SAMP: floats('stddev_samp'),
  STDDEV_POP: floats('stddev_pop'),
  VARIANCE: floats('var_samp'),
  VAR_SAMP: floats('var_samp'),
  VAR_POP: floats('var_pop'),
  // Of fewer than two pairs there is no correlation; DuckDB says NaN.
  CORR: {
    rules: [
      [
        [FLOAT64, FLOAT64],
        FLOAT64,
        (write, x, y) =>
          `CASE WHEN ${write('regr_count', x, y)} > 1 THEN ${write('corr', x, y)} END`,
      ],
    ],
  },
  COVAR_SAMP: pairs('covar_samp'),
  COVAR_POP: pairs('covar_pop'),
  APPROX_COUNT_DISTINCT: { rules: [[['T'], INT64, (write, x) => write('count', `DISTINCT ${x}`)]] },
  MAX_BY: { rules: [[['T', 'T'], 'T', (write, x, y) => write('arg_max_null', x, y)]] },
  MIN_BY: { rules: [[['T', 'T'], 'T', (write, x, y) => write('arg_min_null', x, y)]] },
};

/** Those that exist only with OVER. */
const NUMBERING: Readonly<Record<string, SqlType>> = {
  ROW_NUMBER: INT64,
  RANK: INT64,
  DENSE_RANK: INT64,
  PERCENT_RANK: FLOAT64,
  CUME_DIST: FLOAT64,
};
const NAVIGATION = new Set(['LAG', 'LEAD', 'FIRST_VALUE', 'LAST_VALUE', 'NTH_VALUE', 'NTILE']);
const LISTS = new Set(['ARRAY_AGG', 'STRING_AGG', 'ARRAY_CONCAT_AGG']);
/** Aggregates with a function of their own below. */
const OTHERS = new Set([
  'PERCENTILE_CONT',
  'PERCENTILE_DISC',
  'APPROX_QUANTILES',
  'APPROX_TOP_COUNT',
  'ANY_VALUE',
  'GROUPING',
]);

/** True for a call that looks at more than its own row. */
export function isAggregate({ name, over }: Call): boolean {
  return over !== null || name in AGGREGATES || OTHERS.has(name) || LISTS.has(name);
}

/** An aggregate or window function; undefined for other names. */
export function translateAggregate(call: Call, scope: Scope, context: Context): Typed | undefined {
  const { name, at } = call;
  if (name === 'COUNT' && call.star)
    return { sql: `${suffix('count(*)', '', call, scope, context)}`, type: INT64 };
  if (name === 'GROUPING') return grouping(call, scope, context);
  if (name in NUMBERING || NAVIGATION.has(name)) return navigate(call, scope, context);
  if (name === 'PERCENTILE_CONT' || name === 'PERCENTILE_DISC')
    return percentile(call, scope, context);
  if (name === 'APPROX_QUANTILES') return quantiles(call, scope, context);
  if (name === 'APPROX_TOP_COUNT') return topCount(call, scope, context);
  if (name === 'ANY_VALUE') return anyValue(call, scope, context);
  if (LISTS.has(name)) return list(call, scope, context);
  const aggregate = AGGREGATES[name];
  if (aggregate === undefined) return undefined;
  if (call.having !== null) refuse(context, 'Clause', `${name}(… HAVING MAX/MIN …)`, at);
  if (0 < call.orderBy.length || call.limit !== null || call.nulls !== null) {
    fail(context, `ORDER BY, LIMIT and NULLS are not allowed in ${name}`, at);
  }
  const args = translateArgs(call, scope, context);
  for (const [parameters, result, build] of aggregate.rules) {
    if (parameters.length !== args.length) continue;
    // MAX_BY takes two types; every other T stands alone.
    const values = args.map((arg, index) => {
      const wanted = parameters[index];
      if (wanted === 'T') return arg;
      // MIN of integers is an integer: a type of its own must not slip into the wider one.
      if (name === 'MIN' && arg.type.kind !== 'FLOAT64') return undefined;
      return coerce(arg, wanted as SqlType);
    });
    if (values.some((value) => value === undefined)) continue;
    const isOrdered = !['ARRAY', 'STRUCT', 'JSON'].includes(args[0]?.type.kind ?? '');
    if (parameters.includes('T') && name !== 'COUNT' && !isOrdered) break;
    const write: Write = (duck, ...inner) =>
      suffix(
        `${duck}(${call.distinct ? 'DISTINCT ' : ''}${inner.join(', ')})`,
        '',
        call,
        scope,
        context,
      );
    const sql = build(write, ...values.map((value) => value?.sql ?? ''));
    return { sql, type: result === 'T' ? (args[0] as Typed).type : result };
  }
  if (args[0]?.type.kind === 'NUMERIC') refuse(context, 'Function', `${name} of NUMERIC`, at);
  return mismatch(call, args, context);
}

/** 1 where a row is of a grouping set without this key. DuckDB checks that it is a key. */
function grouping(call: Call, scope: Scope, context: Context): Typed {
  const args = translateArgs(call, scope, context);
  if (args.length !== 1 || call.over !== null || call.distinct)
    return mismatch(call, args, context);
  return { sql: `CAST(grouping(${args[0]?.sql}) AS BIGINT)`, type: INT64 };
}

function translateArgs(call: Call, scope: Scope, context: Context): Typed[] {
  return call.args.map((arg) => context.translateExpression(arg, scope, context));
}

function mismatch(call: Call, args: readonly Typed[], context: Context): never {
  const types = args.map((arg) => typeName(arg.type)).join(', ');
  return fail(
    context,
    `No matching signature for aggregate function ${call.name} for argument types: ${types}`,
    call.at,
  );
}

function navigate(call: Call, scope: Scope, context: Context): Typed {
  const { name, at } = call;
  if (call.over === null)
    fail(context, `Analytic function ${name} cannot be called without an OVER clause`, at);
  const args = translateArgs(call, scope, context);
  const numbering = NUMBERING[name];
  if (numbering !== undefined) {
    if (0 < args.length) return mismatch(call, args, context);
    return { sql: suffix(`${name.toLowerCase()}()`, '', call, scope, context), type: numbering };
  }
  const [value, second, third] = args;
  if (value === undefined) return mismatch(call, args, context);
  if (name === 'NTILE')
    return { sql: suffix(`ntile(${value.sql})`, '', call, scope, context), type: INT64 };
  if (call.args[2] !== undefined && !isConstant(call.args[2]))
    fail(context, `The third argument (the default expression) to ${name} must be constant`, at);
  const nulls = call.nulls === 'IGNORE' ? ' IGNORE NULLS' : '';
  const extra = [
    ...(second === undefined ? [] : [second.sql]),
    ...(third === undefined
      ? []
      : [(coerce(third, value.type) ?? mismatch(call, args, context)).sql]),
  ];
  const inner = [value.sql, ...extra].join(', ');
  return {
    sql: suffix(`${name.toLowerCase()}(${inner}${nulls})`, '', call, scope, context),
    type: value.type,
  };
}

function percentile(call: Call, scope: Scope, context: Context): Typed {
  const args = translateArgs(call, scope, context);
  const [value, at] = args;
  if (call.over === null) refuse(context, 'Function', `${call.name} without OVER`, call.at);
  if (call.nulls === 'RESPECT') refuse(context, 'Clause', `${call.name}(… RESPECT NULLS)`, call.at);
  if (value === undefined || at?.literal === undefined)
    return refuse(context, 'Argument', `${call.name} of a computed percentile`, call.at);
  const isContinuous = call.name === 'PERCENTILE_CONT';
  const number = isContinuous ? coerce(value, FLOAT64) : value;
  if (number === undefined) return mismatch(call, args, context);
  const name = isContinuous ? 'quantile_cont' : 'quantile_disc';
  return {
    sql: suffix(`${name}(${number.sql}, ${at.literal})`, '', call, scope, context),
    type: number.type,
  };
}

/** Exact, which is among the answers that BigQuery's approximation may give. */
function quantiles(call: Call, scope: Scope, context: Context): Typed {
  const args = translateArgs(call, scope, context);
  const [value, count] = args;
  if (value === undefined || count?.literal === undefined) return mismatch(call, args, context);
  if (call.nulls === 'RESPECT')
    refuse(context, 'Clause', 'APPROX_QUANTILES(… RESPECT NULLS)', call.at);
  if (call.over !== null) refuse(context, 'Function', 'APPROX_QUANTILES with OVER', call.at);
  const number = Number(count.literal);
  if (!(1 <= number && number <= 100_000))
    fail(context, 'The second argument of APPROX_QUANTILES must be positive', call.at);
  const points = Array.from({ length: number + 1 }, (_, index) => index / number);
  const distinct = call.distinct ? 'DISTINCT ' : '';
  return {
    sql: suffix(
      `quantile_disc(${distinct}${value.sql}, [${points.join(', ')}])`,
      '',
      call,
      scope,
      context,
    ),
    type: arrayOf(value.type),
  };
}

function topCount(call: Call, scope: Scope, context: Context): Typed {
  const [value, count] = translateArgs(call, scope, context);
  if (value === undefined || count?.literal === undefined || call.over !== null)
    return refuse(context, 'Function', 'APPROX_TOP_COUNT of this form', call.at);
  const histogram = suffix(`histogram(${value.sql})`, '', call, scope, context);
  const entries = `list_sort(list_transform(map_entries(${histogram}), lambda bq_e: struct_pack(n := -CAST(bq_e.value AS BIGINT), v := bq_e.key)))`;
  const sql = `list_transform(${entries}[1:${count.literal}], lambda bq_e: struct_pack("value" := bq_e.v, "count" := -bq_e.n))`;
  return {
    sql,
    type: arrayOf(
      structOf([
        { name: 'value', type: value.type },
        { name: 'count', type: INT64 },
      ]),
    ),
  };
}

function anyValue(call: Call, scope: Scope, context: Context): Typed {
  const args = translateArgs(call, scope, context);
  const [value] = args;
  if (value === undefined || args.length !== 1) return mismatch(call, args, context);
  if (call.having === null)
    return { sql: suffix(`any_value(${value.sql})`, '', call, scope, context), type: value.type };
  const by = context.translateExpression(call.having.by, scope, context);
  const name = call.having.pick === 'MAX' ? 'arg_max_null' : 'arg_min_null';
  return {
    sql: suffix(`${name}(${value.sql}, ${by.sql})`, '', call, scope, context),
    type: value.type,
  };
}

/** ARRAY_AGG, STRING_AGG and ARRAY_CONCAT_AGG: the aggregates with an order and a limit. */
function list(call: Call, scope: Scope, context: Context): Typed {
  const { name, at } = call;
  const args = translateArgs(call, scope, context);
  const [value, separator] = args;
  if (value === undefined) return mismatch(call, args, context);
  if (call.having !== null) refuse(context, 'Clause', `${name}(… HAVING MAX/MIN …)`, at);
  if (call.over !== null && (0 < call.orderBy.length || call.limit !== null))
    fail(context, `ORDER BY and LIMIT are not allowed in ${name} with OVER`, at);
  const order =
    call.orderBy.length === 0 ? '' : ` ORDER BY ${orderList(call.orderBy, scope, context)}`;
  const skipNulls = name === 'ARRAY_AGG' ? call.nulls === 'IGNORE' : true;
  const filter = skipNulls ? `${value.sql} IS NOT NULL` : '';
  const all = suffix(
    `list(${call.distinct ? 'DISTINCT ' : ''}${value.sql}${order})`,
    filter,
    call,
    scope,
    context,
  );
  const limited =
    call.limit === null
      ? all
      : `(${all})[1:${context.translateExpression(call.limit, scope, context).sql}]`;
  if (name === 'ARRAY_AGG') {
    if (value.type.kind === 'ARRAY')
      fail(context, 'The argument to ARRAY_AGG must not be an array type', at);
    return { sql: limited, type: arrayOf(value.type) };
  }
  if (name === 'ARRAY_CONCAT_AGG') {
    if (value.type.kind !== 'ARRAY') return mismatch(call, args, context);
    return { sql: `flatten(${limited})`, type: value.type };
  }
  const isBytes = value.type.kind === 'BYTES';
  if (isBytes) refuse(context, 'Function', 'STRING_AGG of BYTES', at);
  if (value.type.kind !== 'STRING' && value.type.kind !== 'NULL')
    return mismatch(call, args, context);
  if (separator !== undefined && separator.literal === undefined && separator.isParameter !== true)
    fail(context, 'Argument 2 to STRING_AGG must be a literal or query parameter', at);
  return { sql: `array_to_string(${limited}, ${separator?.sql ?? text(',')})`, type: STRING };
}
