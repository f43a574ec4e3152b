import type { Cursor } from './cursor.ts';
import { parseList } from './parse-call.ts';
import type { Options } from './statement-syntax.ts';

/** `OPTIONS(name = literal, …)`; labels are arrays of pairs. */
export function parseOptions(cursor: Cursor): Options {
  const options: Record<string, unknown> = {};
  if (!cursor.take('OPTIONS', '(')) return options;
  while (!cursor.at(')')) {
    const name = cursor.identifier('option').toLowerCase();
    cursor.expect('=');
    options[name] = parseOptionValue(cursor);
    if (!cursor.take(',')) break;
  }
  cursor.expect(')');
  return options;
}

function parseOptionValue(cursor: Cursor): unknown {
  const token = cursor.next();
  if (token.kind === 'string') return token.value;
  if (token.kind === 'int' || token.kind === 'float') return Number(token.text);
  if (token.text === '-') return -Number(cursor.next().text);
  if (token.upper === 'TRUE' || token.upper === 'FALSE') return token.upper === 'TRUE';
  if (token.upper === 'NULL') return null;
  if (token.upper === 'TIMESTAMP' && cursor.peek().kind === 'string') return cursor.next().value;
  const close = token.text === '[' ? ']' : token.text === '(' ? ')' : null;
  if (close === null) {
    cursor.rewind(cursor.mark() - 1);
    return cursor.refuse('Option value', token.text);
  }
  const items = cursor.at(close) ? [] : parseList(cursor, parseOptionValue);
  cursor.expect(close);
  return items;
}
