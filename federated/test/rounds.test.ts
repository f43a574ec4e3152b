import { createHash } from 'node:crypto';
import { BigQuery } from '@google-cloud/bigquery';
import { Storage } from '@google-cloud/storage';
import { DATASET, FEDERATED_TABLES, parseDeviceKeys } from '@plumbline/contracts';
import { startBigQuery, startStorage } from '@plumbline/emulators';
import { createFleet, PROFILES } from '@plumbline/simulator';
import { expect, onTestFinished, test } from 'vitest';
import { readCoordinatorConfig } from '../src/coordinator/config.ts';
import { openGlobalModels } from '../src/coordinator/model-store.ts';
import { roundTables } from '../src/coordinator/round-tables.ts';
import { startCoordinator } from '../src/coordinator/start.ts';
import { coordinatorAt } from '../src/edge/exchange.ts';
import { metricsOf, runEdge } from '../src/edge/run-edge.ts';
import { seededRandom } from '../src/model/random.ts';
import { decodeWeights } from '../src/wire.ts';

const config = {
  ...readCoordinatorConfig({
    GOOGLE_CLOUD_PROJECT: 'demo',
    DEADLINE_SECONDS: '5',
    // All four devices, so that no round begins before the last of them has asked.
    MINIMUM_CLIENTS: '4',
  }),
  port: 0,
  roundEveryMs: 300,
};

/** A coordinator on emulated Google services, and edge runners for four motes, whose bytes are listened to. */
async function start() {
  const [bigqueryHost, storageHost] = await Promise.all([startBigQuery(), startStorage()]);
  const bigquery = new BigQuery({ projectId: 'demo', apiEndpoint: `http://${bigqueryHost.host}` });
  const storage = new Storage({ projectId: 'demo', apiEndpoint: `http://${storageHost.host}` });
  await Promise.all([bigquery.createDataset(DATASET), storage.createBucket(config.bucket)]);
  for (const [name, { columns }] of Object.entries(FEDERATED_TABLES)) {
    const fields = structuredClone(columns) as unknown as { name: string }[];
    await bigquery.dataset(DATASET).createTable(name, { schema: { fields } });
  }
  const effects = {
    models: openGlobalModels(storage.bucket(config.bucket)),
    tables: roundTables(bigquery),
    log: () => {},
    now: Date.now,
    random: seededRandom(5),
  };
  const running = await startCoordinator(config, effects);
  const url = `http://127.0.0.1:${running.port}`;
  const requests: { readonly url: string; readonly body: string }[] = [];
  const listening: typeof fetch = async (input, init) => {
    requests.push({ url: String(input), body: String(init?.body ?? '') });
    return await fetch(input, init);
  };
  const fleet = createFleet({ profile: PROFILES.lab, devices: 4, seed: 3 });
  const stopping = new AbortController();
  const edge = runEdge(
    {
      fleet,
      client: coordinatorAt(url, undefined, listening),
      windowSize: 3,
      trainEveryMs: 60_000,
      askEveryMs: 50,
      pastMs: 2 * 3_600_000,
      now: Date.now,
      random: seededRandom(6),
      onTrouble: () => {},
    },
    stopping.signal,
  );
  onTestFinished(async () => {
    stopping.abort();
    await edge;
    await running.stop();
    await Promise.all([bigqueryHost.stop(), storageHost.stop()]);
  });
  return { running, effects, bigquery, storage, url, requests, fleet };
}

