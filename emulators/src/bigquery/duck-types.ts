import {
  BIGINT,
  BLOB,
  BOOLEAN,
  DATE,
  DECIMAL,
  DOUBLE,
  type DuckDBType,
  INTERVAL,
  LIST,
  STRUCT,
  TIME,
  TIMESTAMP,
  TIMESTAMPTZ,
  VARCHAR,
} from '@duckdb/node-api';
import { duckFieldName, type ScalarKind, type SqlType } from './googlesql/types.ts';

const SCALARS: Readonly<Record<ScalarKind, DuckDBType>> = {
  INT64: BIGINT,
  FLOAT64: DOUBLE,
  NUMERIC: DECIMAL(38, 9),
  BOOL: BOOLEAN,
  STRING: VARCHAR,
  BYTES: BLOB,
  DATE,
  DATETIME: TIMESTAMP,
  TIME,
  TIMESTAMP: TIMESTAMPTZ,
  JSON: VARCHAR,
  INTERVAL,
  NULL: BIGINT,
};

/** The type of the vectors that rows are appended in. */
export function duckVectorType(type: SqlType): DuckDBType {
  if (type.kind === 'ARRAY') return LIST(duckVectorType(type.element));
  if (type.kind === 'STRUCT') {
    return STRUCT(
      Object.fromEntries(
        type.fields.map((field, index) => [
          duckFieldName(field.name, index),
          duckVectorType(field.type),
        ]),
      ),
    );
  }
  return SCALARS[type.kind];
}
