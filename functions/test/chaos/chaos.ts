import { setTimeout as sleep } from 'node:timers/promises';
import type { BigQuery } from '@google-cloud/bigquery';
import { DATASET, MESSAGE_ATTRIBUTES } from '@plumbline/contracts';
import { aggregate } from '../../../local/src/warehouse.ts';
import type { WarehouseConfig } from '../../src/platform/warehouse.ts';
import { type IngestPipeline, startIngestPipeline } from '../ingest-pipeline.ts';
import { type BadNetwork, startBadNetwork } from './bad-network.ts';
import { createLoad, type Load } from './load.ts';

export interface ChaosOptions {
  readonly writer: WarehouseConfig['writer'];
  readonly readings: number;
  readonly kills: number;
  readonly terms: number;
  /** Time over which the messages and the signals are spread. */
  readonly minutes: number;
  /** Part of it during which BigQuery takes nothing. */
  readonly outageSeconds: number;
}

export interface ChaosReport {
  readonly facts: Readonly<Record<string, number>>;
  /** Broken promises, each a sentence. Empty is good. */
  readonly violations: readonly string[];
}

const INSERT = 'bigquery.tabledata.insertAll';
/** A bad day: slow, refusing, cutting connections before and after the effect, taking half of a request. */
const BAD_DAY = [
  { method: INSERT, kind: 'error', reason: 'backendError', rate: 0.03 },
  { method: INSERT, kind: 'cut-before', rate: 0.02 },
  { method: INSERT, kind: 'cut-after', rate: 0.02 },
  { method: INSERT, kind: 'partial-error', rate: 0.02 },
  { method: INSERT, kind: 'latency', latencyMs: 80, rate: 0.3 },
] as const;
const OUTAGE = [{ method: INSERT, kind: 'error', reason: 'backendError' }] as const;
/** The same for the Storage Write API, which takes a request whole or not at all. Rates are of TCP chunks. */
const BAD_CONNECTION = { cutBefore: 0.02, cutAfter: 0.02, slow: { rate: 0.3, ms: 80 } };
const PUSH_FAULTS = [
  { method: 'push', kind: 'duplicate', rate: 0.01 },
  { method: 'push', kind: 'cut-after', rate: 0.01 },
] as const;
/** Between two aggregations, of the time of the run: longer runs have more rows to aggregate. */
const AGGREGATE_SHARE = 1 / 60;
/** After the faults have ended, the backlog must go down within this time. */
const RECOVERY_MS = 120_000;

/** Runs the real `ingest` in a process that is killed again and again, against emulators that misbehave. */
export async function runChaos(
  options: ChaosOptions,
  tell: (line: string) => void,
): Promise<ChaosReport> {
  const startMs = performance.now();
  const load = createLoad(options.readings, Date.now());
  let network: BadNetwork | undefined;
  await using pipeline = await startIngestPipeline(options.writer, async (grpcPort) => {
    network = await startBadNetwork(Number(grpcPort));
    return `127.0.0.1:${network.port}`;
  });
  const { bigquery, warehouse, broker } = pipeline;
  const day = {
    bad() {
      warehouse.setFaults(BAD_DAY);
      network?.setOutage(false);
      network?.setFaults(BAD_CONNECTION);
    },
    out() {
      warehouse.setFaults(OUTAGE);
      network?.setOutage(true);
    },
    good() {
      warehouse.setFaults([]);
      network?.setOutage(false);
      network?.setFaults(undefined);
    },
  };
  day.bad();
  broker.setFaults(PUSH_FAULTS);
  const stop = new AbortController();
  const everyMs = options.minutes * 60_000 * AGGREGATE_SHARE;
  const aggregating = aggregateUntil(bigquery, everyMs, stop.signal);
  await Promise.all([
    publishAll(pipeline, load, options.minutes * 60_000),
    sendSignals(pipeline, options, tell),
    breakWarehouse(day, options, tell),
  ]);
  day.good();
  broker.setFaults([]);
  tell('all published and all faults over; waiting for what is left');
  const violations = await waitUntilDrained(pipeline);
  stop.abort();
  const runs = await aggregating;
  await aggregate(bigquery, new Date());
  const { facts, broken } = await judge(bigquery, load);
  network?.stop();
  return {
    facts: {
      published: load.readings,
      'published twice': load.duplicates,
      'six hours late': load.late,
      SIGKILL: options.kills,
      SIGTERM: options.terms,
      'outage, s': options.outageSeconds,
      'connections to BigQuery cut': network
        ? network.counts.cutBefore + network.counts.cutAfter
        : 0,
      'aggregations meanwhile': runs,
      ...facts,
      'seconds in all': Math.round((performance.now() - startMs) / 1000),
    },
    violations: [...violations, ...broken],
  };
}

