import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { credentials, loadPackageDefinition } from '@grpc/grpc-js';
import protobuf from 'protobufjs';
import descriptor from 'protobufjs/ext/descriptor/index.js';
import type { Catalog } from '../src/bigquery/googlesql/context.ts';
import { parseQueryText } from '../src/bigquery/googlesql/parse-statement.ts';
import { openContext, planQuery } from '../src/bigquery/googlesql/translate.ts';
import { type BigQueryEmulator, startBigQuery } from '../src/bigquery/index.ts';
import { WRITE_API } from '../src/bigquery/write-api/definition.ts';

/** One measurement. There is no peer that runs here: the goals are absolute. */
export interface Figure {
  readonly what: string;
  readonly value: number;
  readonly unit: string;
  readonly peer: string;
  readonly goal: string;
  readonly met: boolean | null;
  readonly reason?: string;
}

const BATCH_ROWS = 500;
const INSERT_BATCHES = 60;
const APPEND_BATCHES = 200;
const HOURLY_ROWS = 1_000_000;
const TRANSLATIONS = 500;

/** Speed and memory of the BigQuery emulator. Takes about half a minute. */
export async function benchBigQuery(): Promise<Figure[]> {
  const emulator = await startBigQuery({ grpcPort: 0 });
  try {
    await ask(emulator, 'CREATE SCHEMA bench');
    const columns =
      'reading_id STRING NOT NULL, device_id STRING NOT NULL, measured_at TIMESTAMP NOT NULL, temperature FLOAT64, humidity FLOAT64, floor INT64';
    await ask(emulator, `CREATE TABLE bench.readings (${columns}) PARTITION BY DATE(measured_at)`);
    await ask(emulator, `CREATE TABLE bench.appended (${columns})`);
    const insert = await insertAllPerSecond(emulator);
    const append = await appendPerSecond(emulator);
    const hourly = await hourlySeconds(emulator);
    const translate = translateMedianMs();
    const { startMs, memoryMb } = await allEmulators();
    return [
      figure('insertAll, batches of 500 rows', insert, 'rows/s', 20_000, 'at least'),
      figure('Storage Write API, appends of 500 rows', append, 'rows/s', 100_000, 'at least'),
      figure(
        'translation of a query with a join, windows and a MERGE-like aggregate, median',
        translate,
        'ms',
        1,
        'below',
      ),
      figure('one-hour GROUP BY over a million rows', hourly, 's', 1, 'below'),
      figure('all emulators in one process, start', startMs, 'ms', 1000, 'below'),
      figure(
        'all emulators in one process, memory after a first query',
        memoryMb,
        'MB',
        400,
        'below',
      ),
    ];
  } finally {
    await emulator.stop();
  }
}

function figure(
  what: string,
  value: number,
  unit: string,
  goal: number,
  side: 'at least' | 'below',
): Figure {
  const rounded = Number(value.toPrecision(4));
  const met = side === 'below' ? rounded < goal : goal <= rounded;
  return {
    what,
    value: rounded,
    unit,
    peer: 'none: the goal is absolute',
    goal: `${side} ${goal} ${unit}`,
    met,
  };
}

async function ask(
  emulator: BigQueryEmulator,
  query: string,
): Promise<{ rows?: { f: { v: string }[] }[] }> {
  const response = await fetch(`http://${emulator.host}/projects/bench/queries`, {
    method: 'POST',
    body: JSON.stringify({ query, useLegacySql: false, timeoutMs: 60_000 }),
  });
  const body = (await response.json()) as { error?: { message: string } };
  if (body.error !== undefined) throw new Error(body.error.message);
  return body as { rows?: { f: { v: string }[] }[] };
}

function reading(batch: number, index: number) {
  return {
    reading_id: `r-${batch}-${index}`,
    device_id: `device-${index % 50}`,
    measured_at: new Date(1_767_225_600_000 + (batch * BATCH_ROWS + index) * 1000).toISOString(),
    temperature: 20 + (index % 100) / 10,
    humidity: 40 + (index % 30),
    floor: index % 4,
  };
}

