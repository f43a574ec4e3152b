import {
  DuckDBBlobValue,
  DuckDBDateValue,
  DuckDBListValue,
  DuckDBStructValue,
  DuckDBTimestampTZValue,
  type DuckDBValue,
} from '@duckdb/node-api';
import protobuf from 'protobufjs';
import descriptor from 'protobufjs/ext/descriptor/index.js';
import type { TableColumn } from '../googlesql/context.ts';
import type { SqlType } from '../googlesql/types.ts';
import { decodeScalar, RowError } from '../rows.ts';

/** Turns the bytes of one row into values in the order of the table's columns. Throws `RowError`. */
export type DecodeRow = (bytes: Uint8Array) => DuckDBValue[];

/** What `protobufjs/ext/descriptor` adds, unknown to the types. */
interface RootWithDescriptors {
  fromDescriptor(set: protobuf.Message): protobuf.Root;
}

type Message = Readonly<Record<string, unknown>>;
type Read = (message: Message) => DuckDBValue;

/** Throws `RowError` where the writer's schema has a field that the table lacks. */
export function compileDecoder(
  protoDescriptor: Uint8Array,
  columns: readonly TableColumn[],
): DecodeRow {
  const message = descriptor.DescriptorProto.decode(protoDescriptor) as unknown as { name: string };
  const file = { name: 'row.proto', syntax: 'proto2', messageType: [message] };
  const root = (protobuf.Root as unknown as RootWithDescriptors).fromDescriptor(
    descriptor.FileDescriptorSet.create({ file: [file] }),
  );
  const type = root.lookupType(message.name);
  const reads = readersOf(type, columns);
  return (bytes) => {
    const row = type.decode(bytes) as unknown as Message;
    return reads.map((read) => read(row));
  };
}

function readersOf(
  type: protobuf.Type,
  columns: readonly { name: string; type: SqlType; required: boolean }[],
): Read[] {
  const fields = new Map(type.fieldsArray.map((field) => [field.name.toLowerCase(), field]));
  const names = new Set(columns.map((column) => column.name.toLowerCase()));
  for (const name of fields.keys()) {
    if (!names.has(name))
      throw new RowError(`The proto has a field that the table has not: ${name}`, name);
  }
  return columns.map((column): Read => {
    const field = fields.get(column.name.toLowerCase());
    if (field === undefined) return () => missing(column);
    const convert = converterOf(
      field,
      column.type.kind === 'ARRAY' ? column.type.element : column.type,
      column.name,
    );
    if (column.type.kind === 'ARRAY') {
      return (row) => new DuckDBListValue(((row[field.name] ?? []) as unknown[]).map(convert));
    }
    return (row) =>
      Object.hasOwn(row, field.name) && row[field.name] !== null
        ? convert(row[field.name])
        : missing(column);
  });
}

function missing(column: { name: string; type: SqlType; required: boolean }): DuckDBValue {
  if (column.required)
    throw new RowError(`Field ${column.name} is required, and has no value`, column.name);
  return column.type.kind === 'ARRAY' ? new DuckDBListValue([]) : null;
}

function converterOf(
  field: protobuf.Field,
  type: SqlType,
  name: string,
): (value: unknown) => DuckDBValue {
  if (type.kind === 'STRUCT') {
    const inner = field.resolve().resolvedType;
    if (!(inner instanceof protobuf.Type))
      throw new RowError(`Field ${name} is a STRUCT in the table and none in the proto`, name);
    const columns = type.fields.map((each) => ({
      name: each.name,
      type: each.type,
      required: false,
    }));
    const reads = readersOf(inner, columns);
    return (value) =>
      new DuckDBStructValue(
        Object.fromEntries(
          columns.map((column, index) => [column.name, reads[index]?.(value as Message) ?? null]),
        ),
      );
  }
  const { kind } = type;
  return (value) => {
    const converted = convertScalar(value, kind);
    if (converted !== undefined) return converted;
    throw new RowError(`Field ${name}: ${String(value)} is no ${kind}`, name);
  };
}

/** Source: https://cloud.google.com/bigquery/docs/write-api#data_type_conversions */
function convertScalar(value: unknown, kind: string): DuckDBValue | undefined {
  if (typeof value === 'object' && value !== null && 'low' in value)
    return convertLong(toBigInt(value as protobuf.Long), kind);
  if (value instanceof Uint8Array) return kind === 'BYTES' ? new DuckDBBlobValue(value) : undefined;
  if (typeof value === 'number' && kind === 'DATE') return new DuckDBDateValue(value);
  if (typeof value === 'number' && kind === 'FLOAT64') return value;
  return decodeScalar(value, kind);
}

function convertLong(value: bigint, kind: string): DuckDBValue | undefined {
  if (kind === 'INT64') return value;
  // A time is a whole number of microseconds here, not of seconds as in JSON.
  if (kind === 'TIMESTAMP') return new DuckDBTimestampTZValue(value);
  if (kind === 'DATE') return new DuckDBDateValue(Number(value));
  return kind === 'FLOAT64' ? Number(value) : undefined;
}

function toBigInt({ high, low }: protobuf.Long): bigint {
  return BigInt.asIntN(64, (BigInt(high) << 32n) | BigInt(low >>> 0));
}
