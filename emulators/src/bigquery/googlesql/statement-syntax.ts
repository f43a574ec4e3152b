import type { Expression, FromItem, Query, TypeSyntax } from './syntax.ts';

export interface Assignment {
  readonly column: string;
  readonly value: Expression | 'DEFAULT';
  readonly at: number;
}
export interface MergeClause {
  readonly when: 'MATCHED' | 'NOT MATCHED' | 'NOT MATCHED BY SOURCE';
  readonly and: Expression | null;
  readonly action:
    | { kind: 'update'; set: Assignment[] }
    | { kind: 'delete' }
    | { kind: 'insert'; columns: string[]; values: (Expression | 'DEFAULT')[] | 'ROW' };
  readonly at: number;
}
export interface ColumnDefinition {
  readonly name: string;
  readonly type: TypeSyntax;
  readonly notNull: boolean;
  readonly options: Options;
  readonly default: string | null;
}
/** Values are plain JSON: strings, numbers, booleans, null, arrays and pairs. */
export type Options = Readonly<Record<string, unknown>>;

/** One statement. `end` is the offset after its last token. */
export type Statement = AnyStatement & { readonly end: number };

export type AnyStatement =
  | { kind: 'query'; query: Query; at: number }
  | {
      kind: 'insert';
      table: string[];
      columns: string[];
      rows: (Expression | 'DEFAULT')[][] | null;
      query: Query | null;
      at: number;
    }
  | {
      kind: 'update';
      table: string[];
      alias: string | null;
      set: Assignment[];
      from: FromItem | null;
      where: Expression;
      at: number;
    }
  | { kind: 'delete'; table: string[]; alias: string | null; where: Expression; at: number }
  | {
      kind: 'merge';
      table: string[];
      alias: string | null;
      source: FromItem;
      on: Expression;
      clauses: MergeClause[];
      at: number;
    }
  | { kind: 'truncate'; table: string[]; at: number }
  | {
      kind: 'createTable';
      table: string[];
      isTemporary: boolean;
      orReplace: boolean;
      ifNotExists: boolean;
      columns: ColumnDefinition[];
      partitionBy: Expression | null;
      clusterBy: string[];
      options: Options;
      query: Query | null;
      at: number;
    }
  | {
      kind: 'createView';
      table: string[];
      orReplace: boolean;
      ifNotExists: boolean;
      columns: { name: string; options: Options }[];
      options: Options;
      query: Query;
      queryText: string;
      at: number;
    }
  | { kind: 'createSchema'; path: string[]; ifNotExists: boolean; options: Options; at: number }
  | RoutineDefinition
  | {
      kind: 'drop';
      what: 'TABLE' | 'VIEW' | 'SCHEMA' | RoutineDefinition['what'];
      path: string[];
      ifExists: boolean;
      cascade: boolean;
      at: number;
    }
  | {
      kind: 'addColumns';
      table: string[];
      columns: (ColumnDefinition & { ifNotExists: boolean })[];
      at: number;
    }
  | { kind: 'transaction'; verb: 'BEGIN' | 'COMMIT' | 'ROLLBACK'; at: number }
  | ScriptStatement;

export interface RoutineDefinition {
  readonly kind: 'createRoutine';
  readonly what: 'FUNCTION' | 'TABLE FUNCTION' | 'PROCEDURE';
  readonly path: string[];
  readonly isTemporary: boolean;
  readonly orReplace: boolean;
  readonly ifNotExists: boolean;
  readonly parameters: {
    readonly name: string;
    /** Null for ANY TYPE. */
    readonly type: TypeSyntax | null;
    readonly mode: 'IN' | 'OUT' | 'INOUT';
  }[];
  readonly returns: TypeSyntax | null;
  readonly returnsTable: { readonly name: string; readonly type: TypeSyntax }[] | null;
  readonly options: Options;
  /** The text of the expression, the query, or the statements between BEGIN and END. */
  readonly body: string;
  readonly at: number;
}

/** What only a multi-statement script can hold. */
export type ScriptStatement =
  | {
      kind: 'declare';
      names: string[];
      type: TypeSyntax | null;
      value: Expression | null;
      at: number;
    }
  /** Several names take the fields of a struct. */
  | { kind: 'set'; names: string[]; value: Expression; at: number }
  | { kind: 'if'; branches: Branch[]; otherwise: Statement[]; at: number }
  /** A label is in lower case; null where there is none. */
  | {
      kind: 'while';
      condition: Expression;
      body: Statement[];
      label: string | null;
      at: number;
    }
  | { kind: 'loop'; body: Statement[]; label: string | null; at: number }
  | { kind: 'repeat'; body: Statement[]; until: Expression; label: string | null; at: number }
  | {
      kind: 'for';
      variable: string;
      query: Query;
      body: Statement[];
      label: string | null;
      at: number;
    }
  /** To the innermost loop where no label is given. */
  | { kind: 'jump'; to: 'break' | 'continue' | 'return'; label: string | null; at: number }
  /** `handler` is what follows EXCEPTION WHEN ERROR THEN. */
  | {
      kind: 'block';
      body: Statement[];
      handler: Statement[] | null;
      label: string | null;
      at: number;
    }
  /** Without a message, the error that is being handled is raised again. */
  | { kind: 'raise'; message: Expression | null; at: number }
  | { kind: 'assert'; condition: Expression; message: string | null; at: number }
  | { kind: 'call'; path: string[]; args: Expression[]; at: number }
  | {
      kind: 'execute';
      sql: Expression;
      into: string[];
      using: { readonly value: Expression; readonly name: string | null }[];
      at: number;
    };

export interface Branch {
  readonly condition: Expression;
  readonly body: Statement[];
}
