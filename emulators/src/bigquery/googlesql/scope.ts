import type { Window } from './syntax.ts';
import type { Typed } from './typed.ts';
import { quote, type SqlType, structOf, text } from './types.ts';

export interface Column {
  /** '' where the query gives none. */
  readonly name: string;
  readonly type: SqlType;
  /** How to refer to it from the select that sees it. */
  readonly sql: string;
  /** The column of a base table that it is: a filter on it can prune that table's partitions. */
  readonly origin?: string | undefined;
  /** True for a function's parameter whose argument looks at more than its own row. */
  readonly holdsAggregate?: boolean;
}

/** One item of FROM, under its alias. */
export interface Range {
  readonly alias: string | null;
  readonly columns: readonly Column[];
  /** What the alias itself means, for UNNEST; otherwise a struct of the columns. */
  readonly value: Typed | null;
}

/** The names an expression can use. */
export interface Scope {
  readonly ranges: readonly Range[];
  /** What unqualified names and `*` see, in order. */
  readonly visible: readonly Column[];
  /** Aliases of the SELECT list, where the clause can use them. They win over `visible`. */
  readonly aliases?: ReadonlyMap<string, Typed>;
  /** Named windows of the WINDOW clause, by lower-case name. */
  readonly windows?: ReadonlyMap<string, Window>;
  /** The query around this one, for correlated names. */
  readonly parent: Scope | null;
}

export const EMPTY_SCOPE: Scope = { ranges: [], visible: [], parent: null };

export type Found = { readonly typed: Typed; readonly used: number } | 'ambiguous' | undefined;

/** Finds what the first one or two parts of a path mean. `used` says how many. */
export function lookUp(scope: Scope, parts: readonly string[]): Found {
  const [first = '', second] = parts.map((part) => part.toLowerCase());
  for (let level: Scope | null = scope; level !== null; level = level.parent) {
    const range = level.ranges.find((each) => each.alias?.toLowerCase() === first);
    if (range !== undefined && second !== undefined) {
      const column = range.columns.find((each) => each.name.toLowerCase() === second);
      if (column !== undefined) return { typed: column, used: 2 };
    }
    const alias = level.aliases?.get(first);
    if (alias !== undefined) return { typed: alias, used: 1 };
    const columns = level.visible.filter((each) => each.name.toLowerCase() === first);
    if (1 < columns.length) return 'ambiguous';
    const [column] = columns;
    if (column !== undefined) return { typed: column, used: 1 };
    if (range !== undefined) return { typed: rangeValue(range), used: 1 };
    const pseudo = first.startsWith('_') ? pseudoColumn(level, first) : undefined;
    if (pseudo !== undefined) return { typed: pseudo, used: 1 };
  }
  return undefined;
}

/** `_PARTITIONTIME` and `_TABLE_SUFFIX` are seen by name, and are no part of `*`. */
function pseudoColumn(scope: Scope, name: string): Column | undefined {
  return scope.ranges
    .flatMap((range) => range.columns)
    .find((each) => each.name.toLowerCase() === name);
}

/** A whole row, as `TO_JSON_STRING(t)` or `t.*` use it. */
export function rangeValue(range: Range): Typed {
  if (range.value !== null) return range.value;
  const fields = range.columns.map((column) => `${quote(column.name)} := ${column.sql}`);
  return { sql: `struct_pack(${fields.join(', ')})`, type: structOf(range.columns) };
}

/** A field of a struct, by name without regard to case. */
export function fieldOf(base: Typed, name: string): Typed | undefined {
  if (base.type.kind !== 'STRUCT') return undefined;
  const field = base.type.fields.find((each) => each.name.toLowerCase() === name.toLowerCase());
  if (field === undefined) return undefined;
  return { sql: `struct_extract(${base.sql}, ${text(field.name)})`, type: field.type };
}
