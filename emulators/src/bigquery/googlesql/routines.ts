import { isAggregate } from './aggregate-functions.ts';
import { type Context, fail, type Relation, type RoutineShape, refuse } from './context.ts';
import { callsIn, nodesOf } from './nodes.ts';
import { parseExpressionText, parseQueryText } from './parse-statement.ts';
import { type Column, EMPTY_SCOPE, lookUp, type Scope } from './scope.ts';
import type { Call, Expression, FromItem } from './syntax.ts';
import { coerce, type Typed } from './typed.ts';
import { duckType, INT64, typeName } from './types.ts';

/** Text that a call would grow beyond this is refused: parameters stand in it as often as they are named. */
const MOST_CHARACTERS = 1_000_000;

/** The SQL function that a call means; undefined where it is no name of one. */
export function findFunction(call: Call, context: Context): RoutineShape | undefined {
  const temporary = context.functions.get(call.name.toLowerCase());
  return temporary ?? (call.path.length === 1 ? undefined : context.catalog.routine(call.path));
}

/**
 * A call of a SQL function is its expression, with the arguments where the parameters stand.
 *
 * Source: https://cloud.google.com/bigquery/docs/user-defined-functions
 */
export function expandFunction(
  call: Call,
  shape: RoutineShape,
  scope: Scope,
  context: Context,
): Typed {
  if (shape.kind !== 'SCALAR_FUNCTION')
    fail(context, `Function not found: ${shape.title}`, call.at);
  if (call.safe) fail(context, `Function ${shape.title} does not support SAFE error mode`, call.at);
  if (call.over !== null || call.distinct || call.star || 0 < call.orderBy.length)
    fail(context, `${shape.title} is neither an aggregate nor an analytic function`, call.at);
  const body = parseExpressionText(shape.body);
  const args = call.args.map((arg) => ({
    arg,
    typed: context.translateExpression(arg, scope, context),
  }));
  const inner = insideOf(shape, call.at, context);
  refuseAggregates(body, inner);
  const columns = bind(shape, args, call.at, scope, body, context);
  const result = context.translateExpression(body, { ...EMPTY_SCOPE, visible: columns }, inner);
  return returned(shape, result, call.at, context);
}

/** The rows of a table function: its query, with the arguments where the parameters stand. */
export function expandTableFunction(
  item: Extract<FromItem, { kind: 'function' }>,
  left: Scope,
  context: Context,
): Relation {
  const shape = context.catalog.routine(item.path);
  if (shape?.kind !== 'TABLE_VALUED_FUNCTION')
    return fail(context, `Table-valued function not found: ${item.path.join('.')}`, item.at);
  // Arguments do not see the tables beside the call.
  const scope: Scope = { ...EMPTY_SCOPE, parent: left.parent };
  const args = item.args.map((arg) => ({
    arg,
    typed: context.translateExpression(arg, scope, context),
  }));
  const body = parseQueryText(shape.body);
  const columns = bind(shape, args, item.at, scope, body, context);
  const inner = insideOf(shape, item.at, context);
  const relation = context.translateQuery(body, { ...EMPTY_SCOPE, visible: columns }, inner);
  return shape.returnsTable === null
    ? relation
    : declaredColumns(relation, shape.returnsTable, item.at, inner);
}

/** A routine's text sees its parameters, and tables by their full names: none of the caller's. */
function insideOf(shape: RoutineShape, at: number, context: Context): Context {
  if (context.within.some((each) => each.title === shape.title))
    fail(context, `${shape.title} calls itself, which SQL functions cannot`, at);
  const { project } = shape;
  return {
    ...context,
    text: shape.body,
    catalog: project === null ? context.catalog : context.catalog.within(project),
    functions: project === null ? context.functions : new Map(),
    within: [...context.within, shape],
    withs: [],
    parameters: new Map(),
  };
}

interface Argument {
  readonly arg: Expression;
  readonly typed: Typed;
}

/** The parameters as columns that the body can name. */
function bind(
  shape: RoutineShape,
  args: readonly Argument[],
  at: number,
  scope: Scope,
  body: unknown,
  context: Context,
): Column[] {
  const { parameters, title } = shape;
  const mismatch = (): never => {
    const given = args.map(({ typed }) => typeName(typed.type)).join(', ');
    const wanted = parameters
      .map(({ type }) => (type === null ? 'ANY TYPE' : typeName(type)))
      .join(', ');
    return fail(
      context,
      `No matching signature for function ${title} for argument types: ${given}. Supported signature: ${title}(${wanted})`,
      at,
    );
  };
  if (args.length !== parameters.length) mismatch();
  return args.map(({ arg, typed }, index) => {
    const { name = '', type = null } = parameters[index] ?? {};
    const wanted = type ?? (typed.type.kind === 'NULL' ? INT64 : typed.type);
    const value = coerce(typed, wanted) ?? mismatch();
    const uses = usesOf(name, body);
    if (1 < uses && /\b(?:random|gen_random_uuid|uuid)\(\)/.test(value.sql))
      refuse(context, 'Argument that changes from call to call', `${title}(${name})`, arg.at);
    if (MOST_CHARACTERS < uses * value.sql.length)
      refuse(context, 'Function call of this size', title, at);
    const holdsAggregate = containsAggregate(arg, scope);
    if (holdsAggregate && hasQuery(body))
      refuse(context, 'Aggregate as argument of a function with a subquery', title, arg.at);
    return { name, type: wanted, sql: value.sql, holdsAggregate };
  });
}

