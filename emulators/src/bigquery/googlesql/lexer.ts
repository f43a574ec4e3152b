import { queryError } from '../errors.ts';

export interface Token {
  readonly kind:
    | 'name'
    | 'quoted'
    | 'int'
    | 'float'
    | 'string'
    | 'bytes'
    | 'parameter'
    | 'op'
    | 'end';
  /** As written, except that keywords and names compare by `upper`. */
  readonly text: string;
  readonly upper: string;
  /** The content of a string (unescaped), bytes (latin1) or backticked name. */
  readonly value: string;
  readonly at: number;
  readonly end: number;
}

const SPACE = /(?:\s+|--[^\n]*|#[^\n]*|\/\*[\s\S]*?\*\/)+/y;
const NAME = /[A-Za-z_][A-Za-z0-9_]*/y;
const QUOTED = /`(?:\\[\s\S]|[^`\\\n])*`/y;
const PARAMETER = /@@[A-Za-z_][A-Za-z0-9_.]*|@[A-Za-z_][A-Za-z0-9_]*|@`[^`\n]+`|\?/y;
const NUMBER = /0[xX][0-9a-fA-F]+|(?:\d+(?:\.\d+|\.(?![A-Za-z_`]))?|\.\d+)(?:[eE][+-]?\d+)?/y;
const STRING =
  /([rR][bB]?|[bB][rR]?)?("""(?:\\[\s\S]|(?!""")[^\\])*"""|'''(?:\\[\s\S]|(?!''')[^\\])*'''|"(?:\\[\s\S]|[^"\\\n])*"|'(?:\\[\s\S]|[^'\\\n])*')/y;
const OPERATOR = /\|>|<=|>=|<>|!=|=>|->|\|\||<<|>>|[-+*/%=<>()[\],.;:&|^~{}]/y;

/**
 * Splits GoogleSQL into tokens; comments and space go. The last token is always `end`.
 *
 * Source: https://cloud.google.com/bigquery/docs/reference/standard-sql/lexical
 */
export function lex(text: string): Token[] {
  const tokens: Token[] = [];
  let at = 0;
  const match = (pattern: RegExp): RegExpExecArray | null => {
    pattern.lastIndex = at;
    return pattern.exec(text);
  };
  const push = (kind: Token['kind'], raw: string, value = raw): void => {
    tokens.push({ kind, text: raw, upper: raw.toUpperCase(), value, at, end: at + raw.length });
    at += raw.length;
  };
  while (true) {
    const space = match(SPACE);
    if (space !== null) at += space[0].length;
    if (text.length <= at) break;
    const string = match(STRING);
    if (string !== null) {
      const prefix = (string[1] ?? '').toLowerCase();
      const isBytes = prefix.includes('b');
      const quoted = string[2] ?? '';
      const width = /^("""|''')/.test(quoted) ? 3 : 1;
      const body = quoted.slice(width, -width);
      const value = prefix.includes('r') ? body : readEscapes(body, isBytes, text, at);
      push(isBytes ? 'bytes' : 'string', string[0], isBytes ? toLatin1(value, prefix) : value);
      continue;
    }
    const name = match(NAME);
    if (name !== null) {
      push('name', name[0]);
      continue;
    }
    const quoted = match(QUOTED);
    if (quoted !== null) {
      const value = readEscapes(quoted[0].slice(1, -1), false, text, at);
      if (value === '') throw queryError('Syntax error: Invalid empty identifier', text, at);
      push('quoted', quoted[0], value);
      continue;
    }
    const parameter = match(PARAMETER);
    if (parameter !== null) {
      push('parameter', parameter[0], parameter[0].replace(/^@|`/g, ''));
      continue;
    }
    const number = match(NUMBER);
    if (number !== null) {
      push(/^(0[xX]|\d+$)/.test(number[0]) ? 'int' : 'float', number[0]);
      continue;
    }
    const operator = match(OPERATOR);
    if (operator === null) {
      const what = /['"`]/.test(text[at] ?? '')
        ? 'Unclosed string literal'
        : `Illegal input character ${JSON.stringify(text[at])}`;
      throw queryError(`Syntax error: ${what}`, text, at);
    }
    push('op', operator[0]);
  }
  tokens.push({ kind: 'end', text: '', upper: '', value: '', at: text.length, end: text.length });
  return tokens;
}

const ESCAPES: Readonly<Record<string, string>> = {
  a: '\x07',
  b: '\b',
  f: '\f',
  n: '\n',
  r: '\r',
  t: '\t',
  v: '\v',
  '\\': '\\',
  '?': '?',
  '"': '"',
  "'": "'",
  '`': '`',
};

function readEscapes(body: string, isBytes: boolean, text: string, at: number): string {
  return body.replace(
    /\\(?:[xX]([0-9a-fA-F]{2})|u([0-9a-fA-F]{4})|U([0-9a-fA-F]{8})|([0-3][0-7]{2})|([\s\S]))/g,
    (whole, hex, short, long, octal, simple) => {
      if (hex !== undefined) return String.fromCharCode(Number.parseInt(hex, 16));
      if (octal !== undefined) return String.fromCharCode(Number.parseInt(octal, 8));
      const code = short ?? long;
      if (code !== undefined && !isBytes) return String.fromCodePoint(Number.parseInt(code, 16));
      const escaped = ESCAPES[simple];
      if (escaped === undefined) {
        throw queryError(`Syntax error: Illegal escape sequence: ${whole}`, text, at);
      }
      return escaped;
    },
  );
}

/** Bytes literals hold UTF-8 of what is written; escapes are already single bytes. */
function toLatin1(value: string, prefix: string): string {
  const isAscii = [...value].every((char) => char.charCodeAt(0) < 256);
  return prefix.includes('r') || !isAscii ? Buffer.from(value, 'utf8').toString('latin1') : value;
}
