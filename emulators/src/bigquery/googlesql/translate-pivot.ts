import { isAggregate } from './aggregate-functions.ts';
import { type Context, fail, type Relation, refuse } from './context.ts';
import { pathsIn } from './nodes.ts';
import { type Column, lookUp, type Scope } from './scope.ts';
import type { Call, Expression, FromItem } from './syntax.ts';
import type { Source } from './translate-from.ts';
import { coerce } from './typed.ts';
import { INT64, STRING, sameType, text, typeName } from './types.ts';

type Of<Kind extends FromItem['kind']> = Extract<FromItem, { kind: Kind }>;

/** Groups by every column that PIVOT does not name, with one aggregate for each of its values. */
export function pivot(
  item: Of<'pivot'>,
  source: Source,
  outer: Scope | null,
  context: Context,
): Relation {
  const scope: Scope = { ranges: source.ranges, visible: source.visible, parent: outer };
  const input = context.translateExpression(item.input, scope, context);
  if (!PIVOTABLE.has(input.type.kind))
    refuse(context, 'Operator', `PIVOT … FOR a column of ${typeName(input.type)}`, item.input.at);
  const named = [item.input, ...item.aggregates.map((each) => each.expression)].flatMap(pathsIn);
  const keys = keysBeside(named, scope);
  for (const key of keys) {
    if (['ARRAY', 'STRUCT', 'JSON'].includes(key.type.kind))
      fail(
        context,
        `Column ${key.name} of type ${typeName(key.type)} cannot be used as an implicit grouping column of a PIVOT clause`,
        item.at,
      );
  }
  if (1 < item.aggregates.length && item.aggregates.some((each) => each.name === null))
    fail(context, 'PIVOT with several expressions needs an alias for each of them', item.at);
  const made = item.values.flatMap(({ expression, name }) => {
    const value = context.translateExpression(
      expression,
      { ...scope, ranges: [], visible: [] },
      context,
    );
    const coerced =
      coerce(value, input.type) ??
      fail(
        context,
        `PIVOT value of type ${typeName(value.type)} does not coerce to ${typeName(input.type)}`,
        expression.at,
      );
    const own = name ?? nameOfValue(expression, context);
    const filter = `${input.sql} IS NOT DISTINCT FROM ${coerced.sql}`;
    return item.aggregates.map((each) => ({
      name: each.name === null ? own : `${each.name}_${own}`,
      ...context.translateExpression(filtered(each.expression, filter, context), scope, context),
    }));
  });
  const list = [...keys, ...made].map(({ sql }, index) => `${sql} AS c${index + 1}`);
  const groupBy =
    keys.length === 0 ? '' : ` GROUP BY ${keys.map((_, index) => index + 1).join(', ')}`;
  return {
    sql: `SELECT ${list.join(', ')} FROM ${source.sql}${groupBy}`,
    columns: [
      ...keys.map(({ name, type, origin }) => ({ name, type, origin })),
      ...made.map(({ name, type }) => ({ name, type })),
    ],
    isValueTable: false,
  };
}

const PIVOTABLE: ReadonlySet<string> = new Set([
  'INT64',
  'NUMERIC',
  'BOOL',
  'STRING',
  'BYTES',
  'DATE',
  'DATETIME',
  'TIME',
  'TIMESTAMP',
]);

/** The columns that no path names, which stay as they are. */
function keysBeside(named: readonly (readonly string[])[], scope: Scope): Column[] {
  const used = named.map((parts) => {
    const found = lookUp(scope, parts);
    return typeof found === 'object' ? found.typed.sql : '';
  });
  return scope.visible.filter((column) => !used.includes(column.sql));
}

function filtered(expression: Expression, filter: string, context: Context): Call {
  if (expression.kind !== 'call' || !isAggregate(expression) || expression.over !== null)
    return fail(context, 'PIVOT expression must be an aggregate function call', expression.at);
  return { ...expression, filter };
}

