import type { Column, ColumnType } from '@plumbline/contracts';
import protobuf from 'protobufjs/minimal.js';

/** A value that its column cannot hold: BigQuery would refuse the row. */
export class EncodeError extends Error {
  override readonly name = 'EncodeError';
}

/** The part of google.protobuf.DescriptorProto that a table needs. */
export interface Descriptor {
  readonly name: string;
  readonly field: readonly {
    readonly name: string;
    readonly number: number;
    readonly label: 'LABEL_OPTIONAL' | 'LABEL_REQUIRED' | 'LABEL_REPEATED';
    readonly type: string;
    readonly typeName?: string;
  }[];
  readonly nestedType: readonly Descriptor[];
}

export interface RowEncoder {
  /** Tells BigQuery how to read the bytes. */
  readonly descriptor: Descriptor;
  /** Throws an EncodeError that names the column. */
  encode(row: Readonly<Record<string, unknown>>): Uint8Array;
}

type WriteValue = (writer: protobuf.Writer, tag: number, value: unknown) => void;
type WriteFields = (writer: protobuf.Writer, row: Readonly<Record<string, unknown>>) => void;

const LABELS = {
  NULLABLE: 'LABEL_OPTIONAL',
  REQUIRED: 'LABEL_REQUIRED',
  REPEATED: 'LABEL_REPEATED',
} as const;

/** Source: https://cloud.google.com/bigquery/docs/supported-data-types */
const PROTO_TYPES: Readonly<Record<ColumnType, string>> = {
  STRING: 'TYPE_STRING',
  INT64: 'TYPE_INT64',
  FLOAT64: 'TYPE_DOUBLE',
  BOOL: 'TYPE_BOOL',
  TIMESTAMP: 'TYPE_INT64',
  RECORD: 'TYPE_MESSAGE',
};

/** Wire types of https://protobuf.dev/programming-guides/encoding/#structure. */
const VARINT = 0;
const FIXED64 = 1;
const DELIMITED = 2;

const WRITE: Readonly<Record<Exclude<ColumnType, 'RECORD'>, WriteValue>> = {
  STRING(writer, number, value) {
    if (typeof value !== 'string') throw new EncodeError(`wanted a string, got ${show(value)}`);
    key(writer, number, DELIMITED).string(value);
  },
  INT64(writer, number, value) {
    if (!Number.isSafeInteger(value)) {
      throw new EncodeError(`wanted a whole number, got ${show(value)}`);
    }
    key(writer, number, VARINT).int64(value as number);
  },
  FLOAT64(writer, number, value) {
    if (typeof value !== 'number') throw new EncodeError(`wanted a number, got ${show(value)}`);
    key(writer, number, FIXED64).double(value);
  },
  BOOL(writer, number, value) {
    if (typeof value !== 'boolean') throw new EncodeError(`wanted a boolean, got ${show(value)}`);
    key(writer, number, VARINT).bool(value);
  },
  /** Microseconds since 1970. Our rows have whole milliseconds, so nothing is cut here. */
  TIMESTAMP(writer, number, value) {
    const ms = typeof value === 'string' ? Date.parse(value) : Number.NaN;
    if (Number.isNaN(ms)) throw new EncodeError(`wanted a time, got ${show(value)}`);
    key(writer, number, VARINT).int64(ms * 1000);
  },
};

/** Rows of a table as protocol buffers, the form that the Storage Write API takes. */
export function createRowEncoder(columns: readonly Column[]): RowEncoder {
  const write = fieldsWriter(columns, '');
  return {
    descriptor: descriptorOf('Row', columns),
    encode(row) {
      const writer = protobuf.Writer.create();
      write(writer, row);
      return writer.finish();
    },
  };
}

function descriptorOf(name: string, columns: readonly Column[]): Descriptor {
  const records = columns.filter(({ type }) => type === 'RECORD');
  return {
    name,
    field: columns.map((column, index) => ({
      name: column.name,
      number: index + 1,
      label: LABELS[column.mode],
      type: PROTO_TYPES[column.type],
      ...(column.type === 'RECORD' && { typeName: recordName(column) }),
    })),
    nestedType: records.map((column) => descriptorOf(recordName(column), column.fields ?? [])),
  };
}

function recordName(column: Column): string {
  return `${column.name}_record`;
}

/** `prefix` names the record in error messages, with a dot at its end. */
function fieldsWriter(columns: readonly Column[], prefix: string): WriteFields {
  const fields = new Map(
    columns.map((column, index) => [
      column.name,
      { number: index + 1, column, write: valueWriter(column, prefix) },
    ]),
  );
  const required = columns.filter(({ mode }) => mode === 'REQUIRED').map(({ name }) => name);
  return (writer, row) => {
    for (const name of required) {
      if (row[name] === undefined || row[name] === null) {
        throw new EncodeError(`missing required field: ${prefix}${name}`);
      }
    }
    for (const name of Object.keys(row)) {
      const value = row[name];
      if (value === undefined || value === null) continue;
      const field = fields.get(name);
      if (field === undefined) throw new EncodeError(`no such field: ${prefix}${name}`);
      try {
        if (field.column.mode !== 'REPEATED') field.write(writer, field.number, value);
        else for (const item of value as unknown[]) field.write(writer, field.number, item);
      } catch (error) {
        if (field.column.type === 'RECORD' || !(error instanceof EncodeError)) throw error;
        throw new EncodeError(`${prefix}${name}: ${error.message}`);
      }
    }
  };
}

function valueWriter(column: Column, prefix: string): WriteValue {
  if (column.type !== 'RECORD') return WRITE[column.type];
  const write = fieldsWriter(column.fields ?? [], `${prefix}${column.name}.`);
  return (writer, number, value) => {
    key(writer, number, DELIMITED).fork();
    write(writer, value as Readonly<Record<string, unknown>>);
    writer.ldelim();
  };
}

function key(writer: protobuf.Writer, number: number, wireType: number): protobuf.Writer {
  return writer.uint32((number << 3) | wireType);
}

/** A value in an error message: short, and never the whole of it. */
function show(value: unknown): string {
  return String(JSON.stringify(value)).slice(0, 40);
}
