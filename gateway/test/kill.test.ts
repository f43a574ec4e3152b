import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { type AddressInfo, createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Readable } from 'node:stream';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { connectAsync } from 'mqtt';
import { expect, onTestFinished, test } from 'vitest';
import { publishSurely, startTopics, timedValue } from './bridging.ts';

const MAIN = fileURLToPath(new URL('../src/mqtt/main.ts', import.meta.url));
const BROKER = fileURLToPath(new URL('../src/broker/main.ts', import.meta.url));
const MESSAGES = 1_000;
/** Of each. */
const KILLS = 2;

/** The broker as its own process, on a port and a journal that outlive it. */
async function mortalBroker() {
  const journalDir = mkdtempSync(join(tmpdir(), 'plumbline-broker-'));
  const port = await freePort();
  let child = await start();
  onTestFinished(() => {
    child.kill('SIGKILL');
    rmSync(journalDir, { recursive: true });
  });
  return {
    port,
    async kill() {
      child.kill('SIGKILL');
      await once(child, 'exit');
      child = await start();
    },
  };

  async function start(): Promise<ChildProcess> {
    const started = spawn(process.execPath, [BROKER], {
      stdio: ['ignore', 'pipe', 'inherit'],
      env: { PATH: process.env.PATH, PORT: String(port), JOURNAL_DIR: journalDir },
    });
    await once(started.stdout as Readable, 'data');
    return started;
  }
}

async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  server.close();
  await once(server, 'close');
  return port;
}

/** The bridge as its own process. */
function mortalBridge(pubsubHost: string, brokerPort: number) {
  let child = start();
  onTestFinished(() => void child.kill('SIGKILL'));
  return {
    async kill() {
      child.kill('SIGKILL');
      await new Promise((resolve) => child.once('exit', resolve));
      child = start();
    },
    async stop() {
      const exited = new Promise<number | null>((resolve) => child.once('exit', resolve));
      child.kill('SIGTERM');
      return await exited;
    },
  };

  function start(): ChildProcess {
    return spawn(process.execPath, [MAIN], {
      stdio: 'ignore',
      env: {
        PATH: process.env.PATH,
        GOOGLE_CLOUD_PROJECT: 'demo',
        PUBSUB_EMULATOR_HOST: pubsubHost,
        STATUS_PORT: '0',
        MQTT_URL: `mqtt://127.0.0.1:${brokerPort}`,
      },
    });
  }
}

test('broker and bridge are killed again and again: no reading is lost, and none has two ids', async () => {
  const topics = await startTopics();
  const broker = await mortalBroker();
  const bridge = mortalBridge(topics.emulator.host, broker.port);
  const device = await connectAsync(`mqtt://127.0.0.1:${broker.port}`, {
    clientId: 'device',
    clean: false,
    reconnectPeriod: 20,
  });
  onTestFinished(() => device.endAsync(true));
  const received = () => new Set(topics.readings().map(({ readingId }) => readingId));
  // The session must be there before it is asked to keep messages.
  await device.publishAsync('sites/A/1/dev-1/co2', timedValue(-1), { qos: 1 });
  await expect
    .poll(
      async () => {
        await device.publishAsync('sites/A/1/dev-1/co2', timedValue(-1), { qos: 1 });
        return received().size;
      },
      { timeout: 30_000, interval: 200 },
    )
    .toBe(1);

  const sent: Promise<unknown>[] = [];
  for (let index = 0; index < MESSAGES; index += 1) {
    const topic = `sites/A/${index % 3}/dev-${index % 7}/temperature`;
    sent.push(publishSurely(device, topic, timedValue(index)));
    if (index % 10 === 0) await sleep(1);
    if (index % (MESSAGES / KILLS) === 100) await broker.kill();
    if (index % (MESSAGES / KILLS) === 350) await bridge.kill();
  }
  await Promise.all(sent);
  await expect.poll(() => received().size, { timeout: 60_000 }).toBe(MESSAGES + 1);
  const missing = Array.from({ length: MESSAGES }, (_, index) => `r${index}`).filter(
    (id) => !received().has(id),
  );
  expect(missing).toEqual([]);
  expect(await bridge.stop()).toBe(0);
}, 150_000);
