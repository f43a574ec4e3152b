import type { Cursor } from './cursor.ts';
import type { TypeSyntax } from './syntax.ts';

/** A type: `INT64`, `NUMERIC(10, 2)`, `ARRAY<…>`, `STRUCT<a INT64, STRING>`. */
export function parseType(cursor: Cursor): TypeSyntax {
  const at = cursor.peek().at;
  if (cursor.take('ARRAY')) {
    cursor.expect('<');
    const element = parseType(cursor);
    closeAngle(cursor);
    return { kind: 'array', element, at };
  }
  if (cursor.take('STRUCT')) {
    if (!cursor.take('<')) return { kind: 'struct', fields: [], at };
    const fields: { name: string; type: TypeSyntax }[] = [];
    while (!cursor.at('>') && !cursor.at('>>')) {
      const isNamed =
        cursor.peek(1).kind === 'name' || (cursor.peek(1).kind === 'quoted' && !cursor.at('ARRAY'));
      const name = isNamed ? cursor.identifier('field name') : '';
      fields.push({ name, type: parseType(cursor) });
      if (!cursor.take(',')) break;
    }
    closeAngle(cursor);
    return { kind: 'struct', fields, at };
  }
  const name = cursor.identifier('type').toUpperCase();
  const parameters: string[] = [];
  if (cursor.take('(')) {
    do parameters.push(cursor.next().text);
    while (cursor.take(','));
    cursor.expect(')');
  }
  return { kind: 'scalar', name, parameters, at };
}

/** Open angle brackets owed by `>>`, which closes two at once. */
const owed = new WeakMap<Cursor, number>();

function closeAngle(cursor: Cursor): void {
  const debt = owed.get(cursor) ?? 0;
  if (0 < debt) {
    owed.set(cursor, debt - 1);
    return;
  }
  if (cursor.take('>>')) owed.set(cursor, 1);
  else cursor.expect('>');
}
