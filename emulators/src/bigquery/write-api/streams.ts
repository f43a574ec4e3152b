import { randomUUID } from 'node:crypto';
import type { DuckDBValue } from '@duckdb/node-api';
import { status } from '@grpc/grpc-js';
import type { Engine } from '../engine.ts';
import { columnsOf, vectorTypes } from '../insert-all.ts';
import { duckName, requireTable, type Table } from '../store.ts';

/** A refusal with a gRPC status code. */
export class StreamError extends Error {
  override readonly name = 'StreamError';
  readonly code: number;

  constructor(code: number, message: string) {
    super(message);
    this.code = code;
  }
}

export const STREAM_TYPES = { UNSPECIFIED: 0, COMMITTED: 1, PENDING: 2, BUFFERED: 3 } as const;

export interface WriteStream {
  readonly name: string;
  readonly type: number;
  readonly createdMs: number;
  /** Rows so far: the offset of the next one. */
  rowCount: number;
  isFinalized: boolean;
  committedMs: number | null;
  /** Rows of a pending stream until it is committed, of a buffered one until they are flushed. */
  readonly pending: { readonly values: readonly DuckDBValue[] }[];
}

/** Source: https://cloud.google.com/bigquery/docs/write-api#overview */
export interface Streams {
  create(parent: string, type: number): WriteStream;
  find(name: string): WriteStream;
  tableOf(name: string): Table;
  /** Adds rows at `offset`, or at the end. Gives the offset they begin at; null for the default stream. */
  append(
    name: string,
    rows: { readonly values: readonly DuckDBValue[] }[],
    offset: number | null,
  ): Promise<number | null>;
  finalize(name: string): number;
  /** Makes the rows of a buffered stream seen, up to the one at `offset`. */
  flush(name: string, offset: number): Promise<void>;
  /** All of the streams at once, or none. Gives the time in milliseconds. */
  commit(parent: string, names: readonly string[]): Promise<number>;
}

const TABLE_NAME = /^projects\/([^/]+)\/datasets\/([^/]+)\/tables\/([^/]+)/;
/** Rows that may wait in one pending stream. */
const MOST_PENDING_ROWS = 5_000_000;
const MOST_STREAMS = 10_000;

export function keepStreams(engine: Engine): Streams {
  const streams = new Map<string, WriteStream>();

  function tableOf(name: string): Table {
    const [, project = '', dataset = '', table = ''] = TABLE_NAME.exec(name) ?? [];
    return requireTable(engine.store, { project, dataset, table });
  }

  function find(name: string): WriteStream {
    const stream = streams.get(name);
    if (stream !== undefined) return stream;
    if (!isDefault(name))
      throw new StreamError(status.NOT_FOUND, `Requested entity was not found. Entity: ${name}`);
    tableOf(name);
    return {
      name,
      type: STREAM_TYPES.COMMITTED,
      createdMs: engine.now(),
      rowCount: 0,
      isFinalized: false,
      committedMs: null,
      pending: [],
    };
  }

  function write(
    table: Table,
    rows: readonly { readonly values: readonly DuckDBValue[] }[],
  ): Promise<void> {
    return engine.warehouse.write(async (writer) => {
      await writer.append(
        duckName(table),
        vectorTypes(table),
        columnsOf(rows, table, engine.now()),
      );
      engine.counters.rowsInserted += rows.length;
    });
  }

  return {
    find,
    tableOf,
    create: (parent, type) => {
      tableOf(parent);
      // The client of the default stream asks for a stream without a type.
      if (type === STREAM_TYPES.UNSPECIFIED) return find(`${parent}/streams/_default`);
      if (MOST_STREAMS <= streams.size) streams.delete(streams.keys().next().value ?? '');
      const name = `${parent}/streams/${randomUUID()}`;
      const stream: WriteStream = {
        name,
        type,
        createdMs: engine.now(),
        rowCount: 0,
        isFinalized: false,
        committedMs: null,
        pending: [],
      };
      streams.set(name, stream);
      return stream;
    },
    append: async (name, rows, offset) => {
      const stream = find(name);
      if (isDefault(name)) {
        await write(tableOf(name), rows);
        return null;
      }
      if (stream.isFinalized)
        throw new StreamError(
          status.INVALID_ARGUMENT,
          `Stream has been finalized and cannot be appended. Entity: ${name}`,
        );
      const start = stream.rowCount;
      if (offset !== null && offset < start)
        throw new StreamError(
          status.ALREADY_EXISTS,
          `The offset is within stream, expected offset ${start}, received ${offset} Entity: ${name}`,
        );
      if (offset !== null && start < offset)
        throw new StreamError(
          status.OUT_OF_RANGE,
          `The offset is beyond stream, expected offset ${start}, received ${offset} Entity: ${name}`,
        );
      // Taken at once, so that requests that follow on the same stream find the right offset.
      stream.rowCount += rows.length;
      if (stream.type === STREAM_TYPES.COMMITTED) await write(tableOf(name), rows);
      else if (MOST_PENDING_ROWS < stream.rowCount)
        throw new StreamError(
          status.RESOURCE_EXHAUSTED,
          `More than ${MOST_PENDING_ROWS} rows in ${name}`,
        );
      else for (const row of rows) stream.pending.push(row);
      return start;
    },
    finalize: (name) => {
      const stream = find(name);
      if (isDefault(name))
        throw new StreamError(status.INVALID_ARGUMENT, 'The default stream cannot be finalized');
      stream.isFinalized = true;
      return stream.rowCount;
    },
    flush: async (name, offset) => {
      const stream = find(name);
      if (isDefault(name) || stream.type !== STREAM_TYPES.BUFFERED)
        throw new StreamError(
          status.INVALID_ARGUMENT,
          `Stream is not of type BUFFERED. Entity: ${name}`,
        );
      if (stream.rowCount <= offset)
        throw new StreamError(
          status.OUT_OF_RANGE,
          `The offset is beyond stream, expected less than ${stream.rowCount}, received ${offset} Entity: ${name}`,
        );
      const flushed = stream.rowCount - stream.pending.length;
      // Taken at once, so that two calls cannot write the same rows; none where they are seen already.
      const rows = stream.pending.splice(0, Math.max(0, offset + 1 - flushed));
      if (0 < rows.length) await write(tableOf(name), rows);
    },
    commit: async (parent, names) => {
      const table = tableOf(parent);
      const all = names.map(find);
      for (const stream of all) {
        const reject = (why: string): never => {
          throw new StreamError(status.INVALID_ARGUMENT, `Stream ${why}. Entity: ${stream.name}`);
        };
        if (stream.type !== STREAM_TYPES.PENDING) reject('is not of type PENDING');
        if (!stream.isFinalized) reject('is not finalized');
        if (stream.committedMs !== null) reject('is already committed');
      }
      const rows = all.flatMap((stream) => stream.pending);
      if (0 < rows.length) await write(table, rows);
      const now = engine.now();
      for (const stream of all) {
        stream.committedMs = now;
        stream.pending.length = 0;
      }
      return now;
    },
  };
}

function isDefault(name: string): boolean {
  return name.endsWith('/_default');
}
