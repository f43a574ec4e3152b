import type { Call, Expression } from './syntax.ts';

/** The nodes of an expression, without those of its subqueries. */
export function nodesOf(node: unknown): { readonly kind?: string }[] {
  if (typeof node !== 'object' || node === null) return [];
  const inner = Object.entries(node).flatMap(([key, each]) =>
    key === 'query' ? [] : nodesOf(each),
  );
  return [node, ...inner];
}

export function callsIn(expression: Expression): Call[] {
  return nodesOf(expression).filter((node): node is Call => node.kind === 'call');
}

/** The names that an expression reads, as they are written. */
export function pathsIn(expression: Expression): readonly (readonly string[])[] {
  return nodesOf(expression).flatMap((node) =>
    node.kind === 'path' ? [(node as { parts: string[] }).parts] : [],
  );
}
