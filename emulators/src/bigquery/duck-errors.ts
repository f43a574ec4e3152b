import { BigQueryError } from './errors.ts';
import { ERROR_MARK } from './googlesql/macros.ts';

const MARKED = new RegExp(`Could not convert string '${ERROR_MARK}([\\s\\S]*)' to INT64`);

/** DuckDB's messages in BigQuery's words, where a user is likely to meet them. */
const WORDS: readonly (readonly [RegExp, (match: RegExpExecArray) => string])[] = [
  [MARKED, (match) => match[1] ?? ''],
  [
    /Overflow in (addition|subtraction|multiplication) of INT64 \((.*?)\)/,
    (match) => `int64 overflow: ${match[2]}`,
  ],
  [/Overflow in negation|Overflow on abs/, () => 'int64 overflow'],
  [
    /NOT NULL constraint failed: (?:\S+\.)?(\w+)/,
    (match) => `Required field ${match[1]} cannot be null`,
  ],
  [
    /More than one row returned by a subquery/,
    () => 'Scalar subquery produced more than one element',
  ],
  [
    /column "?(\w+)"? must appear in the GROUP BY clause/i,
    (match) =>
      `SELECT list expression references column ${match[1]} which is neither grouped nor aggregated`,
  ],
  [
    /GROUPING child "(.*?)" must be a grouping column/,
    () => 'GROUPING must have an argument that exists within the group-by expression list',
  ],
  [/Type INT128 .* can't be cast because the value is out of range/, () => 'int64 overflow'],
  [/out of range for the destination type INT64/, () => 'int64 overflow'],
];

/** What a statement's failure in DuckDB means to a client of BigQuery. */
export function toBigQueryError(cause: unknown): BigQueryError {
  if (cause instanceof BigQueryError) return cause;
  const message = cause instanceof Error ? cause.message : String(cause);
  for (const [pattern, say] of WORDS) {
    const match = pattern.exec(message);
    if (match !== null)
      return new BigQueryError('invalidQuery', say(match), { location: 'query', cause });
  }
  if (/^(Internal|Fatal|IO) Error|INTERNAL Error/.test(message)) {
    return new BigQueryError('internalError', message, { cause });
  }
  const first = message.split('\n\nLINE ')[0] ?? message;
  return new BigQueryError('invalidQuery', first.replace(/^[A-Z][\w ]* Error: /, ''), {
    location: 'query',
    cause,
  });
}
