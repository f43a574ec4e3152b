import type { Column, ColumnType } from '@plumbline/contracts';
import protobuf from 'protobufjs';

const SCALARS: Readonly<Record<Exclude<ColumnType, 'RECORD'>, string>> = {
  STRING: 'string',
  FLOAT64: 'double',
  INT64: 'int64',
  TIMESTAMP: 'int64',
  BOOL: 'bool',
};

/** Rows of a table without records and lists, by the encoder that Google's clients use. */
export function protobufjsType(columns: readonly Column[]): protobuf.Type {
  const type = new protobuf.Type('Row');
  columns.forEach(({ name, type: columnType }, index) => {
    if (columnType === 'RECORD') throw new Error(`${name} is a record`);
    type.add(new protobuf.Field(name, index + 1, SCALARS[columnType]));
  });
  new protobuf.Root().add(type);
  return type;
}