function returned(
  shape: RoutineShape,
  result: Typed,
  at: number,
  context: Context,
): Pick<Typed, 'sql' | 'type'> {
  const type = shape.returns ?? (result.type.kind === 'NULL' ? INT64 : result.type);
  const value = coerce({ ...result, origin: undefined }, type);
  if (value === undefined) {
    return fail(
      context,
      `Function ${shape.title} declared to return ${typeName(type)} but the function body produces type ${typeName(result.type)}`,
      at,
    );
  }
  return { sql: value.sql, type };
}

/** Columns are matched by name with those of RETURNS TABLE. */
function declaredColumns(
  relation: Relation,
  declared: readonly { readonly name: string; readonly type: Column['type'] }[],
  at: number,
  context: Context,
): Relation {
  const columns = declared.map(({ name, type }) => {
    const index = relation.columns.findIndex(
      (column) => column.name.toLowerCase() === name.toLowerCase(),
    );
    const own = relation.columns[index];
    if (own === undefined)
      return fail(context, `Required column ${name} is not in the query of the function`, at);
    const value = coerce({ sql: `c${index + 1}`, type: own.type }, type);
    if (value === undefined)
      return fail(
        context,
        `Column ${name} has type ${typeName(own.type)}, and ${typeName(type)} is declared`,
        at,
      );
    return { name, type, sql: value.sql, origin: own.origin };
  });
  const list = columns.map((column, index) => `${column.sql} AS c${index + 1}`);
  return {
    sql: `SELECT ${list.join(', ')} FROM (${relation.sql})`,
    columns: columns.map(({ name, type, origin }) => ({ name, type, origin })),
    isValueTable: false,
  };
}

/** Throws where a function's text is wrong, as far as its declared types tell. */
export function checkRoutine(shape: RoutineShape, context: Context): Relation['columns'] {
  const columns = shape.parameters.map(({ name, type }) => ({
    name,
    type: type ?? INT64,
    sql: `CAST(NULL AS ${duckType(type ?? INT64)})`,
  }));
  const scope: Scope = { ...EMPTY_SCOPE, visible: columns };
  const inner = insideOf(shape, 0, context);
  if (shape.kind === 'TABLE_VALUED_FUNCTION') {
    const relation = context.translateQuery(parseQueryText(shape.body), scope, inner);
    const { returnsTable } = shape;
    return (returnsTable === null ? relation : declaredColumns(relation, returnsTable, 0, inner))
      .columns;
  }
  const body = parseExpressionText(shape.body);
  refuseAggregates(body, inner);
  // With ANY TYPE only a call can tell.
  if (shape.parameters.some(({ type }) => type === null)) return [];
  const result = context.translateExpression(body, scope, inner);
  return [{ name: '', type: returned(shape, result, 0, inner).type }];
}

function refuseAggregates(body: Expression, context: Context): void {
  const call = callsIn(body).find(isAggregate);
  if (call === undefined) return;
  fail(
    context,
    `${call.over === null ? 'Aggregate' : 'Analytic'} function ${call.name} not allowed in SQL function body`,
    call.at,
  );
}

function containsAggregate(expression: Expression, scope: Scope): boolean {
  return nodesOf(expression).some((node) => {
    if (node.kind === 'call') return isAggregate(node as Call);
    if (node.kind !== 'path') return false;
    const found = lookUp(scope, (node as { parts: string[] }).parts);
    return typeof found === 'object' && found.typed.holdsAggregate === true;
  });
}

function hasQuery(node: unknown): boolean {
  if (typeof node !== 'object' || node === null) return false;
  return 'query' in node || Object.values(node).some(hasQuery);
}

/** How often a name may stand for the parameter, subqueries included. */
function usesOf(name: string, node: unknown): number {
  if (typeof node !== 'object' || node === null) return 0;
  const { kind, parts } = node as { kind?: string; parts?: string[] };
  const isUse = kind === 'path' && parts?.[0]?.toLowerCase() === name.toLowerCase();
  return Object.values(node).reduce((sum, each) => sum + usesOf(name, each), isUse ? 1 : 0);
}
