import type { Cursor } from './cursor.ts';
import { parsePart } from './parse-call.ts';
import { parseType } from './parse-type.ts';
import type { Expression, When } from './syntax.ts';

export function parseCase(cursor: Cursor): Expression {
  const at = cursor.next().at;
  const operand = cursor.at('WHEN') ? null : cursor.expression(cursor);
  const whens: When[] = [];
  while (cursor.take('WHEN')) {
    const when = cursor.expression(cursor);
    cursor.expect('THEN');
    whens.push({ when, result: cursor.expression(cursor) });
  }
  if (whens.length === 0) cursor.fail();
  const otherwise = cursor.take('ELSE') ? cursor.expression(cursor) : null;
  cursor.expect('END');
  return { kind: 'case', operand, whens, otherwise, at };
}

export function parseCast(cursor: Cursor, safe: boolean): Expression {
  const at = cursor.next().at;
  cursor.expect('(');
  const arg = cursor.expression(cursor);
  cursor.expect('AS');
  const type = parseType(cursor);
  if (cursor.at('FORMAT')) cursor.refuse('Clause', 'CAST … FORMAT');
  cursor.expect(')');
  return { kind: 'cast', arg, type, safe, at };
}

export function parseExtract(cursor: Cursor): Expression {
  const at = cursor.next().at;
  cursor.expect('(');
  const part = parsePart(cursor);
  cursor.expect('FROM');
  const arg = cursor.expression(cursor);
  const zone = cursor.take('AT', 'TIME', 'ZONE') ? cursor.expression(cursor) : null;
  cursor.expect(')');
  return { kind: 'extract', part, arg, zone, at };
}