/** HTTP, JSON, checks, dedup and commit; the client shares the process, as in tests. */
async function insertAllPerSecond(emulator: BigQueryEmulator): Promise<number> {
  const url = `http://${emulator.host}/projects/bench/datasets/bench/tables/readings/insertAll`;
  const bodies = Array.from({ length: INSERT_BATCHES }, (_, batch) =>
    JSON.stringify({
      rows: Array.from({ length: BATCH_ROWS }, (_, index) => ({
        insertId: `${batch}-${index}`,
        json: reading(batch, index),
      })),
    }),
  );
  const started = performance.now();
  for (const body of bodies) {
    const response = await fetch(url, { method: 'POST', body });
    const reply = (await response.json()) as { insertErrors?: unknown[] };
    if (reply.insertErrors !== undefined)
      throw new Error(`insertAll refused rows: ${JSON.stringify(reply.insertErrors[0])}`);
  }
  return (INSERT_BATCHES * BATCH_ROWS * 1000) / (performance.now() - started);
}

async function appendPerSecond(emulator: BigQueryEmulator): Promise<number> {
  const row = new protobuf.Type('Row');
  for (const [index, [name, type]] of Object.entries({
    reading_id: 'string',
    device_id: 'string',
    measured_at: 'int64',
    temperature: 'double',
    humidity: 'double',
    floor: 'int64',
  }).entries()) {
    row.add(new protobuf.Field(name, index + 1, type));
  }
  new protobuf.Root().add(row);
  const proto = (row as unknown as { toDescriptor(syntax: string): protobuf.Message }).toDescriptor(
    'proto2',
  );
  const protoDescriptor = descriptor.DescriptorProto.encode(proto as never).finish();
  const serializedRows = Array.from({ length: BATCH_ROWS }, (_, index) => {
    const { measured_at, ...rest } = reading(0, index);
    return row
      .encode(row.create({ ...rest, measured_at: Date.parse(measured_at) * 1000 }))
      .finish();
  });
  // biome-ignore lint/suspicious/noExplicitAny: the client is made from JSON and has no types
  const root = loadPackageDefinition(WRITE_API) as any;
  const client = new root.google.cloud.bigquery.storage.v1.BigQueryWrite(
    `127.0.0.1:${emulator.grpcPort}`,
    credentials.createInsecure(),
  );
  const stream = client.AppendRows();
  const { promise: done, resolve, reject } = Promise.withResolvers<void>();
  let replies = 0;
  stream.on('error', reject);
  stream.on('data', (reply: { error?: { message: string } }) => {
    if (reply.error) reject(new Error(reply.error.message));
    replies += 1;
    if (replies === APPEND_BATCHES) resolve();
  });
  const started = performance.now();
  for (let batch = 0; batch < APPEND_BATCHES; batch += 1) {
    stream.write({
      writeStream: 'projects/bench/datasets/bench/tables/appended/streams/_default',
      protoRows: {
        ...(batch === 0 ? { writerSchema: { protoDescriptor } } : {}),
        rows: { serializedRows },
      },
    });
  }
  await done;
  const seconds = (performance.now() - started) / 1000;
  stream.end();
  client.close();
  return (APPEND_BATCHES * BATCH_ROWS) / seconds;
}

