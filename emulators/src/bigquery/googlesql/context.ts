import { queryError, unsupported } from '../errors.ts';
import type { Scope } from './scope.ts';
import type { Query } from './syntax.ts';
import type { Typed } from './typed.ts';
import type { SqlType } from './types.ts';

/** A table or view as the translator needs to know it. */
export type TableShape = {
  readonly project: string;
  readonly dataset: string;
  readonly table: string;
  readonly columns: readonly TableColumn[];
} & (
  | {
      readonly kind: 'table';
      /** Its name in DuckDB, quoted. */
      readonly sql: string;
      readonly partition: Partition | null;
    }
  | { readonly kind: 'view'; readonly query: string }
);

export interface TableColumn {
  readonly name: string;
  readonly type: SqlType;
  readonly required: boolean;
  /** GoogleSQL text of the default value. */
  readonly default: string | null;
}

export interface Partition {
  /** `_PARTITIONTIME` for ingestion-time partitioning. */
  readonly column: string;
  readonly unit: 'HOUR' | 'DAY' | 'MONTH' | 'YEAR' | 'RANGE';
  readonly filterRequired: boolean;
  /** How long after its start a partition is kept; null for ever. */
  readonly expirationMs: number | null;
}

/** A routine as the translator needs to know it. */
export interface RoutineShape {
  /** As messages name it: `d.f`, or `f` where it is temporary. */
  readonly title: string;
  /** Whose tables and routines its text means; null for a temporary one, which means its script's. */
  readonly project: string | null;
  readonly kind: 'SCALAR_FUNCTION' | 'TABLE_VALUED_FUNCTION' | 'PROCEDURE';
  readonly parameters: readonly RoutineParameter[];
  /** Null where none is declared. */
  readonly returns: SqlType | null;
  readonly returnsTable: readonly { readonly name: string; readonly type: SqlType }[] | null;
  /** GoogleSQL text of an expression, a query, or the statements of a procedure. */
  readonly body: string;
}

export interface RoutineParameter {
  readonly name: string;
  /** Null for ANY TYPE. */
  readonly type: SqlType | null;
  /** Only procedures have others than IN. */
  readonly mode: 'IN' | 'OUT' | 'INOUT';
}

export interface Catalog {
  /** What a path of one to three names means here. */
  locate(path: readonly string[]): {
    readonly project: string;
    readonly dataset: string;
    readonly table: string;
  };
  /** As the views of another project see it. */
  within(project: string): Catalog;
  /** The rows of an INFORMATION_SCHEMA view; undefined where the path names none. */
  system(path: readonly string[]): Relation | undefined;
  /** Throws a notFound error that names the table as BigQuery does. */
  table(path: readonly string[]): TableShape;
  /** Tables whose name starts with `prefix`, for wildcards, in order of name. */
  tables(path: readonly string[]): readonly TableShape[];
  /** A routine by a path of one to three names; undefined where there is none. */
  routine(path: readonly string[]): RoutineShape | undefined;
}

/** The columns of a query's result; in DuckDB they are called c1, c2, … */
export interface Relation {
  readonly sql: string;
  readonly columns: readonly {
    readonly name: string;
    readonly type: SqlType;
    /** The base column that a filter from outside may be pushed down to. */
    readonly origin?: string | undefined;
  }[];
  /** True for SELECT AS STRUCT and AS VALUE: the one column is the row itself. */
  readonly isValueTable: boolean;
}

/** What one translation carries along. */
export interface Context {
  /** The text that offsets point into. */
  readonly text: string;
  readonly catalog: Catalog;
  /** Declared types of query parameters and script variables, by name in lower case. */
  readonly parameters: ReadonlyMap<string, SqlType>;
  /** Temporary functions, by name in lower case. */
  readonly functions: ReadonlyMap<string, RoutineShape>;
  /** The routines whose text is being translated, outermost first. */
  readonly within: readonly RoutineShape[];
  /** Names from WITH, innermost first. */
  readonly withs: readonly {
    readonly name: string;
    readonly alias: string;
    readonly relation: Relation;
  }[];
  /** Every base table that is read, with what the WHERE clauses say of its partitions. */
  readonly scans: Scan[];
  alias(): string;
  translateQuery(query: Query, scope: Scope | null, context: Context): Relation;
  translateExpression(
    expression: import('./syntax.ts').Expression,
    scope: Scope,
    context: Context,
  ): Typed;
}

export interface Scan {
  readonly table: TableShape & { readonly kind: 'table' };
  readonly alias: string;
  /** Conditions on a partition (`partition-filters.ts`), all of which must hold. */
  readonly conditions: string[];
}

export function fail(context: Context, message: string, at: number): never {
  throw queryError(message, context.text, at);
}

export function refuse(context: Context, what: string, name: string, at: number): never {
  throw unsupported(what, name, context.text, at);
}
