import { queryError, unsupported } from '../errors.ts';
import { lex, type Token } from './lexer.ts';
import type { Statement } from './statement-syntax.ts';
import type { Expression, Query } from './syntax.ts';

export interface Enclosing {
  /** In lower case; null where it has none. */
  readonly label: string | null;
  readonly isLoop: boolean;
}

/** Where a parse stands in the text. Moves forward only, except by `rewind`. */
export interface Cursor {
  readonly text: string;
  peek(ahead?: number): Token;
  next(): Token;
  mark(): number;
  rewind(mark: number): void;
  /** True if the coming tokens are these keywords or operators, in this order. */
  at(...words: string[]): boolean;
  /** Takes the words if they come next. */
  take(...words: string[]): boolean;
  expect(...words: string[]): void;
  /** A name that is not a reserved word, or a backticked one. */
  identifier(what?: string): string;
  /** The name of the next positional parameter: `?1`, `?2`, … */
  positional(): string;
  /** Moves past all tokens that start before `offset`. */
  skipTo(offset: number): void;
  /** The loops and labelled blocks around this place, outermost first. */
  readonly around: Enclosing[];
  fail(message?: string): never;
  refuse(what: string, name: string): never;
  /** Parses a query. Set by the query parser, because expressions hold queries and queries expressions. */
  query: (cursor: Cursor) => Query;
  /** The same for expressions, which hold calls, which hold expressions. */
  expression: (cursor: Cursor) => Expression;
  /** Statements up to one of these words, as the body of a procedure has them. */
  statements: (cursor: Cursor, until: readonly string[]) => Statement[];
}

export function openCursor(
  text: string,
  { query, expression, statements }: Pick<Cursor, 'query' | 'expression' | 'statements'>,
): Cursor {
  const tokens = lex(text);
  const last = tokens[tokens.length - 1] as Token;
  let index = 0;
  let positionalCount = 0;
  const cursor: Cursor = {
    text,
    query,
    expression,
    statements,
    around: [],
    peek: (ahead = 0) => tokens[index + ahead] ?? last,
    next: () => tokens[index < tokens.length - 1 ? index++ : index] as Token,
    mark: () => index,
    rewind: (mark) => {
      index = mark;
    },
    at: (...words) => words.every((word, ahead) => isWord(cursor.peek(ahead), word)),
    take: (...words) => {
      if (!cursor.at(...words)) return false;
      index += words.length;
      return true;
    },
    expect: (...words) => {
      for (const word of words) {
        if (!cursor.take(word)) cursor.fail(`Expected ${describeWord(word)} but got`);
      }
    },
    identifier: (what = 'identifier') => {
      const token = cursor.peek();
      if (token.kind === 'quoted' || (token.kind === 'name' && !RESERVED.has(token.upper))) {
        index += 1;
        return token.value;
      }
      return cursor.fail(`Expected ${what} but got`);
    },
    positional: () => {
      positionalCount += 1;
      return `?${positionalCount}`;
    },
    skipTo: (offset) => {
      while (cursor.peek().kind !== 'end' && cursor.peek().at < offset) index += 1;
    },
    fail: (message = 'Unexpected') => {
      throw queryError(
        `Syntax error: ${message} ${describe(cursor.peek())}`,
        text,
        cursor.peek().at,
      );
    },
    refuse: (what, name) => {
      throw unsupported(what, name, text, cursor.peek().at);
    },
  };
  return cursor;
}

function isWord(token: Token, word: string): boolean {
  return (token.kind === 'name' || token.kind === 'op') && token.upper === word;
}

function describeWord(word: string): string {
  return /^\w/.test(word) ? `keyword ${word}` : `"${word}"`;
}

function describe(token: Token): string {
  switch (token.kind) {
    case 'end':
      return 'end of script';
    case 'name':
      return RESERVED.has(token.upper) ? `keyword ${token.upper}` : `identifier "${token.text}"`;
    case 'quoted':
      return `identifier ${token.text}`;
    case 'string':
      return `string literal ${token.text}`;
    case 'int':
      return `integer literal "${token.text}"`;
    case 'float':
      return `floating point literal "${token.text}"`;
    default:
      return `"${token.text}"`;
  }
}

/** Source: https://cloud.google.com/bigquery/docs/reference/standard-sql/lexical#reserved_keywords */
export const RESERVED: ReadonlySet<string> = new Set(
  `ALL AND ANY ARRAY AS ASC ASSERT_ROWS_MODIFIED AT BETWEEN BY CASE CAST COLLATE CONTAINS CREATE
  CROSS CUBE CURRENT DEFAULT DEFINE DESC DISTINCT ELSE END ENUM ESCAPE EXCEPT EXCLUDE EXISTS EXTRACT
  FALSE FETCH FOLLOWING FOR FROM FULL GROUP GROUPING GROUPS HASH HAVING IF IGNORE IN INNER INTERSECT
  INTERVAL INTO IS JOIN LATERAL LEFT LIKE LIMIT LOOKUP MERGE NATURAL NEW NO NOT NULL NULLS OF ON OR
  ORDER OUTER OVER PARTITION PRECEDING PROTO QUALIFY RANGE RECURSIVE RESPECT RIGHT ROLLUP ROWS SELECT
  SET SOME STRUCT TABLESAMPLE THEN TO TREAT TRUE UNBOUNDED UNION UNNEST USING WHEN WHERE WINDOW WITH
  WITHIN`.split(/\s+/),
);
