import type { ColumnType } from './columns.ts';

/** A function in SQL that analysts may call. Its body is `contracts/sql/{name}.sql`. */
export interface Routine {
  readonly kind: 'SCALAR_FUNCTION' | 'TABLE_VALUED_FUNCTION';
  readonly description: string;
  readonly parameters: readonly { readonly name: string; readonly type: ColumnType }[];
  /** Type of the value; absent for rows. */
  readonly returns?: ColumnType;
}

/** Functions of the dataset, in the order in which they must be created. */
export const ROUTINES = {
  deviation_of: {
    kind: 'SCALAR_FUNCTION',
    description:
      'Standard deviation of a sample, from the count, sum and sum of squares that windows carry; NULL for one reading',
    parameters: [
      { name: 'reading_count', type: 'INT64' },
      { name: 'total', type: 'FLOAT64' },
      { name: 'sum_of_squares', type: 'FLOAT64' },
    ],
    returns: 'FLOAT64',
  },
  windows_of: {
    kind: 'TABLE_VALUED_FUNCTION',
    description:
      'Aggregates of windows of so many minutes, exactly, between two times; reads only the partitions between them',
    parameters: [
      { name: 'from_time', type: 'TIMESTAMP' },
      { name: 'to_time', type: 'TIMESTAMP' },
      { name: 'minutes', type: 'INT64' },
    ],
  },
} as const satisfies Record<string, Routine>;
export type RoutineName = keyof typeof ROUTINES;
