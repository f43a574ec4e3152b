import type { Column, ColumnType } from '@plumbline/contracts';
import { createProtoBuffer, type ProtoBuffer } from './proto-buffer.ts';

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
  /** Times are epoch milliseconds. Throws an EncodeError that names the column. */
  encode(row: Readonly<Record<string, unknown>>): Uint8Array;
}

type Values = Readonly<Record<string, unknown>>;
type WriteValue = (buffer: ProtoBuffer, tag: number, value: unknown) => void;

interface Field {
  readonly name: string;
  readonly write: WriteValue;
  /** Number and wire type, as they stand before each value. */
  readonly tag: number;
  readonly isRequired: boolean;
  readonly isRepeated: boolean;
  readonly isRecord: boolean;
}

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

/** Source: https://protobuf.dev/programming-guides/encoding/#structure */
const WIRE_TYPES = { varint: 0, fixed64: 1, delimited: 2 } as const;
const WIRE_TYPE_OF: Readonly<Record<ColumnType, number>> = {
  STRING: WIRE_TYPES.delimited,
  INT64: WIRE_TYPES.varint,
  FLOAT64: WIRE_TYPES.fixed64,
  BOOL: WIRE_TYPES.varint,
  TIMESTAMP: WIRE_TYPES.varint,
  RECORD: WIRE_TYPES.delimited,
};

const WRITE: Readonly<Record<Exclude<ColumnType, 'RECORD'>, WriteValue>> = {
  STRING(buffer, tag, value) {
    if (typeof value !== 'string') throw new EncodeError(`wanted a string, got ${show(value)}`);
    buffer.uint32(tag);
    buffer.string(value);
  },
  INT64(buffer, tag, value) {
    if (!Number.isSafeInteger(value)) {
      throw new EncodeError(`wanted a whole number, got ${show(value)}`);
    }
    buffer.uint32(tag);
    buffer.int64(value as number);
  },
  FLOAT64(buffer, tag, value) {
    if (typeof value !== 'number') throw new EncodeError(`wanted a number, got ${show(value)}`);
    buffer.uint32(tag);
    buffer.double(value);
  },
  BOOL(buffer, tag, value) {
    if (typeof value !== 'boolean') throw new EncodeError(`wanted a boolean, got ${show(value)}`);
    buffer.uint32(tag);
    buffer.uint32(value ? 1 : 0);
  },
  /** Microseconds since 1970. */
  TIMESTAMP(buffer, tag, value) {
    if (!Number.isSafeInteger(value)) throw new EncodeError(`wanted a time, got ${show(value)}`);
    buffer.uint32(tag);
    buffer.int64((value as number) * 1000);
  },
};

/** Rows of a table as protocol buffers, the form that the Storage Write API takes. */
export function createRowEncoder(columns: readonly Column[]): RowEncoder {
  const write = fieldsWriter(columns, '');
  const buffer = createProtoBuffer();
  return {
    descriptor: descriptorOf('Row', columns),
    encode(row) {
      buffer.begin();
      write(buffer, row);
      return buffer.end();
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
function fieldsWriter(columns: readonly Column[], prefix: string) {
  const fields = new Map(columns.map((column, index) => [column.name, fieldOf(column, index)]));
  /** Those of the row before, in its order: nearly always that of the next. */
  const expected: Field[] = [];
  const required = columns.filter(({ mode }) => mode === 'REQUIRED').map(({ name }) => name);

  return (buffer: ProtoBuffer, row: Values): void => {
    let requiredCount = 0;
    let at = 0;
    for (const name in row) {
      const value = row[name];
      if (value === undefined || value === null) continue;
      let field = expected[at];
      if (field?.name !== name) {
        field = fields.get(name);
        if (field === undefined) throw new EncodeError(`no such field: ${prefix}${name}`);
        expected[at] = field;
      }
      at++;
      if (field.isRequired) requiredCount++;
      try {
        if (!field.isRepeated) field.write(buffer, field.tag, value);
        else for (const item of value as unknown[]) field.write(buffer, field.tag, item);
      } catch (error) {
        if (field.isRecord || !(error instanceof EncodeError)) throw error;
        throw new EncodeError(`${prefix}${name}: ${error.message}`);
      }
    }
    if (requiredCount < required.length) {
      const missing = required.find((name) => row[name] === undefined || row[name] === null);
      throw new EncodeError(`missing required field: ${prefix}${missing}`);
    }
  };

  function fieldOf(column: Column, index: number): Field {
    return {
      name: column.name,
      write: column.type === 'RECORD' ? recordWriter(column) : WRITE[column.type],
      tag: ((index + 1) << 3) | WIRE_TYPE_OF[column.type],
      isRequired: column.mode === 'REQUIRED',
      isRepeated: column.mode === 'REPEATED',
      isRecord: column.type === 'RECORD',
    };
  }

  function recordWriter(column: Column): WriteValue {
    const write = fieldsWriter(column.fields ?? [], `${prefix}${column.name}.`);
    return (buffer, tag, value) => {
      buffer.uint32(tag);
      buffer.delimited(() => write(buffer, value as Values));
    };
  }
}

/** A value in an error message: short, and never the whole of it. */
function show(value: unknown): string {
  return String(JSON.stringify(value)).slice(0, 40);
}
