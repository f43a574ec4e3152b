import { execFile, spawnSync } from 'node:child_process';
import { cpSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { promisify } from 'node:util';
import {
  DATASET,
  type FunctionName,
  modelBucket,
  TABLES,
  TOPIC_SCHEMAS,
  TOPICS,
  type TopicName,
  VIEWS,
  type ViewName,
  viewSql,
} from '@plumbline/contracts';
import { startBigQuery, startPubSub, startStorage } from '@plumbline/emulators';
import { startBroker } from '@plumbline/gateway';
import { connectAsync } from 'mqtt';
import { afterAll, beforeAll, expect, onTestFinished, type TestContext, test } from 'vitest';
import { readLockFile } from '../src/artifacts.ts';
import { buildFunctions } from '../src/build/functions.ts';
import { IMAGE_FOLDERS, writeImageFolder } from '../src/build/images.ts';
import { folderAlone, type Running, start, unpack } from './alone.ts';
import { freePort } from './free-port.ts';

/** What is deployed, run where nothing of the repository can be found, against the emulators. */
const ROOT = new URL('../..', import.meta.url).pathname;
const PROJECT = 'plumbline-alone';
const FRAMEWORK = 'node_modules/@google-cloud/functions-framework/build/src/main.js';
const GOAL_START_MS = 400;

const folder = folderAlone();
const emulators = await Promise.all([
  startPubSub(),
  startBigQuery({ grpcPort: 0 }),
  startStorage(),
]);
const [pubsub, bigquery, storage] = emulators;
const env = {
  GOOGLE_CLOUD_PROJECT: PROJECT,
  ...pubsub.env,
  ...bigquery.env,
  ...storage.env,
  // As in the cloud; see environments.ts.
  WAREHOUSE_WRITER: 'storage-write',
  BIGQUERY_STORAGE_EMULATOR_HOST: `127.0.0.1:${bigquery.grpcPort}`,
};
/** Why functions cannot be installed here, if they cannot. */
let missing: string | undefined;

beforeAll(async () => {
  await createResources();
  const installed = new Map<string, string>();
  for (const image of IMAGE_FOLDERS) await writeImageFolder(ROOT, image, folder.path);
  for (const { name, zip } of await buildFunctions(ROOT, await readLockFile(ROOT))) {
    unpack(zip, join(folder.path, name));
    missing ??= install(name, installed);
  }
  if (missing) console.warn(`skipped: ${missing}`);
}, 180_000);

afterAll(async () => {
  await Promise.all(emulators.map((emulator) => emulator.stop()));
  folder.remove();
});

/**
 * Installs as Google's builder does. Functions whose lock files name the same packages get copies of one install.
 * Gives the reason if the registry cannot be reached; throws for any other.
 */
function install(name: FunctionName, installed: Map<string, string>): string | undefined {
  const here = join(folder.path, name);
  const { packages } = JSON.parse(readFileSync(join(here, 'package-lock.json'), 'utf8'));
  const key = JSON.stringify({ ...packages, '': undefined });
  const same = installed.get(key);
  if (same) {
    cpSync(join(same, 'node_modules'), join(here, 'node_modules'), {
      recursive: true,
      verbatimSymlinks: true,
    });
    return undefined;
  }
  installed.set(key, here);
  const args = ['ci', '--omit=dev', '--no-audit', '--no-fund', '--prefer-offline'];
  const { status, stderr } = spawnSync('npm', args, { cwd: here, encoding: 'utf8' });
  if (status === 0) return undefined;
  if (/ENOTFOUND|EAI_AGAIN|ECONNREFUSED|ETIMEDOUT|ENETUNREACH/.test(stderr)) {
    return 'the npm registry cannot be reached';
  }
  throw new Error(`npm ci of the zip of ${name}: ${stderr}`);
}

async function createResources(): Promise<void> {
  const messaging = `http://${pubsub.host}/v1/projects/${PROJECT}`;
  for (const topic of Object.keys(TOPICS) as TopicName[]) {
    const { name, type, encoding, definition } = TOPIC_SCHEMAS[topic] ?? {};
    const schema = `projects/${PROJECT}/schemas/${name}`;
    if (name) await post(`${messaging}/schemas?schemaId=${name}`, { type, definition });
    await put(`${messaging}/topics/${topic}`, name ? { schemaSettings: { schema, encoding } } : {});
  }
  const datasets = `http://${bigquery.host}/bigquery/v2/projects/${PROJECT}/datasets`;
  await post(datasets, { datasetReference: { datasetId: DATASET } });
  for (const [tableId, { columns }] of Object.entries(TABLES)) {
    const table = { tableReference: { tableId }, schema: { fields: columns } };
    await post(`${datasets}/${DATASET}/tables`, table);
  }
  for (const tableId of Object.keys(VIEWS) as ViewName[]) {
    const view = {
      tableReference: { tableId },
      view: { query: viewSql(tableId), useLegacySql: false },
    };
    await post(`${datasets}/${DATASET}/tables`, view);
  }
  const buckets = `http://${storage.host}/storage/v1/b?project=${PROJECT}`;
  await post(buckets, { name: modelBucket(PROJECT) });
}

const put = (url: string, body: object) => send('PUT', url, body);
const post = (url: string, body: object) => send('POST', url, body);

async function send(method: string, url: string, body: object): Promise<Response> {
  const headers = { 'content-type': 'application/json' };
  const response = await fetch(url, { method, headers, body: JSON.stringify(body) });
  if (!response.ok)
    throw new Error(`${method} ${url}: ${response.status} ${await response.text()}`);
  return response;
}

async function run(name: FunctionName, more: Record<string, string> = {}): Promise<Running> {
  const args = [FRAMEWORK, `--target=${name}`];
  const running = await start(join(folder.path, name), args, { ...env, ...more });
  onTestFinished(() => running.stop());
  return running;
}

/** Sends a message as Pub/Sub pushes it. */
function push(to: Running, subscription: string, data: object): Promise<Response> {
  const message = {
    messageId: '1',
    data: Buffer.from(JSON.stringify(data)).toString('base64'),
    publishTime: '2026-11-20T09:00:00Z',
  };
  const name = `projects/${PROJECT}/subscriptions/${subscription}`;
  return post(to.url, { message, subscription: name });
}

async function rows(query: string): Promise<(string | null)[][]> {
  const url = `http://${bigquery.host}/bigquery/v2/projects/${PROJECT}/queries`;
  const response = await post(url, { query, useLegacySql: false });
  const answer = (await response.json()) as { rows?: { f: { v: string | null }[] }[] };
  return (answer.rows ?? []).map(({ f }) => f.map(({ v }) => v));
}

function skipIfMissing(context: Pick<TestContext, 'skip'>): void {
  if (missing) context.skip(missing);
}

const measured = new Date(Date.now() - 60_000).toISOString();

test('ingest stores a reading', async (context) => {
  skipIfMissing(context);
  const ingest = await run('ingest');
  const { status } = await push(ingest, 'readings-ingest', {
    device_id: 'sensor_001',
    timestamp: measured,
    temperature: 21.5,
  });
  expect(status).toBe(204);
  expect(await rows(`SELECT device_id, temperature FROM ${DATASET}.readings_raw`)).toEqual([
    ['sensor_001', '21.5'],
  ]);
});

test('detect asks the ML server, stores what it says and publishes an alert', async (context) => {
  skipIfMissing(context);
  const server = await start(join(folder.path, 'ml-server'), ['src/serve/main.js'], env);
  onTestFinished(() => server.stop());
  const detect = await run('detect', { ML_SERVER_URL: server.url });
  const { status } = await push(detect, 'readings-detect', {
    device_id: 'sensor_002',
    timestamp: measured,
    temperature: 95,
  });
  expect(status).toBe(204);
  expect(await rows(`SELECT device_id, is_anomaly FROM ${DATASET}.predictions`)).toEqual([
    ['sensor_002', 'true'],
  ]);
  const alerts = pubsub.messages(`projects/${PROJECT}/topics/anomalies`);
  expect(alerts).toHaveLength(1);
  expect(JSON.parse(Buffer.from(alerts[0]?.data ?? '').toString())).toMatchObject({
    device_id: 'sensor_002',
  });
});

test('dead-letter stores what nobody could deliver', async (context) => {
  skipIfMissing(context);
  const deadLetter = await run('dead-letter');
  const { status } = await push(deadLetter, 'readings-dead-letter', { device_id: 'sensor_003' });
  expect(status).toBe(204);
  expect(await rows(`SELECT reason FROM ${DATASET}.dead_letters`)).toEqual([['undeliverable']]);
});

test.for(['ingest', 'detect', 'dead-letter'] as const)(
  '%s answers soon after its start, and says how soon',
  async (name, context) => {
    skipIfMissing(context);
    const startsMs: number[] = [];
    // A busy neighbour slows a processor down: one quick start shows what the bundle takes.
    do {
      const running = await run(name);
      startsMs.push(running.startMs);
      await running.stop();
    } while (Math.min(...startsMs) >= GOAL_START_MS && startsMs.length < 3);
    const starts = startsMs.map(Math.round).join(', ');
    console.log(`${name}: first answer after ${starts} ms; the goal is ${GOAL_START_MS}`);
    // Far beyond what a slow machine makes of the goal: something large is loaded that need not be.
    expect(Math.min(...startsMs)).toBeLessThan(10 * GOAL_START_MS);
  },
);

test('the trainer reads history and says what is missing', async () => {
  const trained = promisify(execFile)(process.execPath, ['src/train/main.js'], {
    cwd: join(folder.path, 'ml-server'),
    env: { PATH: process.env.PATH, ...env },
  });
  await expect(trained).rejects.toMatchObject({
    code: 2,
    stderr: expect.stringContaining('not trained, the current model stays'),
  });
});

test('the dashboard serves its page', async () => {
  const dashboard = await start(join(folder.path, 'dashboard'), ['src/server/main.js'], env);
  onTestFinished(() => dashboard.stop());
  const response = await fetch(dashboard.url);
  expect(response.status).toBe(200);
  expect(await response.text()).toContain('<script type="module"');
});

test('the HTTP gateway publishes a reading', async () => {
  const gateway = await start(join(folder.path, 'gateway'), ['src/http/main.js'], env);
  onTestFinished(() => gateway.stop());
  await post(`${gateway.url}/v1/readings`, {
    device_id: 'sensor_004',
    timestamp: measured,
    temperature: 21.5,
  });
  const published = pubsub.messages(`projects/${PROJECT}/topics/readings`);
  expect(published.map(({ data }) => JSON.parse(Buffer.from(data).toString()))).toMatchObject([
    { device_id: 'sensor_004' },
  ]);
});

test('the MQTT bridge publishes what a device sends to a broker', async () => {
  const broker = await startBroker({ port: 0, journalDir: null });
  onTestFinished(() => broker.stop());
  const status = await freePort();
  const bridge = await start(
    join(folder.path, 'gateway'),
    ['src/mqtt/main.js'],
    { ...env, MQTT_URL: `mqtt://127.0.0.1:${broker.port}`, STATUS_PORT: String(status) },
    status,
  );
  onTestFinished(() => bridge.stop());
  const device = await connectAsync(`mqtt://127.0.0.1:${broker.port}`);
  onTestFinished(() => device.endAsync());
  await expect.poll(async () => (await fetch(`${bridge.url}/ready`)).status).toBe(200);
  await device.publishAsync('sites/A/1/sensor_005/temperature', '22.5', { qos: 1 });
  const devices = () =>
    pubsub
      .messages(`projects/${PROJECT}/topics/readings`)
      .map(({ data }) => JSON.parse(Buffer.from(data).toString()).device_id);
  await expect.poll(devices).toContain('sensor_005');
});

test('the coordinator gives a device work', async () => {
  const coordinator = await start(join(folder.path, 'federated'), ['src/coordinator/main.js'], env);
  onTestFinished(() => coordinator.stop());
  const task = await fetch(`${coordinator.url}/v1/task?client_id=sensor_006`);
  expect(task.status).toBe(200);
  const status = (await (await fetch(`${coordinator.url}/api/status`)).json()) as object;
  expect(status).toMatchObject({ fleet: 'lab', clients: 1 });
});
