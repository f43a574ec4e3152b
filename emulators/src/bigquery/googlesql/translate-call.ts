import { translateAggregate } from './aggregate-functions.ts';
import { type Context, fail, refuse } from './context.ts';
import { evaluateFirst, strictly } from './evaluation.ts';
import { translateJsonCall } from './json-functions.ts';
import { expandFunction, findFunction } from './routines.ts';
import { SCALAR_RULES } from './scalar-functions.ts';
import type { Scope } from './scope.ts';
import { fillTemplate, matchRule } from './signatures.ts';
import { SPECIAL_FUNCTIONS } from './special-functions.ts';
import type { Call } from './syntax.ts';
import { translateTemporalCall } from './temporal-functions.ts';
import type { Typed } from './typed.ts';
import { typeName } from './types.ts';

/** A function call. Only functions of the tables in this folder pass; the others are refused by name. */
export function translateCall(call: Call, scope: Scope, context: Context): Typed {
  const routine = findFunction(call, context);
  if (routine !== undefined) return expandFunction(call, routine, scope, context);
  const isConditional = CONDITIONAL.has(call.name);
  if ((call.safe && !isConditional) || OWN_SAFE.has(call.name)) {
    return evaluateFirst(call.args, scope, context, 'TRY', (args, inner) =>
      translateScalar({ ...call, args, safe: false }, inner, context),
    );
  }
  const aggregate = translateAggregate(call, scope, context);
  if (aggregate !== undefined) return aggregate;
  if (isConditional) return translateScalar({ ...call, safe: false }, scope, context);
  return strictly(call.args, scope, context, (args, inner) =>
    translateScalar({ ...call, args }, inner, context),
  );
}

/** Functions that evaluate only the inputs that they need. */
const CONDITIONAL: ReadonlySet<string> = new Set(['IF', 'IFNULL', 'COALESCE']);

/** Functions that are a SAFE. of an operator. */
const OWN_SAFE: ReadonlySet<string> = new Set([
  'SAFE_ADD',
  'SAFE_SUBTRACT',
  'SAFE_MULTIPLY',
  'SAFE_NEGATE',
]);

function translateScalar(call: Call, scope: Scope, context: Context): Typed {
  checkPlain(call, context);
  const special = SPECIAL_FUNCTIONS[call.name];
  if (special !== undefined) return special(call, scope, context);
  const typed =
    translateTemporalCall(call, scope, context) ?? translateJsonCall(call, scope, context);
  if (typed !== undefined) return typed;
  const rules = SCALAR_RULES.get(call.name);
  if (rules === undefined) {
    // A name that BigQuery has not may be a function of the default dataset.
    const routine = context.catalog.routine(call.path);
    if (routine !== undefined) return expandFunction(call, routine, scope, context);
    return unknownFunction(call, context);
  }
  const args = call.args.map((arg) => context.translateExpression(arg, scope, context));
  const match = matchRule(rules, args);
  if (match === undefined) {
    const types = args.map((arg) => typeName(arg.type)).join(', ');
    fail(
      context,
      `No matching signature for function ${call.name} for argument types: ${types}`,
      call.at,
    );
  }
  return { sql: fillTemplate(match), type: match.type };
}

/** Families of BigQuery's own functions; any other name with a dot is a routine of a dataset. */
const FAMILIES =
  /^(?:AEAD|AI|DETERMINISTIC_ENCRYPT|DLP_\w+|HLL_COUNT|KEYS|KLL_QUANTILES|ML|NET|OBJ)\./;

function unknownFunction(call: Call, context: Context): never {
  return call.path.length === 1 || FAMILIES.test(call.name)
    ? refuse(context, 'Function', call.name, call.at)
    : fail(context, `Function not found: ${call.path.join('.')}`, call.at);
}

function checkPlain(call: Call, context: Context): void {
  const { name, at } = call;
  if (call.over !== null)
    fail(context, `Function ${name} cannot be used as an analytic function`, at);
  const isAggregateOnly =
    call.distinct ||
    call.star ||
    call.nulls !== null ||
    call.having !== null ||
    0 < call.orderBy.length ||
    call.limit !== null;
  if (isAggregateOnly && SCALAR_RULES.has(name)) {
    fail(
      context,
      `DISTINCT, ORDER BY, LIMIT, HAVING and NULLS are only for aggregate functions, not ${name}`,
      at,
    );
  }
  if (isAggregateOnly) refuse(context, 'Function', name, at);
}
