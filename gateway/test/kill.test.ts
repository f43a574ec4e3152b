import { type ChildProcess, spawn } from 'node:child_process';
import { type AddressInfo, createServer, type Socket } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { Aedes, type AedesOptions } from 'aedes';
import aedesPersistence from 'aedes-persistence';
import { connectAsync } from 'mqtt';
import { expect, onTestFinished, test } from 'vitest';
import { startTopics, timedValue } from './bridging.ts';

const MAIN = fileURLToPath(new URL('../src/mqtt/main.ts', import.meta.url));
const MESSAGES = 1_600;
/** Of each. */
const KILLS = 2;

/** A broker that dies without a word, and comes back on its port with what its disk holds. */
async function mortalBroker() {
  // Its types say nothing of what it exports.
  const createPersistence = aedesPersistence as unknown as () => object;
  const disk = createPersistence() as NonNullable<AedesOptions['persistence']>;
  let life = await start(0);
  const { port } = life;
  onTestFinished(() => life.die());
  return {
    port,
    async kill() {
      await life.die();
      await sleep(50);
      life = await start(port);
    },
  };

  async function start(at: number) {
    const aedes = await Aedes.createBroker({ persistence: disk, concurrency: 1_000 });
    const sockets = new Set<Socket>();
    const server = createServer((socket) => {
      sockets.add(socket);
      aedes.handle(socket);
    });
    await new Promise<void>((resolve) => server.listen(at, '127.0.0.1', resolve));
    return {
      port: (server.address() as AddressInfo).port,
      async die() {
        const closed = new Promise((resolve) => server.close(resolve));
        for (const socket of sockets) socket.destroy();
        await closed;
      },
    };
  }
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
      { timeout: 15_000, interval: 200 },
    )
    .toBe(1);

  const sent: Promise<unknown>[] = [];
  for (let index = 0; index < MESSAGES; index += 1) {
    const topic = `sites/A/${index % 3}/dev-${index % 7}/temperature`;
    sent.push(device.publishAsync(topic, timedValue(index), { qos: 1 }));
    if (index % 10 === 0) await sleep(1);
    if (index % (MESSAGES / KILLS) === 200) await broker.kill();
    if (index % (MESSAGES / KILLS) === 700) await bridge.kill();
  }
  await Promise.all(sent);
  await expect.poll(() => received().size, { timeout: 20_000 }).toBe(MESSAGES + 1);
  const missing = Array.from({ length: MESSAGES }, (_, index) => `r${index}`).filter(
    (id) => !received().has(id),
  );
  expect(missing).toEqual([]);
  expect(await bridge.stop()).toBe(0);
}, 60_000);
