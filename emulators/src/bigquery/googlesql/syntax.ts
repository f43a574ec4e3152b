/** The syntax tree of the GoogleSQL that this emulator takes. `at` is an offset into the text. */
export type Expression =
  | { kind: 'null'; at: number }
  | { kind: 'bool'; value: boolean; at: number }
  | { kind: 'int' | 'float' | 'string' | 'bytes'; value: string; at: number }
  | { kind: 'typed'; type: string; value: string; at: number }
  | { kind: 'interval'; amount: Expression; unit: string; at: number }
  | { kind: 'parameter'; name: string; at: number }
  | { kind: 'path'; parts: string[]; at: number }
  | { kind: 'field'; base: Expression; name: string; at: number }
  | { kind: 'index'; base: Expression; mode: IndexMode; index: Expression; at: number }
  | { kind: 'unary'; op: '-' | '+' | 'NOT' | '~'; arg: Expression; at: number }
  | { kind: 'binary'; op: BinaryOperator; left: Expression; right: Expression; at: number }
  | { kind: 'is'; arg: Expression; what: 'NULL' | 'TRUE' | 'FALSE'; not: boolean; at: number }
  | { kind: 'distinctFrom'; left: Expression; right: Expression; not: boolean; at: number }
  | {
      kind: 'between';
      arg: Expression;
      low: Expression;
      high: Expression;
      not: boolean;
      at: number;
    }
  | { kind: 'in'; arg: Expression; among: InSource; not: boolean; at: number }
  | { kind: 'like'; arg: Expression; pattern: Expression; not: boolean; at: number }
  | {
      kind: 'case';
      operand: Expression | null;
      whens: When[];
      otherwise: Expression | null;
      at: number;
    }
  | { kind: 'cast'; arg: Expression; type: TypeSyntax; safe: boolean; at: number }
  | { kind: 'extract'; part: string; arg: Expression; zone: Expression | null; at: number }
  | { kind: 'array'; element: TypeSyntax | null; items: Expression[]; at: number }
  | { kind: 'arrayQuery'; query: Query; at: number }
  | { kind: 'struct'; fields: TypeSyntax | null; items: NamedExpression[]; at: number }
  | { kind: 'subquery'; query: Query; at: number }
  | { kind: 'exists'; query: Query; at: number }
  | Call;

export type IndexMode = 'OFFSET' | 'ORDINAL' | 'SAFE_OFFSET' | 'SAFE_ORDINAL' | 'KEY';
export type BinaryOperator =
  | 'AND'
  | 'OR'
  | '='
  | '!='
  | '<'
  | '<='
  | '>'
  | '>='
  | '+'
  | '-'
  | '*'
  | '/'
  | '||'
  | '&'
  | '|'
  | '^'
  | '<<'
  | '>>';

export interface When {
  readonly when: Expression;
  readonly result: Expression;
}
export interface NamedExpression {
  readonly expression: Expression;
  /** null where none is written. */
  readonly name: string | null;
}
export type InSource =
  | { kind: 'list'; items: Expression[] }
  | { kind: 'query'; query: Query }
  | { kind: 'unnest'; array: Expression };

export interface Call {
  readonly kind: 'call';
  /** Upper case, dotted where written so (`NET.HOST`), without SAFE. */
  readonly name: string;
  /** The name's parts as written, without SAFE. */
  readonly path: readonly string[];
  readonly args: readonly Expression[];
  readonly at: number;
  readonly safe: boolean;
  readonly star: boolean;
  readonly distinct: boolean;
  readonly nulls: 'IGNORE' | 'RESPECT' | null;
  readonly having: { readonly pick: 'MAX' | 'MIN'; readonly by: Expression } | null;
  readonly orderBy: OrderItem[];
  readonly limit: Expression | null;
  readonly over: Window | string | null;
  /** DuckDB text of a condition on the rows of an aggregate, which only PIVOT sets. */
  readonly filter?: string;
}
export interface Window {
  readonly base: string | null;
  readonly partitionBy: Expression[];
  readonly orderBy: OrderItem[];
  readonly frame: Frame | null;
  readonly at: number;
}
export interface Frame {
  readonly unit: 'ROWS' | 'RANGE';
  readonly start: Bound;
  readonly end: Bound | null;
}
export interface Bound {
  readonly kind:
    | 'UNBOUNDED PRECEDING'
    | 'UNBOUNDED FOLLOWING'
    | 'CURRENT ROW'
    | 'PRECEDING'
    | 'FOLLOWING';
  readonly offset: Expression | null;
}
export interface OrderItem {
  readonly expression: Expression;
  readonly descending: boolean;
  readonly nullsFirst: boolean | null;
}

