import { BigQuery } from '@google-cloud/bigquery';
import { DATASET } from '@plumbline/contracts';
import { startBigQuery } from '@plumbline/emulators';
import { freePorts } from '../../local/src/ports.ts';
import { createSupervisor, ROOT } from '../../local/src/supervise.ts';
import { aggregate, createWarehouse } from '../../local/src/warehouse.ts';

const PROJECT = 'dashboard-test';

export interface Stack {
  readonly bigquery: BigQuery;
  /** Where the dashboard is, without a slash at the end. */
  readonly url: string;
  insert(rows: Readonly<Record<string, readonly object[]>>): Promise<void>;
  aggregate(): Promise<void>;
  /** Kills the dashboard without a warning; another comes at the same address. */
  kill(): Promise<void>;
  /** Stops the BigQuery emulator only. */
  stopBigQuery(): Promise<void>;
  stop(): Promise<void>;
}

/** A dashboard in a process of its own on an embedded BigQuery with empty tables, on free ports. */
export async function startStack({ mlServerUrl = 'http://127.0.0.1:9' } = {}): Promise<Stack> {
  const emulator = await startBigQuery({ port: 0 });
  process.env.BIGQUERY_EMULATOR_HOST = emulator.env.BIGQUERY_EMULATOR_HOST;
  const bigquery = new BigQuery({ projectId: PROJECT });
  await createWarehouse(bigquery);
  const { dashboard: port } = await freePorts();
  const url = `http://127.0.0.1:${port}`;
  const supervisor = createSupervisor(ROOT, { ...process.env, ...emulator.env }, () => {});
  await supervisor.start({
    name: 'dashboard',
    args: ['dashboard/src/server/main.ts'],
    env: {
      GOOGLE_CLOUD_PROJECT: PROJECT,
      PORT: String(port),
      ML_SERVER_URL: mlServerUrl,
      LIVE_POLL_MS: '500',
      USD_PER_MILLION_READINGS: '1.5',
    },
    port,
    readyPath: '/health',
  });

  return {
    bigquery,
    url,
    async insert(rows) {
      for (const [table, list] of Object.entries(rows)) {
        for (let start = 0; start < list.length; start += 5_000) {
          await bigquery
            .dataset(DATASET)
            .table(table)
            .insert(list.slice(start, start + 5_000));
        }
      }
    },
    aggregate: () =>
      aggregate(bigquery, new Date(), { lookBackMinutes: 10_000, horizonMinutes: 48 * 60 }),
    async kill() {
      const { dashboard: pid = 0 } = supervisor.pids();
      process.kill(pid, 'SIGKILL');
      const isNew = () => (supervisor.pids().dashboard ?? pid) !== pid;
      while (!isNew() || !(await isUp(url))) await new Promise((next) => setTimeout(next, 20));
    },
    stopBigQuery: () => emulator.stop(),
    async stop() {
      await supervisor.stop();
      await emulator.stop();
    },
  };
}

async function isUp(url: string): Promise<boolean> {
  return fetch(`${url}/health`).then(
    (response) => response.ok,
    () => false,
  );
}

/** Equal numbers in every run, from 0 to 1 (mulberry32). */
export function seeded(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4_294_967_296;
  };
}
