export type ColumnType = 'STRING' | 'INT64' | 'FLOAT64' | 'BOOL' | 'TIMESTAMP' | 'RECORD';

/** A BigQuery column, in the shape of the API's TableFieldSchema. */
export interface Column {
  readonly name: string;
  readonly type: ColumnType;
  readonly mode: 'REQUIRED' | 'NULLABLE' | 'REPEATED';
  readonly description: string;
  readonly fields?: readonly Column[];
}

/** What a table is for; the label `data` of it, by which bills and storage can be told apart. */
export type DataKind = 'readings' | 'aggregates' | 'decisions' | 'operations';

export interface Table {
  readonly description: string;
  readonly kind: DataKind;
  readonly columns: readonly Column[];
  /** The TIMESTAMP column that rows are partitioned by. */
  readonly partitionBy: string;
  /** Hours where queries run every few minutes, so that they read minutes and not a day. At most 10,000 a table. */
  readonly partitionUnit: 'DAY' | 'HOUR';
  readonly clusterBy: readonly string[];
  /** Partitions older than this are deleted; undefined keeps them. */
  readonly expirationDays?: number;
}

export const required = (name: string, type: ColumnType, description: string): Column => ({
  name,
  type,
  mode: 'REQUIRED',
  description,
});
export const nullable = (name: string, type: ColumnType, description: string): Column => ({
  name,
  type,
  mode: 'NULLABLE',
  description,
});
export const repeated = (
  name: string,
  type: ColumnType,
  description: string,
  fields?: readonly Column[],
): Column => ({ name, type, mode: 'REPEATED', description, ...(fields && { fields }) });
