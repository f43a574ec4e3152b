import { invalid } from './errors.ts';

/** Whether a message with these attributes is delivered. */
export type Filter = (attributes: Readonly<Record<string, string>>) => boolean;

const MAX_BYTES = 256;
const MAX_DEPTH = 32;

/**
 * Reads a subscription filter: https://cloud.google.com/pubsub/docs/subscription-message-filter
 *
 *     expression = term { "AND" term } | term { "OR" term }       AND and OR mix only in parentheses
 *     term       = [ "NOT" | "-" ] ( "(" expression ")" | condition )
 *     condition  = "attributes" ":" key
 *                | "attributes" "." key ( "=" | "!=" ) string
 *                | "hasPrefix" "(" "attributes" "." key "," string ")"
 *     key        = string | letters, digits, hyphens and underscores
 *
 * The empty filter lets everything pass. Throws INVALID_ARGUMENT that says where the filter is wrong.
 */
export function parseFilter(text: string): Filter {
  if (text.trim() === '') return () => true;
  if (MAX_BYTES < Buffer.byteLength(text)) {
    throw invalid(`filter has ${Buffer.byteLength(text)} bytes, the most is ${MAX_BYTES}`);
  }
  const tokens = tokenize(text);
  let index = 0;
  const filter = expression(0);
  if (peek().kind !== 'end') fail('AND, OR or the end');
  return filter;

  function expression(depth: number): Filter {
    if (MAX_DEPTH < depth) fail(`at most ${MAX_DEPTH} nested parentheses`);
    const terms = [term(depth)];
    const operator = peek().text;
    if (operator !== 'AND' && operator !== 'OR') return terms[0] as Filter;
    while (peek().kind === 'word' && peek().text === operator) {
      index += 1;
      terms.push(term(depth));
    }
    if (/^(AND|OR)$/.test(peek().text)) fail('parentheses where AND and OR meet');
    return operator === 'AND'
      ? (attributes) => terms.every((matches) => matches(attributes))
      : (attributes) => terms.some((matches) => matches(attributes));
  }

  function term(depth: number): Filter {
    if (skip('NOT') || skip('-')) {
      const negated = term(depth + 1);
      return (attributes) => !negated(attributes);
    }
    if (skip('(')) {
      const inner = expression(depth + 1);
      take(')');
      return inner;
    }
    return condition();
  }

  function condition(): Filter {
    if (skip('hasPrefix')) {
      take('(');
      take('attributes');
      take('.');
      const key = takeKey();
      take(',');
      const prefix = takeString();
      take(')');
      return (attributes) =>
        Object.hasOwn(attributes, key) && attributes[key]?.startsWith(prefix) === true;
    }
    take('attributes');
    if (skip(':')) {
      const key = takeKey();
      return (attributes) => Object.hasOwn(attributes, key);
    }
    take('.');
    const key = takeKey();
    const isEqual = skip('=');
    if (!isEqual) take('!=');
    const value = takeString();
    const equals: Filter = (attributes) =>
      Object.hasOwn(attributes, key) && attributes[key] === value;
    return isEqual ? equals : (attributes) => !equals(attributes);
  }

  function peek(): Token {
    return tokens[index] as Token;
  }
  function skip(wanted: string): boolean {
    const found = peek().kind !== 'string' && peek().text === wanted;
    if (found) index += 1;
    return found;
  }
  function take(wanted: string): void {
    if (!skip(wanted)) fail(wanted);
  }
  function takeKey(): string {
    const { kind, text: key } = peek();
    if (kind !== 'string' && kind !== 'word') fail('an attribute key');
    index += 1;
    return key;
  }
  function takeString(): string {
    const { kind, text: value } = peek();
    if (kind !== 'string') fail('a string in double quotes');
    index += 1;
    return value;
  }
  function fail(wanted: string): never {
    const { at, text: got, kind } = peek();
    const shown = kind === 'end' ? 'the end' : `"${got}"`;
    throw invalid(`Invalid filter at character ${at + 1}: wanted ${wanted}, got ${shown}`);
  }
}

interface Token {
  readonly kind: 'word' | 'string' | 'sign' | 'end';
  /** A string's value, without quotes and escapes. */
  readonly text: string;
  readonly at: number;
}

const TOKEN = /\s*(?:(?<word>\w[\w-]*)|(?<sign>!=|[()=:.,-])|"(?<string>(?:[^"\\]|\\.)*)")/suy;

function tokenize(text: string): Token[] {
  const tokens: Token[] = [];
  TOKEN.lastIndex = 0;
  const end = text.trimEnd().length;
  while (TOKEN.lastIndex < end) {
    const from = TOKEN.lastIndex;
    const groups = TOKEN.exec(text)?.groups;
    if (groups === undefined) {
      throw invalid(
        `Invalid filter at character ${from + 1}: cannot read ${text.slice(from).trim().slice(0, 10)}`,
      );
    }
    const { word, sign, string } = groups;
    if (word !== undefined) tokens.push({ kind: 'word', text: word, at: from });
    else if (sign !== undefined) tokens.push({ kind: 'sign', text: sign, at: from });
    else tokens.push({ kind: 'string', text: unescaped(string as string, from), at: from });
  }
  tokens.push({ kind: 'end', text: '', at: text.length });
  return tokens;
}

const ESCAPE = /\\(?:x([0-9a-f]{2})|u([0-9a-f]{4})|U([0-9a-f]{8})|([0-7]{3})|(.))/gis;
const NAMED: Readonly<Record<string, string>> = {
  ...{ n: '\n', t: '\t', r: '\r', a: '\x07', b: '\b', f: '\f', v: '\v' },
  ...{ '"': '"', "'": "'", '\\': '\\', '?': '?', '`': '`' },
};

function unescaped(text: string, at: number): string {
  return text.replace(ESCAPE, (sequence, hex2, hex4, hex8, octal, named) => {
    if (octal !== undefined) return String.fromCodePoint(Number.parseInt(octal, 8));
    const hex = hex2 ?? hex4 ?? hex8;
    const code = Number.parseInt(hex, 16);
    if (hex !== undefined && code <= 0x10ffff) return String.fromCodePoint(code);
    const character = NAMED[named];
    if (character === undefined) {
      throw invalid(`Invalid filter at character ${at + 1}: ${sequence} is not an escape sequence`);
    }
    return character;
  });
}