export type TypeSyntax =
  | { kind: 'scalar'; name: string; parameters: string[]; at: number }
  | { kind: 'array'; element: TypeSyntax; at: number }
  | { kind: 'struct'; fields: { name: string; type: TypeSyntax }[]; at: number };

export interface Query {
  readonly with: { readonly name: string; readonly query: Query; readonly at: number }[];
  readonly recursive: boolean;
  readonly body: QueryBody;
  readonly orderBy: OrderItem[];
  readonly limit: Expression | null;
  readonly offset: Expression | null;
  readonly at: number;
}
export type QueryBody =
  | Select
  | { kind: 'set'; op: SetOperator; inputs: QueryBody[]; at: number }
  | { kind: 'nested'; query: Query; at: number };
export type SetOperator = 'UNION ALL' | 'UNION DISTINCT' | 'INTERSECT DISTINCT' | 'EXCEPT DISTINCT';

export interface Select {
  readonly kind: 'select';
  readonly distinct: boolean;
  readonly as: 'STRUCT' | 'VALUE' | null;
  readonly items: SelectItem[];
  readonly from: FromItem | null;
  readonly where: Expression | null;
  readonly groupBy: GroupBy | null;
  readonly having: Expression | null;
  readonly qualify: Expression | null;
  readonly windows: { readonly name: string; readonly window: Window }[];
  readonly at: number;
}
export type GroupBy =
  | { readonly kind: 'all' }
  | { readonly kind: 'list'; readonly items: Expression[] }
  | GroupingSets;

/** An item of several expressions is one key, or one set, of all of them. */
export type GroupingSets =
  | { readonly kind: 'rollup' | 'cube'; readonly items: Expression[][]; readonly at: number }
  | {
      readonly kind: 'sets';
      readonly items: (Expression[] | GroupingSets)[];
      readonly at: number;
    };

export type SelectItem =
  | { kind: 'expression'; expression: Expression; name: string | null }
  | {
      kind: 'star';
      base: Expression | null;
      except: string[];
      replace: { expression: Expression; name: string }[];
      at: number;
    };

export type FromItem =
  /** `sample` is the percentage of TABLESAMPLE. */
  | { kind: 'table'; path: string[]; alias: string | null; sample?: number; at: number }
  | {
      kind: 'pivot';
      source: FromItem;
      aggregates: NamedExpression[];
      input: Expression;
      values: NamedExpression[];
      alias: string | null;
      at: number;
    }
  | {
      kind: 'unpivot';
      source: FromItem;
      includeNulls: boolean;
      values: string[];
      name: string;
      groups: {
        readonly columns: string[];
        readonly label: { readonly value: string; readonly isText: boolean } | null;
        readonly at: number;
      }[];
      alias: string | null;
      at: number;
    }
  | { kind: 'query'; query: Query; alias: string | null; at: number }
  | { kind: 'function'; path: string[]; args: Expression[]; alias: string | null; at: number }
  | { kind: 'unnest'; array: Expression; alias: string | null; offset: string | null; at: number }
  | {
      kind: 'join';
      join: 'INNER' | 'LEFT' | 'RIGHT' | 'FULL' | 'CROSS';
      left: FromItem;
      right: FromItem;
      on: Expression | null;
      using: string[];
      at: number;
    };
