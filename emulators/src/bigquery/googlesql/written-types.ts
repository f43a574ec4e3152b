import { type Context, fail, refuse } from './context.ts';
import type { TypeSyntax } from './syntax.ts';
import { arrayOf, type SqlType, scalarNamed, structOf } from './types.ts';

/** The type that a written type means. */
export function typeOf(syntax: TypeSyntax, context: Context): SqlType {
  if (syntax.kind === 'array') return arrayOf(typeOf(syntax.element, context));
  if (syntax.kind === 'struct') {
    return structOf(
      syntax.fields.map((each) => ({ name: each.name, type: typeOf(each.type, context) })),
    );
  }
  const type = scalarNamed(syntax.name);
  if (type === undefined) {
    if (/^(BIGNUMERIC|BIGDECIMAL|GEOGRAPHY|RANGE)$/.test(syntax.name))
      refuse(context, 'Type', syntax.name, syntax.at);
    fail(context, `Type not found: ${syntax.name}`, syntax.at);
  }
  if (0 < syntax.parameters.length) {
    refuse(
      context,
      'Parameterized type',
      `${syntax.name}(${syntax.parameters.join(', ')})`,
      syntax.at,
    );
  }
  return type;
}
