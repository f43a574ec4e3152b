import { DuckDBScalarFunction, VARCHAR } from '@duckdb/node-api';

/** JSON text as BigQuery's JSON type keeps it: no space, keys in order. Throws on what is not JSON. */
export function normalJson(text: string): string {
  return JSON.stringify(JSON.parse(text), (_, value: unknown) => {
    if (typeof value !== 'object' || value === null || Array.isArray(value)) return value;
    return Object.fromEntries(Object.entries(value).sort(([a], [b]) => (a < b ? -1 : 1)));
  });
}

/** The same for DuckDB; NULL for what is not JSON. */
export function jsonFunction(): DuckDBScalarFunction {
  return DuckDBScalarFunction.create({
    name: 'bq_json_normal',
    parameterTypes: [VARCHAR],
    returnType: VARCHAR,
    mainFunction: (_, input, output) => {
      const values = input.getColumnVector(0);
      for (let row = 0; row < input.rowCount; row += 1) {
        output.setItem(row, normalOrNull(values.getItem(row)));
      }
      output.flush();
    },
  });
}

function normalOrNull(value: unknown): string | null {
  if (typeof value !== 'string') return null;
  try {
    return normalJson(value);
  } catch {
    return null;
  }
}