async function publishAll(
  { topic }: IngestPipeline,
  load: Load,
  durationMs: number,
): Promise<void> {
  const startMs = performance.now();
  const published: Promise<string>[] = [];
  for (const [index, data] of load.messages.entries()) {
    published.push(
      topic.publishMessage({ data: Buffer.from(data), attributes: MESSAGE_ATTRIBUTES }),
    );
    const dueMs = (durationMs * (index + 1)) / load.messages.length;
    const aheadMs = dueMs - (performance.now() - startMs);
    if (aheadMs > 5) await sleep(aheadMs);
  }
  await Promise.all(published);
}

/** SIGKILL and SIGTERM in turn at random moments, each once the process is there again. */
async function sendSignals(
  { ingest }: IngestPipeline,
  { kills, terms, minutes }: ChaosOptions,
  tell: (line: string) => void,
): Promise<void> {
  const count = kills + terms;
  const meanMs = (minutes * 60_000) / count;
  for (let sent = 0; sent < count; sent++) {
    await sleep(2 * meanMs * Math.random());
    await ingest.ready();
    // As many of each as asked for, evenly mixed.
    const isTerm = Math.floor(((sent + 1) * terms) / count) > Math.floor((sent * terms) / count);
    ingest.kill(isTerm ? 'SIGTERM' : 'SIGKILL');
    if (sent % 10 === 9) tell(`${sent + 1} of ${count} signals sent`);
  }
}

async function breakWarehouse(
  day: { bad(): void; out(): void },
  { minutes, outageSeconds }: ChaosOptions,
  tell: (line: string) => void,
): Promise<void> {
  await sleep(minutes * 20_000);
  tell(`BigQuery takes nothing for ${outageSeconds} s`);
  day.out();
  await sleep(outageSeconds * 1000);
  day.bad();
}

/** Aggregates as the scheduler does, only more often, while rows arrive. */
async function aggregateUntil(
  bigquery: BigQuery,
  everyMs: number,
  signal: AbortSignal,
): Promise<number> {
  let runs = 0;
  while (!signal.aborted) {
    await sleep(everyMs, undefined, { signal }).catch(() => undefined);
    await aggregate(bigquery, new Date());
    runs++;
  }
  return runs;
}

async function waitUntilDrained({ broker, subscription }: IngestPipeline): Promise<string[]> {
  const endMs = performance.now() + RECOVERY_MS;
  for (;;) {
    const { size } = broker.backlog(subscription);
    if (size === 0) return [];
    if (endMs < performance.now()) {
      return [`${size} messages are not acknowledged ${RECOVERY_MS / 1000} s after the faults`];
    }
    await sleep(50);
  }
}

async function judge(bigquery: BigQuery, load: Load) {
  const query = async (sql: string) =>
    (await bigquery.query({ query: sql, defaultDataset: { datasetId: DATASET } }))[0];
  const [stored] = await query(`
    SELECT
      (SELECT COUNT(*) FROM readings_raw) AS raw_count,
      (SELECT COUNT(*) FROM readings) AS row_count,
      (SELECT COUNT(DISTINCT reading_id) FROM readings) AS id_count`);
  const dead = await query(
    'SELECT reason, COUNT(DISTINCT payload) AS payloads FROM dead_letters GROUP BY reason',
  );
  const windows = await query(
    'SELECT UNIX_MILLIS(window_start) AS start_ms, metric, reading_count, sum FROM aggregates_1m',
  );
  const lost = load.readings - stored.id_count;
  const twice = stored.row_count - stored.id_count;
  const found = new Map(windows.map((row) => [`${row.start_ms}|${row.metric}`, row]));
  const wrong = [...load.windows].filter(([key, { count, sum }]) => {
    const row = found.get(key);
    return row?.reading_count !== count || 1e-6 < Math.abs(row.sum - sum);
  }).length;
  const extra = windows.length - load.windows.size;
  const reasons = new Map(dead.map((row) => [String(row.reason), Number(row.payloads)]));
  const poison = [...load.poison].filter(([reason, count]) => reasons.get(reason) !== count);
  const broken = [
    lost !== 0 && `${lost} readings lost`,
    twice !== 0 && `${twice} readings twice in the view`,
    wrong + Math.abs(extra) !== 0 && `${wrong} aggregate rows wrong, ${extra} too many`,
    reasons.size !== load.poison.size && `dead letters for ${[...reasons.keys()].join(', ')}`,
    ...poison.map(
      ([why, count]) => `${reasons.get(why) ?? 0} dead letters for ${why}, not ${count}`,
    ),
  ].filter((line) => line !== false);
  return {
    facts: {
      'copies dropped by the view': stored.raw_count - stored.row_count,
      'in the view': stored.row_count,
      lost,
      twice,
      'aggregate rows': windows.length,
      'aggregate rows wrong': wrong,
      'poison in the dead letters': [...reasons.values()].reduce((sum, count) => sum + count, 0),
    },
    broken,
  };
}
