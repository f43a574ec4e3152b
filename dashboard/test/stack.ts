import { BigQuery } from '@google-cloud/bigquery';
import { DATASET } from '@plumbline/contracts';
import { startBigQuery } from '@plumbline/emulators';
import { aggregate, createWarehouse } from '../../local/src/warehouse.ts';
import { buildDashboard } from '../src/server/app.ts';
import { buildSiteIfStale, SITE } from '../src/server/build-site.ts';
import { remoteScorer } from '../src/server/scorer.ts';
import { boundedWarehouse } from '../src/server/warehouse.ts';

export interface Stack {
  readonly bigquery: BigQuery;
  /** Where the dashboard is, without a slash at the end. */
  readonly url: string;
  insert(rows: Readonly<Record<string, readonly object[]>>): Promise<void>;
  aggregate(): Promise<void>;
  /** Stops the dashboard and starts another on the same port. */
  restart(): Promise<void>;
  /** Stops the BigQuery emulator only. */
  stopBigQuery(): Promise<void>;
  stop(): Promise<void>;
}

/** A dashboard on an embedded BigQuery with empty tables, on free ports. */
export async function startStack({ mlServerUrl = 'http://127.0.0.1:9' } = {}): Promise<Stack> {
  const emulator = await startBigQuery({ port: 0 });
  process.env.BIGQUERY_EMULATOR_HOST = emulator.env.BIGQUERY_EMULATOR_HOST;
  const bigquery = new BigQuery({ projectId: 'dashboard-test' });
  await createWarehouse(bigquery);
  await buildSiteIfStale();
  let app = await build();
  await app.listen({ host: '127.0.0.1', port: 0 });
  const port = Number(new URL(app.listeningOrigin).port);

  return {
    bigquery,
    url: `http://127.0.0.1:${port}`,
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
    async restart() {
      await app.close();
      app = await build();
      await app.listen({ host: '127.0.0.1', port });
    },
    stopBigQuery: () => emulator.stop(),
    async stop() {
      await app.close();
      await emulator.stop();
    },
  };

  function build() {
    return buildDashboard({
      warehouse: boundedWarehouse(new BigQuery({ projectId: 'dashboard-test', autoRetry: false })),
      scorer: remoteScorer({
        url: mlServerUrl,
        authorization: async () => ({}),
        timeoutMs: 2_000,
        maxInFlight: 4,
      }),
      backlog: async () => null,
      usdPerMillionReadings: 1.5,
      site: SITE,
      now: Date.now,
      livePollMs: 500,
      mlServerUrl,
    });
  }
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