test('rounds run by themselves, are stored, told of and learned from; only weights and counts cross the wire', async () => {
  const { running, effects, bigquery, storage, url, requests, fleet } = await start();
  await expect.poll(() => running.history().length, { timeout: 20_000 }).toBeGreaterThan(3);

  const status = (await (await fetch(`${url}/api/status`)).json()) as Record<string, unknown>;
  expect(status).toMatchObject({
    fleet: 'lab',
    clients: 4,
    model: { shape: [12, 8, 3, 8, 12], weights: 271 },
    last_round: { outcome: 'aggregated', stragglers: 0, refused: {} },
  });
  const { rounds } = (await (await fetch(`${url}/api/history?limit=3`)).json()) as {
    rounds: { participants: unknown[] }[];
  };
  expect(rounds).toHaveLength(3);
  expect(rounds[0]?.participants).toHaveLength(4);

  const losses = running.history().map(({ loss }) => loss as number);
  expect(losses.at(-1)).toBeLessThan(0.9 * (losses[0] as number));

  const stored = await effects.models.load('lab');
  expect(stored?.round).toBeGreaterThan(3);
  const [files] = await storage.bucket(config.bucket).getFiles({ prefix: 'federated/lab/rounds/' });
  expect(files.length).toBeGreaterThan(3);
  const [rows] = await bigquery.query(
    `SELECT r.round, participant_count, COUNT(*) AS clients
     FROM iot_data.federated_rounds r JOIN iot_data.federated_participants p ON p.round = r.round
     WHERE r.round = 1 GROUP BY r.round, participant_count`,
  );
  expect(rows).toEqual([{ round: 1, participant_count: 4, clients: 4 }]);

  // Every byte that devices sent: their names, counts, a mean error and weights.
  const values = new Set<number>();
  for (const device of fleet.devices.keys()) {
    const period = { fromMs: Date.now() - 3 * 3_600_000, toMs: Date.now() };
    for (const atMs of fleet.moments(device, period)) {
      const { metrics = {} } = fleet.readingAt(device, atMs) ?? {};
      for (const name of metricsOf(fleet)) values.add(metrics[name] as number);
    }
  }
  const names = fleet.devices.map(({ deviceId }) => deviceId);
  expect(requests.length).toBeGreaterThan(10);
  for (const { url: asked, body } of requests) {
    const query = new URL(asked).searchParams;
    expect([...query.keys()].every((key) => key === 'client_id')).toBe(true);
    if (body === '') continue;
    const message = JSON.parse(body) as Record<string, unknown>;
    expect(Object.keys(message).sort()).toEqual([
      'anomaly_count',
      'client_id',
      'loss',
      'round',
      'sample_count',
      'scored_count',
      'weights',
    ]);
    expect(names).toContain(message.client_id);
    for (const count of ['anomaly_count', 'round', 'sample_count', 'scored_count']) {
      expect(Number.isSafeInteger(message[count])).toBe(true);
    }
    const weights = decodeWeights(String(message.weights), 271) as Float64Array;
    expect(weights).toHaveLength(271);
    for (const number of [message.loss as number, ...weights]) {
      expect(values.has(number)).toBe(false);
    }
  }
});

test('a coordinator that starts again goes on with the next round', async () => {
  const { running, effects } = await start();
  await expect.poll(() => running.history().length, { timeout: 20_000 }).toBeGreaterThan(0);
  await running.stop();
  const last = await effects.models.load('lab');
  const again = await startCoordinator(config, effects);
  onTestFinished(() => again.stop());
  const task = (await (
    await fetch(`http://127.0.0.1:${again.port}/v1/task?client_id=new-device`)
  ).json()) as { round: number; weights: string };
  // A device that nobody knew starts from what the others learned.
  expect(task.round).toBe(last?.round);
  expect(decodeWeights(task.weights, 271)).toEqual(last?.weights);
});

test('with keys, a client speaks for itself alone', async () => {
  const { effects, running } = await start();
  await running.stop();
  const sha256 = createHash('sha256').update('secret').digest('hex');
  const keys = parseDeviceKeys(JSON.stringify([{ name: 'lab', sha256, devices: ['lab-*'] }]));
  const guarded = await startCoordinator({ ...config, keys }, effects);
  onTestFinished(() => guarded.stop());
  const url = `http://127.0.0.1:${guarded.port}`;
  const statusOf = async (clientId: string, key?: string) => {
    const headers: Record<string, string> = key ? { authorization: `Bearer ${key}` } : {};
    return (await fetch(`${url}/v1/task?client_id=${clientId}`, { headers })).status;
  };
  expect(await statusOf('lab-1')).toBe(401);
  expect(await statusOf('lab-1', 'guessed')).toBe(401);
  expect(await statusOf('other-1', 'secret')).toBe(403);
  expect(await statusOf('lab-1', 'secret')).toBe(200);
  const update = await fetch(`${url}/v1/updates`, {
    method: 'POST',
    headers: { authorization: 'Bearer secret', 'content-type': 'application/json' },
    body: JSON.stringify({ client_id: 'other-1' }),
  });
  expect(update.status).toBe(403);
  // What a device's own client sends passes.
  const task = await coordinatorAt(url, 'secret').task('lab-2');
  expect(task.shape[0]).toBe(12);
});

test('rounds are counted for Prometheus', async () => {
  const { running, url } = await start();
  await expect.poll(() => running.history().length, { timeout: 20_000 }).toBeGreaterThan(0);
  const text = await (await fetch(`${url}/metrics`)).text();
  expect(text).toMatch(/iot_federated_rounds_total\{outcome="aggregated"\} [1-9]/);
  expect(text).toMatch(/iot_federated_participants 4\n/);
  expect(text).toMatch(/iot_federated_bytes_total\{direction="received"\} [1-9]/);
});
