import { randomBytes } from 'node:crypto';
import { BigQuery } from '@google-cloud/bigquery';
import { PubSub, type Topic } from '@google-cloud/pubsub';
import { encodeMessage, MESSAGE_ATTRIBUTES, type Reading } from '@plumbline/contracts';
import { startBigQuery, startPubSub } from '@plumbline/emulators';
import { freePorts } from '../../local/src/ports.ts';
import { createWarehouse } from '../../local/src/warehouse.ts';
import type { WarehouseConfig } from '../src/platform/warehouse.ts';
import { restartingProcess } from './restarting-process.ts';

const FRAMEWORK = 'node_modules/@google-cloud/functions-framework/build/src/main.js';
const POLL_MS = 20;
const STALL_MS = 60_000;

/**
 * Pub/Sub and BigQuery in this process, the function `ingest` in its own as it is deployed.
 *
 * `storageHost` may put something between it and the Storage Write API: it takes that port and gives the `HOST:PORT`
 * to write to.
 */
export async function startIngestPipeline(
  writer: WarehouseConfig['writer'],
  storageHost?: (grpcPort: number | null) => Promise<string>,
) {
  // An emulator needs no credentials, so the clients need not look for Google's metadata server.
  process.env.METADATA_SERVER_DETECTION ??= 'none';
  const projectId = `bench-${randomBytes(4).toString('hex')}`;
  const [broker, warehouse, ports] = await Promise.all([
    startPubSub(),
    startBigQuery({ grpcPort: 0 }),
    freePorts(),
  ]);
  // The clients prefer these variables to their options: what an earlier run left must not win.
  Object.assign(process.env, broker.env, warehouse.env);
  const bigquery = new BigQuery({ projectId, apiEndpoint: `http://${warehouse.host}` });
  const pubsub = new PubSub({ projectId, apiEndpoint: broker.host, emulatorMode: true });
  const env = {
    PATH: process.env.PATH,
    GOOGLE_CLOUD_PROJECT: projectId,
    METADATA_SERVER_DETECTION: 'none',
    ...warehouse.env,
    WAREHOUSE_WRITER: writer,
    ...(storageHost && { BIGQUERY_STORAGE_EMULATOR_HOST: await storageHost(warehouse.grpcPort) }),
  };
  const source = ['--source', 'functions/src/ingest/main.ts', '--target', 'ingest'];
  const port = ports.ingest;
  const ingest = restartingProcess([FRAMEWORK, ...source, '--port', String(port)], env, port);
  const [topic] = await pubsub.createTopic('readings');
  await Promise.all([
    createWarehouse(bigquery),
    topic.createSubscription('readings-ingest', {
      pushConfig: { pushEndpoint: `http://127.0.0.1:${port}/` },
      ackDeadlineSeconds: 60,
      // Shorter than deployed, where nobody waits for the end of a run.
      retryPolicy: { minimumBackoff: { seconds: 1 }, maximumBackoff: { seconds: 5 } },
    }),
    ingest.ready(),
  ]);
  return {
    topic,
    /** Its full name. */
    subscription: `projects/${projectId}/subscriptions/readings-ingest`,
    bigquery,
    broker,
    warehouse,
    ingest,
    async storedRows(): Promise<number> {
      const [rows] = await bigquery.query('SELECT COUNT(*) AS n FROM iot_data.readings_raw');
      return Number(rows[0].n);
    },
    async [Symbol.asyncDispose]() {
      await ingest.stop();
      await pubsub.close();
      await Promise.all([broker.stop(), warehouse.stop()]);
    },
  };
}

export type IngestPipeline = Awaited<ReturnType<typeof startIngestPipeline>>;

/** Resolves when that many rows can be queried. Throws when it takes more than a minute. */
export async function waitForRows(pipeline: IngestPipeline, count: number): Promise<void> {
  const endMs = performance.now() + STALL_MS;
  for (;;) {
    const stored = await pipeline.storedRows();
    if (count <= stored) return;
    if (endMs < performance.now()) throw new Error(`${stored} of ${count} rows in ${STALL_MS} ms`);
    await new Promise((resolve) => setTimeout(resolve, POLL_MS));
  }
}

export function publish(topic: Topic, readings: readonly Reading[]): Promise<string> {
  return topic.publishMessage({ data: encodeMessage(readings), attributes: MESSAGE_ATTRIBUTES });
}

/** Readings of a fleet of 200 devices with three metrics each, a minute apart; every one different. */
export function fleetReadings(count: number, fromMs: number): Reading[] {
  return Array.from({ length: count }, (_, index) => ({
    readingId: `${fromMs}:${index}`,
    deviceId: `BuildingA-Floor1-Office-${100 + (index % 200)}`,
    measuredAtMs: fromMs + Math.floor(index / 200) * 60_000,
    metrics: {
      temperature: 20 + (index % 97) / 10,
      humidity: 40 + (index % 31),
      co2: 400 + (index % 500),
    },
    place: { building: 'A', floor: 1, room: String(100 + (index % 200)), type: 'office' },
  }));
}