async function hourlySeconds(emulator: BigQueryEmulator): Promise<number> {
  await ask(
    emulator,
    `CREATE TABLE bench.million AS SELECT TIMESTAMP_ADD(TIMESTAMP '2026-01-01', INTERVAL x SECOND) AS measured_at,
      CONCAT('device-', CAST(MOD(x, 50) AS STRING)) AS device_id, 20 + MOD(x, 100) / 10 AS value
     FROM UNNEST(GENERATE_ARRAY(1, ${HOURLY_ROWS})) AS x`,
  );
  const started = performance.now();
  const { rows } = await ask(
    emulator,
    `SELECT TIMESTAMP_TRUNC(measured_at, HOUR) AS hour, device_id, COUNT(*) AS n, AVG(value) AS mean, STDDEV_SAMP(value) AS deviation, MIN(value) AS low, MAX(value) AS high
     FROM bench.million GROUP BY hour, device_id`,
  );
  if ((rows?.length ?? 0) === 0) throw new Error('the hourly query gave no rows');
  return (performance.now() - started) / 1000;
}

/** Without the cache that serves a text seen before. */
function translateMedianMs(): number {
  const columns = ['window_start', 'measured_at'].map((name) => ({
    name,
    type: { kind: 'TIMESTAMP' as const },
    required: true,
    default: null,
  }));
  const numbers = ['value', 'low', 'high'].map((name) => ({
    name,
    type: { kind: 'FLOAT64' as const },
    required: false,
    default: null,
  }));
  const table = {
    kind: 'table' as const,
    project: 'p',
    dataset: 'd',
    table: 't',
    sql: 'data."p.d"."t"',
    partition: null,
    columns: [...columns, ...numbers],
  };
  const catalog: Catalog = {
    locate: () => table,
    routine: () => undefined,
    within: () => catalog,
    system: () => undefined,
    table: () => table,
    tables: () => [table],
  };
  const text = `WITH touched AS (SELECT DISTINCT TIMESTAMP_TRUNC(measured_at, MINUTE) AS w FROM d.t WHERE measured_at >= TIMESTAMP_SUB(CURRENT_TIMESTAMP(), INTERVAL 48 HOUR)),
    compared AS (SELECT m.*, AVG(m.value) OVER (PARTITION BY touched.w) AS mean, STDDEV_SAMP(m.value) OVER (PARTITION BY touched.w) AS deviation
      FROM d.t AS m JOIN touched ON touched.w = TIMESTAMP_TRUNC(m.measured_at, MINUTE))
    SELECT c.window_start, COUNT(*) AS n, SUM(c.value) AS total, COUNTIF(c.value < c.low OR c.value > c.high) AS bad,
      COUNTIF(ABS(c.value - c.mean) > 3 * c.deviation) AS strange, SQRT(GREATEST(0, SAFE_DIVIDE(SUM(c.value * c.value), COUNT(*)))) AS size
    FROM compared AS c GROUP BY c.window_start ORDER BY n DESC LIMIT 10`;
  const times = Array.from({ length: TRANSLATIONS }, () => {
    const started = performance.now();
    planQuery(parseQueryText(text), openContext(text, catalog, new Map()));
    return performance.now() - started;
  }).sort((a, b) => a - b);
  return times[TRANSLATIONS >> 1] ?? Number.NaN;
}

/** In a process of their own, from the first import's end to the last port, and after one query. */
async function allEmulators(): Promise<{ startMs: number; memoryMb: number }> {
  const script = `
    import { startBigQuery, startPubSub, startStorage } from ${JSON.stringify(new URL('../src/index.ts', import.meta.url).href)};
    const started = performance.now();
    const [bigquery] = await Promise.all([startBigQuery(), startPubSub(), startStorage()]);
    const startMs = performance.now() - started;
    await fetch('http://' + bigquery.host + '/projects/p/queries', { method: 'POST', body: JSON.stringify({ query: 'SELECT 1', useLegacySql: false }) });
    console.log(JSON.stringify({ startMs, memoryMb: process.memoryUsage.rss() / 1e6 }));
    process.exit(0);`;
  const child = spawn(process.execPath, ['--input-type=module', '-e', script], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  const [output] = (await once(child.stdout, 'data')) as [Buffer];
  return JSON.parse(output.toString()) as { startMs: number; memoryMb: number };
}
