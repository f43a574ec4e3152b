import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import type { Emulator, EmulatorOptions } from '../emulator.ts';
import { listenOnLoopback, refuseOnCloudRun } from '../loopback.ts';
import { routesOf } from './api.ts';
import type { Counters, Engine } from './engine.ts';
import { type Fault, rollFaults } from './faults.ts';
import { rememberInsertIds } from './insert-ids.ts';
import { keepJobs } from './jobs.ts';
import { prepare, restore } from './persistence.ts';
import { readQueries } from './queries.ts';
import { serveRest } from './server.ts';
import { createStore } from './store.ts';
import { dropAllTemporary } from './temporary-tables.ts';
import { openObjectStore } from './transfer.ts';
import { transferJobs } from './transfer-jobs.ts';
import { receiveUploads } from './uploads.ts';
import { openWarehouse } from './warehouse.ts';
import { serveWriteApi, type WriteServer } from './write-api/server.ts';

export interface BigQueryOptions extends EmulatorOptions {
  /** The folder that keeps data and metadata between runs. Without it they are in memory. */
  readonly dataDir?: string;
  /** The dice of faults with a rate, [0, 1). Defaults to Math.random. */
  readonly random?: () => number;
  /** Where the Storage Write API listens; 0 takes any free port. Without it, it is not served. */
  readonly grpcPort?: number;
  /** `127.0.0.1:PORT` of Cloud Storage, for load and extract jobs with `gs://` URIs. */
  readonly storageHost?: string;
}

export interface BigQueryEmulator extends Emulator {
  /** The port of the Storage Write API, plaintext gRPC; null where it is not served. */
  readonly grpcPort: number | null;
  /** Makes calls of REST and of the Storage Write API go wrong on purpose from now on; an empty list ends it. */
  setFaults(faults: readonly Fault[]): void;
  /** How often faults befell calls since the start, by `METHOD KIND`, e.g. `bigquery.tabledata.insertAll error`. */
  faultCounts(): Readonly<Record<string, number>>;
  /** What was done so far: requests, bytes, rows. */
  counters(): Readonly<Counters>;
}

/**
 * BigQuery in this process: REST v2 on DuckDB, GoogleSQL through a typed translator that knows what
 * it knows (`googlesql/`) and refuses the rest by name.
 *
 * What differs from Google: one location, no access control, no slots or quotas; jobs and results
 * live as long as the process (the newest 1000 and 100); `APPROX_…` functions are exact; names of
 * tables are kept apart only if they differ in more than case. docs/emulators-bigquery.md has the list.
 */
export async function startBigQuery(options: BigQueryOptions = {}): Promise<BigQueryEmulator> {
  refuseOnCloudRun();
  const now = options.now ?? Date.now;
  const warehouse = await openWarehouse(fileIn(options.dataDir));
  const store = createStore(now);
  const counters: Counters = {
    requests: 0,
    bytesReceived: 0,
    bytesSent: 0,
    rowsInserted: 0,
    rowsRejected: 0,
    rowsDeduplicated: 0,
    rowsRead: 0,
    queries: 0,
  };
  let etagCount = 0;
  const engine: Engine = {
    warehouse,
    store,
    counters,
    now,
    etag: () => {
      etagCount += 1;
      return Buffer.from(`${now()}-${etagCount}`).toString('base64url');
    },
  };
  await warehouse.write(prepare);
  await restore(warehouse, store);
  await dropAllTemporary(engine);
  const jobs = keepJobs(engine);
  const transfers = transferJobs(engine, jobs, openObjectStore(options.storageHost));
  const routes = routesOf(engine, jobs, readQueries(engine), rememberInsertIds(now), transfers);
  const methods = routes.map(({ name }) => name);
  const faults = rollFaults(options.random ?? Math.random, methods);
  const server = serveRest(engine, routes, receiveUploads(transfers), faults);
  let writeServer: WriteServer | undefined;
  const port = await (async () => {
    if (options.grpcPort !== undefined)
      writeServer = await serveWriteApi(engine, options.grpcPort, faults);
    return listenOnLoopback(server, options.port ?? 0, 'BIGQUERY_PORT');
  })().catch(async (error: unknown) => {
    writeServer?.stop();
    await warehouse.close();
    throw error;
  });
  let stopping: Promise<void> | undefined;
  return {
    port,
    grpcPort: writeServer?.port ?? null,
    host: `127.0.0.1:${port}`,
    env: {
      BIGQUERY_EMULATOR_HOST: `http://127.0.0.1:${port}`,
      ...(writeServer && { BIGQUERY_STORAGE_EMULATOR_HOST: `127.0.0.1:${writeServer.port}` }),
    },
    setFaults: faults.set,
    faultCounts: faults.counts,
    counters: () => ({ ...counters }),
    settled: () => warehouse.settled(),
    stop: () => {
      stopping ??= (async () => {
        writeServer?.stop();
        await new Promise<void>((resolve) => {
          server.close(() => resolve());
          server.closeAllConnections();
        });
        await warehouse.close();
      })();
      return stopping;
    },
  };
}

function fileIn(dataDir: string | undefined): string | null {
  if (dataDir === undefined) return null;
  mkdirSync(dataDir, { recursive: true });
  return join(dataDir, 'bigquery.duckdb');
}
