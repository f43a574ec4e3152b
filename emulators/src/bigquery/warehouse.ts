import {
  type DuckDBAppender,
  type DuckDBConnection,
  DuckDBDataChunk,
  DuckDBInstance,
  type DuckDBMaterializedResult,
  type DuckDBType,
  type DuckDBValue,
} from '@duckdb/node-api';
import { toBigQueryError } from './duck-errors.ts';
import { numericFunctions } from './exact-numeric.ts';
import { fingerprintFunction } from './farm-fingerprint.ts';
import { MACRO_STATEMENTS } from './googlesql/macros.ts';
import { quote, text } from './googlesql/types.ts';
import { jsonFunctions } from './json-text.ts';

/** The DuckDB database behind the emulator. Tables live in the attached catalog `data`. */
export interface Warehouse {
  /** Runs one statement that changes nothing. Several may run at once, each on its own connection. */
  read(sql: string): Promise<DuckDBMaterializedResult>;
  /** Runs `change` while no other change is under way. */
  write<Result>(change: (writer: Writer) => Promise<Result>): Promise<Result>;
  /** Resolves when no statement is running or waiting. */
  settled(): Promise<void>;
  close(): Promise<void>;
}

export interface Writer {
  run(sql: string): Promise<DuckDBMaterializedResult>;
  /** Commits what `body` did, or undoes all of it if it throws. Inside a transaction it just runs. */
  transaction<Result>(body: () => Promise<Result>): Promise<Result>;
  begin(): Promise<void>;
  commit(): Promise<void>;
  rollback(): Promise<void>;
  /** Adds rows, all or none, one array of values per column. Committed when it resolves. */
  append(
    table: TableName,
    types: readonly DuckDBType[],
    columns: readonly (readonly DuckDBValue[])[],
  ): Promise<void>;
  /** Must be called before a table's columns change or the table goes. */
  forget(table: TableName): void;
}

export interface TableName {
  readonly schema: string;
  readonly table: string;
}

/** The DuckDB name of a table, quoted. */
export function qualified({ schema, table }: TableName): string {
  return `data.${quote(schema)}.${quote(table)}`;
}

const READERS = 4;
/** DuckDB's vector size: a chunk holds no more. */
const CHUNK_ROWS = 2048;

/** Opens the database in the file `path`, or in memory. */
export async function openWarehouse(path: string | null): Promise<Warehouse> {
  const instance = await DuckDBInstance.create(':memory:', { threads: '2' });
  const writing = await instance.connect();
  await writing.run(`ATTACH ${text(path ?? ':memory:')} AS data`);
  writing.registerScalarFunction(fingerprintFunction());
  for (const each of numericFunctions()) writing.registerScalarFunction(each);
  for (const each of jsonFunctions()) writing.registerScalarFunction(each);
  for (const statement of MACRO_STATEMENTS) await writing.run(statement);
  await writing.run("SET TimeZone = 'UTC'");

  const readers = openReaders(instance);
  const appenders = new Map<string, DuckDBAppender>();
  const active = new Set<Promise<void>>();
  let isInTransaction = false;
  let lastWrite: Promise<void> = Promise.resolve();

  const track = <Result>(work: Promise<Result>): Promise<Result> => {
    const done = work.then(ignore, ignore).finally(() => active.delete(done));
    active.add(done);
    return work;
  };
  const forget = (key: string): void => {
    appenders.get(key)?.closeSync();
    appenders.delete(key);
  };

  const writer: Writer = {
    run: (sql) => run(writing, sql),
    transaction: async (body) => {
      if (isInTransaction) return body();
      await writer.begin();
      try {
        const result = await body();
        await writer.commit();
        return result;
      } catch (error) {
        await writer.rollback();
        throw error;
      }
    },
    begin: async () => {
      await run(writing, 'BEGIN TRANSACTION');
      isInTransaction = true;
    },
    commit: async () => {
      isInTransaction = false;
      await run(writing, 'COMMIT');
    },
    rollback: async () => {
      isInTransaction = false;
      await writing.run('ROLLBACK').catch(ignore);
    },
    append: async (table, types, columns) => {
      const key = qualified(table);
      let appender = appenders.get(key);
      if (appender === undefined) {
        appender = await writing.createAppender(table.table, table.schema, 'data');
        appenders.set(key, appender);
      }
      try {
        for (const chunk of chunksOf(types, columns)) appender.appendDataChunk(chunk);
        appender.flushSync();
      } catch (cause) {
        // An appender that failed once holds the rows it could not add.
        appenders.delete(key);
        appender.clear();
        throw toBigQueryError(cause);
      }
    },
    forget: (table) => forget(qualified(table)),
  };

  return {
    read: (sql) => track(readers.use((connection) => run(connection, sql))),
    write: (change) => {
      const result = lastWrite.then(() => change(writer));
      lastWrite = result.then(ignore, ignore);
      return track(result);
    },
    settled: async () => {
      while (0 < active.size) await Promise.all(active);
    },
    close: async () => {
      while (0 < active.size) await Promise.all(active);
      for (const key of [...appenders.keys()]) forget(key);
      readers.close();
      // Folds the write-ahead log into the file, so that the next start is fast.
      if (path !== null) await writing.run('CHECKPOINT data').catch(ignore);
      writing.closeSync();
      instance.closeSync();
    },
  };
}

function ignore(): void {}

async function run(connection: DuckDBConnection, sql: string): Promise<DuckDBMaterializedResult> {
  try {
    return await connection.run(sql);
  } catch (cause) {
    throw toBigQueryError(cause);
  }
}

function chunksOf(
  types: readonly DuckDBType[],
  columns: readonly (readonly DuckDBValue[])[],
): DuckDBDataChunk[] {
  const chunks: DuckDBDataChunk[] = [];
  const total = columns[0]?.length ?? 0;
  for (let start = 0; start < total; start += CHUNK_ROWS) {
    const end = Math.min(total, start + CHUNK_ROWS);
    const chunk = DuckDBDataChunk.create(types, end - start);
    const isWhole = start === 0 && end === total;
    chunk.setColumns(isWhole ? columns : columns.map((column) => column.slice(start, end)));
    chunks.push(chunk);
  }
  return chunks;
}

/** A few connections, lent to one statement at a time; the others wait in order. */
function openReaders(instance: DuckDBInstance) {
  const idle: DuckDBConnection[] = [];
  const waiting: ((connection: DuckDBConnection) => void)[] = [];
  const all: DuckDBConnection[] = [];
  let count = 0;

  async function take(): Promise<DuckDBConnection> {
    const free = idle.pop();
    if (free !== undefined) return free;
    if (READERS <= count) return new Promise((resolve) => waiting.push(resolve));
    count += 1;
    const connection = await instance.connect();
    await connection.run("SET TimeZone = 'UTC'");
    all.push(connection);
    return connection;
  }

  return {
    async use<Result>(work: (connection: DuckDBConnection) => Promise<Result>): Promise<Result> {
      const connection = await take();
      try {
        return await work(connection);
      } finally {
        const next = waiting.shift();
        if (next === undefined) idle.push(connection);
        else next(connection);
      }
    },
    close(): void {
      for (const connection of all) connection.closeSync();
    },
  };
}
