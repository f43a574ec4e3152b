import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import { mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { PubSub } from '@google-cloud/pubsub';
import { startPubSub } from '@plumbline/emulators';
import { connectAsync } from 'mqtt';

/** One measured figure, as `npm run bench` prints it. */
export interface Figure {
  readonly what: string;
  readonly value: number;
  readonly unit: string;
  readonly peer: string;
  readonly goal: string;
  readonly met: boolean | null;
  readonly reason?: string;
}

const MESSAGES = 20_000;
const DEVICES = 50;
const STALL_MS = 20_000;
const PORT = 18_830;

/** Messages a second from a publisher at QoS 1 over a broker and the bridge into Pub/Sub, all on this machine. */
export async function benchGateway(): Promise<Figure[]> {
  const hasMosquitto = spawnSync('mosquitto', ['-h']).error === undefined;
  const [ours, theirs] = [await rate(startOurs), hasMosquitto ? await rate(startMosquitto) : null];
  const goal = 'at least 5,000';
  const unit = 'messages/s';
  const what = 'MQTT at QoS 1 to Pub/Sub, one reading a message';
  return [
    { what: `${what}, embedded broker`, value: ours, unit, peer: '', goal, met: 5_000 <= ours },
    theirs === null
      ? {
          what: `${what}, Mosquitto`,
          value: Number.NaN,
          unit,
          peer: '',
          goal,
          met: null,
          reason: 'mosquitto is not installed',
        }
      : { what: `${what}, Mosquitto`, value: theirs, unit, peer: '', goal, met: 5_000 <= theirs },
  ];
}

async function rate(startBroker: () => ChildProcess): Promise<number> {
  const emulator = await startPubSub({ port: 0 });
  const pubsub = new PubSub({ projectId: 'demo', apiEndpoint: emulator.host, emulatorMode: true });
  await Promise.all(['readings', 'readings-dead'].map((name) => pubsub.createTopic(name)));
  // Keeps nothing by itself: messages are counted as they arrive, for the emulator shows the newest alone.
  const [subscription] = await pubsub.topic('readings').createSubscription('count');
  let received = 0;
  subscription.on('message', (message) => {
    const body: unknown = JSON.parse(message.data.toString());
    received += Array.isArray(body) ? body.length : 1;
    message.ack();
  });
  const broker = startBroker();
  await sleep(1_500);
  const bridge = spawn(process.execPath, [path('../src/mqtt/main.ts')], {
    stdio: 'ignore',
    env: {
      ...process.env,
      GOOGLE_CLOUD_PROJECT: 'demo',
      PUBSUB_EMULATOR_HOST: emulator.host,
      STATUS_PORT: '0',
      MQTT_URL: `mqtt://127.0.0.1:${PORT}`,
      MQTT_CLIENT_ID: 'bench',
    },
  });
  const device = await connectAsync(`mqtt://127.0.0.1:${PORT}`, { clientId: 'bench-device' });
  try {
    while (received === 0) {
      await device.publishAsync('sites/A/0/dev-0/co2', '400', { qos: 1 });
      await sleep(100);
    }
    await sleep(500);
    received = 0;
    const startMs = performance.now();
    for (let index = 0; index < MESSAGES; index += 1) {
      const sent = device.publishAsync(`sites/A/0/dev-${index % DEVICES}/co2`, '400', { qos: 1 });
      if (index % 500 === 499) await sent;
    }
    for (let lastMs = performance.now(), last = 0; received < MESSAGES; last = received) {
      if (last < received) lastMs = performance.now();
      if (STALL_MS < performance.now() - lastMs) {
        throw new Error(`${received} of ${MESSAGES} messages arrived`);
      }
      await sleep(5);
    }
    return (1000 * MESSAGES) / (performance.now() - startMs);
  } finally {
    await device.endAsync(true);
    bridge.kill('SIGKILL');
    broker.kill('SIGKILL');
    await pubsub.close();
    await emulator.stop();
  }
}

function startOurs(): ChildProcess {
  return spawn(process.execPath, [path('../src/broker/main.ts')], {
    stdio: 'ignore',
    env: { ...process.env, PORT: String(PORT) },
  });
}

function startMosquitto(): ChildProcess {
  // By default it drops what a slow subscriber has not taken after 1,000 messages.
  const config = join(mkdtempSync(join(tmpdir(), 'plumbline-bench-')), 'mosquitto.conf');
  writeFileSync(
    config,
    `listener ${PORT} 127.0.0.1\nallow_anonymous true\nmax_queued_messages 0\n`,
  );
  return spawn('mosquitto', ['-c', config], { stdio: 'ignore' });
}

function path(relative: string): string {
  return fileURLToPath(new URL(relative, import.meta.url));
}
