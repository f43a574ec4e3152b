import { DuckDBScalarFunction, VARCHAR } from '@duckdb/node-api';

/** JSON text as BigQuery's JSON type keeps it: no space, keys in order. Throws on what is not JSON. */
export function normalJson(text: string): string {
  return JSON.stringify(JSON.parse(text), (_, value: unknown) => {
    if (typeof value !== 'object' || value === null || Array.isArray(value)) return value;
    return Object.fromEntries(Object.entries(value).sort(([a], [b]) => (a < b ? -1 : 1)));
  });
}

/** Stands before a number that is kept as text. Literals cannot hold it (`literals.ts`). */
export const NUMBER_MARK = '\uE002';

/**
 * The same JSON with every number as a marked string of its own digits: DuckDB would write `1.50` as
 * `1.5`, and the JSON functions of GoogleSQL give the digits of the text. Throws on what is not JSON.
 */
export function quotedNumbers(text: string): string {
  // TypeScript does not know the third argument yet, which Node 22 has.
  const quoteNumber = (_: string, value: unknown, { source }: { source?: string } = {}): unknown =>
    typeof value === 'number' ? `${NUMBER_MARK}${source ?? value}` : value;
  return JSON.stringify(JSON.parse(text, quoteNumber as (key: string, value: unknown) => unknown));
}

/** Both for DuckDB; NULL for what is not JSON. */
export function jsonFunctions(): DuckDBScalarFunction[] {
  return [
    textFunction('bq_json_normal', normalJson),
    textFunction('bq_json_quoted', quotedNumbers),
  ];
}

function textFunction(name: string, change: (text: string) => string): DuckDBScalarFunction {
  return DuckDBScalarFunction.create({
    name,
    parameterTypes: [VARCHAR],
    returnType: VARCHAR,
    mainFunction: (_, input, output) => {
      const values = input.getColumnVector(0);
      for (let row = 0; row < input.rowCount; row += 1) {
        output.setItem(row, orNull(change, values.getItem(row)));
      }
      output.flush();
    },
  });
}

function orNull(change: (text: string) => string, value: unknown): string | null {
  if (typeof value !== 'string') return null;
  try {
    return change(value);
  } catch {
    return null;
  }
}