/** What a column is called where the value has no alias. */
function nameOfValue(value: Expression, context: Context): string {
  switch (value.kind) {
    case 'string':
      return value.value;
    case 'bool':
      return value.value ? 'TRUE' : 'FALSE';
    case 'null':
      return 'NULL';
    case 'int':
      return value.value.startsWith('-') ? `minus_${value.value.slice(1)}` : `_${value.value}`;
    case 'typed':
      if (value.type === 'DATE' && /^\d{4}-\d{2}-\d{2}$/.test(value.value))
        return `_${value.value.replaceAll('-', '_')}`;
      break;
    default:
  }
  return refuse(context, 'PIVOT value without an alias', `IN (${value.kind})`, value.at);
}

/** One row for each group of columns, beside the columns that UNPIVOT does not name. */
export function unpivot(
  item: Of<'unpivot'>,
  source: Source,
  outer: Scope | null,
  context: Context,
): Relation {
  const scope: Scope = { ranges: source.ranges, visible: source.visible, parent: outer };
  const groups = item.groups.map((group) => {
    if (group.columns.length !== item.values.length)
      fail(
        context,
        'UNPIVOT needs as many columns in each group as it has value columns',
        group.at,
      );
    return group.columns.map((name) => {
      const found = scope.visible.filter((each) => each.name.toLowerCase() === name.toLowerCase());
      return found.length === 1
        ? (found[0] as Column)
        : fail(context, `Unrecognized or ambiguous column ${name} in UNPIVOT`, group.at);
    });
  });
  const names = item.groups.flatMap((group) => group.columns.map((name) => name.toLowerCase()));
  if (new Set(names).size < names.length)
    fail(context, 'Column names in UNPIVOT IN clause cannot be repeated', item.at);
  const [first = []] = groups;
  for (const [index, group] of groups.entries()) {
    if (group.some((column, at) => !sameType(column.type, first[at]?.type ?? INT64)))
      fail(
        context,
        `The datatype of column ${group.map((each) => each.name).join(', ')} in UNPIVOT does not match that of ${first.map((each) => each.name).join(', ')}`,
        item.groups[index]?.at ?? item.at,
      );
  }
  const isText = item.groups.every(({ label }) => label === null || label.isText);
  if (!isText && item.groups.some(({ label }) => label === null || label.isText))
    fail(context, 'UNPIVOT labels must all be STRING or all be INT64', item.at);
  const keys = keysBeside(
    item.groups.flatMap((group) => group.columns.map((name) => [name])),
    scope,
  );
  const rows = item.groups.map((group, index) => {
    const fields = (groups[index] ?? []).map((column, at) => `v${at} := ${column.sql}`);
    const label = group.label?.value ?? group.columns.join('_');
    return `struct_pack(${fields.join(', ')}, n := ${isText ? text(label) : `${label}::BIGINT`})`;
  });
  const kept = keys.map((key, index) => `${key.sql} AS c${index + 1}`);
  const inner = `SELECT ${[...kept, `unnest([${rows.join(', ')}]) AS s`].join(', ')} FROM ${source.sql}`;
  const values = item.values.map((_, index) => `struct_extract(s, 'v${index}')`);
  const list = [...keys.map((_, index) => `c${index + 1}`), ...values, "struct_extract(s, 'n')"];
  const where = item.includeNulls
    ? ''
    : ` WHERE ${values.map((value) => `${value} IS NOT NULL`).join(' OR ')}`;
  return {
    sql: `SELECT ${list.map((sql, index) => `${sql} AS c${index + 1}`).join(', ')} FROM (${inner})${where}`,
    columns: [
      ...keys.map(({ name, type, origin }) => ({ name, type, origin })),
      ...item.values.map((name, index) => ({ name, type: first[index]?.type ?? INT64 })),
      { name: item.name, type: isText ? STRING : INT64 },
    ],
    isValueTable: false,
  };
}
