import {
  type DuckDBBlobValue,
  DuckDBListValue,
  DuckDBStructValue,
  type DuckDBValue,
} from '@duckdb/node-api';
import {
  duckFieldName,
  duckType,
  quote,
  text as quoteText,
  type SqlType,
} from './googlesql/types.ts';

/** Script variables, in the blocks that they are declared in, and the parameters beside them. */
export interface Variables {
  /** Types and DuckDB values by the keys that the translator asks for. */
  types(): ReadonlyMap<string, SqlType>;
  values(): ReadonlyMap<string, string>;
  typeOf(name: string): SqlType | undefined;
  valueOf(name: string): string;
  /** False where the name is taken in this block or one around it. */
  declare(name: string, type: SqlType, sql: string): boolean;
  assign(name: string, sql: string): void;
  /** A system variable such as `@@error.message`, given without its first `@`. */
  setSystem(name: string, type: SqlType, sql: string): void;
  /** Runs `body` as a block of its own: what it declares ends with it. */
  block<Result>(body: () => Promise<Result>): Promise<Result>;
}

interface Variable {
  readonly type: SqlType;
  sql: string;
}

export function openVariables(
  types: ReadonlyMap<string, SqlType>,
  values: ReadonlyMap<string, string>,
): Variables {
  const given = new Map<string, Variable>();
  for (const [key, type] of types) given.set(key, { type, sql: values.get(key) ?? 'NULL' });
  const blocks: Map<string, Variable>[] = [given, new Map()];
  const keyOf = (name: string): string => `var:${name.toLowerCase()}`;
  const find = (key: string): Variable | undefined =>
    blocks.findLast((block) => block.has(key))?.get(key);
  const collect = <Part>(part: (variable: Variable) => Part): Map<string, Part> =>
    new Map(blocks.flatMap((block) => [...block].map(([key, each]) => [key, part(each)] as const)));
  return {
    types: () => collect((variable) => variable.type),
    values: () => collect((variable) => variable.sql),
    typeOf: (name) => find(keyOf(name))?.type,
    valueOf: (name) => find(keyOf(name))?.sql ?? 'NULL',
    declare: (name, type, sql) => {
      if (find(keyOf(name)) !== undefined) return false;
      blocks[blocks.length - 1]?.set(keyOf(name), { type, sql });
      return true;
    },
    assign: (name, sql) => {
      const variable = find(keyOf(name));
      if (variable !== undefined) variable.sql = sql;
    },
    setSystem: (name, type, sql) => given.set(name, { type, sql }),
    block: async (body) => {
      blocks.push(new Map());
      try {
        return await body();
      } finally {
        blocks.pop();
      }
    },
  };
}

/** A computed value as DuckDB text, so that later statements see the value and not the expression. */
export function literalOf(value: DuckDBValue | undefined, type: SqlType): string {
  if (value === null || value === undefined) return `CAST(NULL AS ${duckType(type)})`;
  if (type.kind === 'BYTES')
    return `from_hex('${Buffer.from((value as DuckDBBlobValue).bytes).toString('hex')}')`;
  if (value instanceof DuckDBListValue && type.kind === 'ARRAY') {
    const items = value.items.map((item) => literalOf(item, type.element));
    return `CAST([${items.join(', ')}] AS ${duckType(type)})`;
  }
  if (value instanceof DuckDBStructValue && type.kind === 'STRUCT') {
    const fields = type.fields.map((field, index) => {
      const name = duckFieldName(field.name, index);
      return `${quote(name)} := ${literalOf(value.entries[name], field.type)}`;
    });
    return `struct_pack(${fields.join(', ')})`;
  }
  return `CAST(${quoteText(String(value))} AS ${duckType(type)})`;
}
