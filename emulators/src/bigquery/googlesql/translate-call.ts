import { translateAggregate } from './aggregate-functions.ts';
import { type Context, fail, refuse } from './context.ts';
import { translateJsonCall } from './json-functions.ts';
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
  const result = translateAggregate(call, scope, context) ?? translateScalar(call, scope, context);
  // A SAFE. function gives NULL where it would fail.
  return call.safe ? { sql: `TRY(${result.sql})`, type: result.type } : result;
}

function translateScalar(call: Call, scope: Scope, context: Context): Typed {
  checkPlain(call, context);
  const special = SPECIAL_FUNCTIONS[call.name];
  if (special !== undefined) return special(call, scope, context);
  const typed =
    translateTemporalCall(call, scope, context) ?? translateJsonCall(call, scope, context);
  if (typed !== undefined) return typed;
  const rules = SCALAR_RULES.get(call.name);
  if (rules === undefined) return refuse(context, 'Function', call.name, call.at);
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
