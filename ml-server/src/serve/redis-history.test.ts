import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import { connect, createServer } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import { expect, onTestFinished, test } from 'vitest';
import { startModelBucket } from '../../test/model-bucket.ts';
import { startServer } from '../../test/start-server.ts';

const REDIS = process.env.REDIS_SERVER ?? 'redis-server';
const hasRedis = spawnSync(REDIS, ['--version']).status === 0;
if (!hasRedis) {
  console.log(
    'redis-server is not installed: its tests are skipped (REDIS_SERVER names another path)',
  );
}

test.skipIf(!hasRedis)('two instances share what they know of a device', async () => {
  const { url } = await startRedis();
  const { bucket } = await startModelBucket();
  const [one, other] = [
    await startServer(bucket, { REDIS_URL: url }),
    await startServer(bucket, { REDIS_URL: url }),
  ];
  expect((await one.detect(hot(0))).is_alert).toBe(true);
  expect((await other.detect(hot(1))).is_alert).toBe(false);
  expect((await other.detect(hot(0))).is_alert).toBe(true);
});

test.skipIf(!hasRedis)(
  'histories in Redis and in the process lead to the same decisions',
  async () => {
    const { url } = await startRedis();
    const { bucket } = await startModelBucket();
    const [inProcess, inRedis] = [
      await startServer(bucket),
      await startServer(bucket, { REDIS_URL: url }),
    ];
    const readings = Array.from({ length: 60 }, (_, i) => ({
      ...hot(i),
      temperature: 20 + (i % 5),
    }));
    expect(await inRedis.batch(readings)).toEqual(await inProcess.batch(readings));
  },
);

test.skipIf(!hasRedis)(
  'without Redis readings are judged alone, and with it again as before',
  async () => {
    const { url, port, process: redis } = await startRedis();
    const { bucket } = await startModelBucket();
    const server = await startServer(bucket, { REDIS_URL: url });
    redis.kill('SIGKILL');
    await until(async () => !(await answers(port)));
    expect((await server.detect(hot(0))).is_anomaly).toBe(true);
    expect(await (await server.get('/metrics')).text()).toMatch(/iot_history_failures_total [1-9]/);
    await startRedis(port);
    let minute = 1;
    await until(async () => {
      await server.detect(hot(minute++));
      // Another minute every time: asked again, a reading that raised an alert raises it again.
      return !(await server.detect(hot(minute++))).is_alert;
    });
  },
);

function hot(minute: number) {
  const timestamp = new Date(Date.UTC(2026, 0, 5, 9, minute)).toISOString();
  return { device_id: 'm1', timestamp, temperature: 40 };
}

async function startRedis(wantedPort?: number) {
  const port = wantedPort ?? (await freePort());
  const args = ['--port', String(port), '--bind', '127.0.0.1', '--save', '', '--appendonly', 'no'];
  const process: ChildProcess = spawn(REDIS, args, { stdio: 'ignore' });
  onTestFinished(() => {
    process.kill('SIGKILL');
  });
  await until(() => answers(port));
  return { url: `redis://127.0.0.1:${port}`, port, process };
}

async function freePort(): Promise<number> {
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as { port: number };
  await new Promise((resolve) => server.close(resolve));
  return port;
}

function answers(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect(port, '127.0.0.1', () => {
      socket.destroy();
      resolve(true);
    });
    socket.on('error', () => resolve(false));
  });
}

async function until(isSo: () => Promise<boolean>): Promise<void> {
  while (!(await isSo())) await sleep(50);
}
