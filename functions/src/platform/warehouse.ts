import { setTimeout as sleep } from 'node:timers/promises';
import type { readEnvironment, TableName } from '@plumbline/contracts';
import { createBigQuery, insertAll } from './big-query.ts';
import { createRetryBudget, RETRY_BUDGET } from './retry-budget.ts';
import { createRowWriter, type InsertRows, type RowWriter } from './row-writer.ts';

export interface WarehouseConfig {
  readonly projectId: string;
  /** The API that rows are written by: the Storage Write API or `tabledata.insertAll`. */
  readonly writer: 'storage-write' | 'insert-all';
  /** `HOST:PORT` of a local Storage Write API; empty for Google. */
  readonly storageEmulatorHost: string;
}

/** Of one try. With the writer's deadline of 40 s it stays below the ack deadline of 60 s. */
const TRY_MS = 10_000;

export function readWarehouseConfig(read: ReturnType<typeof readEnvironment>): WarehouseConfig {
  const storageEmulatorHost = read.string('BIGQUERY_STORAGE_EMULATOR_HOST', '');
  // An emulator may serve REST alone; Google serves both.
  const isRestOnly = read.string('BIGQUERY_EMULATOR_HOST', '') !== '' && storageEmulatorHost === '';
  return {
    projectId: read.string('GOOGLE_CLOUD_PROJECT'),
    writer: read.oneOf(
      'WAREHOUSE_WRITER',
      ['storage-write', 'insert-all'],
      isRestOnly ? 'insert-all' : 'storage-write',
    ),
    storageEmulatorHost,
  };
}

/** Gives a writer for each table that it is asked for; all share one client and one retry budget. */
export function openWarehouse(config: WarehouseConfig): (name: TableName) => RowWriter {
  const insertInto =
    config.writer === 'storage-write' ? lazyStorageWrite(config) : restInsert(config);
  const effects = {
    now: Date.now,
    sleep: (ms: number) => sleep(ms),
    random: Math.random,
    budget: createRetryBudget(RETRY_BUDGET, Date.now),
  };
  return (name) => createRowWriter(insertInto(name), effects);
}

function restInsert({ projectId }: WarehouseConfig): (name: TableName) => InsertRows {
  const bigquery = createBigQuery({ projectId });
  return (name) => insertAll(bigquery, name, TRY_MS);
}

/** gRPC is loaded with the first row: instances that write by REST start without it. */
function lazyStorageWrite(config: WarehouseConfig): (name: TableName) => InsertRows {
  const { projectId, storageEmulatorHost } = config;
  let opening: Promise<(name: TableName) => InsertRows> | undefined;
  return (name) => {
    let insert: InsertRows | undefined;
    return async (rows) => {
      opening ??= import('./storage-write.ts').then(({ createWriteClient, storageWrite }) => {
        const client = createWriteClient(projectId, storageEmulatorHost);
        return (table) => storageWrite(client, projectId, table, TRY_MS);
      });
      insert ??= (await opening)(name);
      return insert(rows);
    };
  };
}
