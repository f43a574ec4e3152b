import { type ChildProcess, execFileSync, spawn, spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { connectAsync } from 'mqtt';
import { expect, onTestFinished, test } from 'vitest';
import { bridgeTo, startTopics, timedValue } from './bridging.ts';

const isInstalled = spawnSync('mosquitto', ['-h']).error === undefined;
if (!isInstalled) {
  console.log('mosquitto is not installed: the bridge is tried on the embedded broker alone');
}

/** Mosquitto on 127.0.0.1 with its own folder; `lines` go into its configuration. */
async function mosquitto(lines: (folder: string) => string[] = () => []) {
  const folder = mkdtempSync(join(tmpdir(), 'plumbline-mosquitto-'));
  const port = await freePort();
  const config = join(folder, 'mosquitto.conf');
  writeFileSync(
    config,
    [
      `listener ${port} 127.0.0.1`,
      'allow_anonymous true',
      'persistence true',
      `persistence_location ${folder}/`,
      'max_queued_messages 0',
      'user root',
      ...lines(folder),
    ].join('\n'),
  );
  let child: ChildProcess = await run();
  onTestFinished(async () => {
    await stop();
    rmSync(folder, { recursive: true });
  });
  return {
    port,
    folder,
    async restart() {
      await stop();
      child = await run();
    },
  };

  async function run(): Promise<ChildProcess> {
    const started = spawn('mosquitto', ['-c', config], { stdio: ['ignore', 'ignore', 'pipe'] });
    await new Promise<void>((resolve, reject) => {
      started.stderr?.on('data', (text) => {
        if (String(text).includes('running')) resolve();
      });
      started.once('exit', (code) => reject(new Error(`mosquitto ended with ${code}`)));
    });
    return started;
  }

  async function stop(): Promise<void> {
    if (child.exitCode !== null) return;
    const exited = new Promise((resolve) => child.once('exit', resolve));
    child.kill('SIGTERM');
    await exited;
  }
}

async function freePort(): Promise<number> {
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as { port: number };
  await new Promise((resolve) => server.close(resolve));
  return port;
}

test.skipIf(!isInstalled).each([
  ['3.1.1', 4],
  ['5', 5],
] as const)(
  'over MQTT %s, two bridges of a group share the messages, through a restart of the broker',
  async (_, protocolVersion) => {
    const broker = await mosquitto();
    const topics = await startTopics();
    const bridges = ['one', 'two'].map((clientId) =>
      bridgeTo(topics.pubsub, broker.port, { clientId, protocolVersion, shareGroup: 'group' }),
    );
    const areSubscribed = () => bridges.every((bridge) => bridge.isSubscribed());
    await expect.poll(areSubscribed).toBe(true);
    const device = await connectAsync(`mqtt://127.0.0.1:${broker.port}`, {
      clientId: 'device',
      clean: false,
      protocolVersion,
      ...(protocolVersion === 5 && { properties: { sessionExpiryInterval: 60 } }),
      reconnectPeriod: 50,
    });
    onTestFinished(() => device.endAsync(true));
    const publish = (from: number, to: number) =>
      Array.from({ length: to - from }, (_, i) =>
        device.publishAsync('sites/A/1/dev-1/temperature', timedValue(from + i), { qos: 1 }),
      );
    await Promise.all(publish(0, 200));
    await broker.restart();
    // Mosquitto forgets shared subscriptions when it restarts: what comes before they are renewed is nobody's.
    await expect
      .poll(() => bridges.every((bridge) => bridge.totals().connections === 2))
      .toBe(true);
    await expect.poll(areSubscribed).toBe(true);
    await Promise.all(publish(200, 400));
    await expect
      .poll(() => new Set(topics.readings().map((r) => r.readingId)).size, { timeout: 10_000 })
      .toBe(400);
    for (const bridge of bridges) expect(bridge.totals().messages).toBeGreaterThan(50);
  },
);

test.skipIf(!isInstalled)('a bridge alone gets what comes while the broker restarts', async () => {
  const broker = await mosquitto();
  const topics = await startTopics();
  const bridge = bridgeTo(topics.pubsub, broker.port, { protocolVersion: 5 });
  await expect.poll(() => bridge.isSubscribed()).toBe(true);
  const device = await connectAsync(`mqtt://127.0.0.1:${broker.port}`, {
    clientId: 'device',
    clean: false,
    reconnectPeriod: 20,
  });
  onTestFinished(() => device.endAsync(true));
  const sent = Array.from({ length: 300 }, (_, index) =>
    device.publishAsync('sites/A/1/dev-1/temperature', timedValue(index), { qos: 1 }),
  );
  await broker.restart();
  await Promise.all(sent);
  await expect
    .poll(() => new Set(topics.readings().map((r) => r.readingId)).size, { timeout: 10_000 })
    .toBe(300);
});

test.skipIf(!isInstalled)(
  'over TLS the broker lets in who has a certificate, and it alone says who that is',
  async () => {
    let folder = '';
    const port = await freePort();
    await mosquitto((made) => {
      folder = made;
      makeCertificates(made);
      writeFileSync(join(made, 'acl'), 'pattern write sites/+/+/%u/#\nuser bridge\ntopic read #\n');
      return [
        `acl_file ${made}/acl`,
        `listener ${port} 127.0.0.1`,
        `cafile ${made}/ca.crt`,
        `certfile ${made}/server.crt`,
        `keyfile ${made}/server.key`,
        'require_certificate true',
        'use_identity_as_username true',
      ];
    });
    const topics = await startTopics();
    const read = (name: string) => execFileSync('cat', [join(folder, name)], { encoding: 'utf8' });
    const credentialsOf = (name: string) => ({
      ca: read('ca.crt'),
      cert: read(`${name}.crt`),
      key: read(`${name}.key`),
    });
    const url = `mqtts://127.0.0.1:${port}`;
    const bridge = bridgeTo(topics.pubsub, port, { url, credentials: credentialsOf('bridge') });
    await expect.poll(() => bridge.isSubscribed()).toBe(true);
    const device = await connectAsync(url, credentialsOf('dev-1'));
    onTestFinished(() => device.endAsync(true));
    // The broker drops what a device says in the name of another.
    await device.publishAsync('sites/A/1/dev-2/temperature', timedValue(2), { qos: 1 });
    await device.publishAsync('sites/A/1/dev-1/temperature', timedValue(1), { qos: 1 });
    await expect.poll(() => topics.readings()).toMatchObject([{ deviceId: 'dev-1' }]);

    const stranger = connectAsync(url, { ca: read('ca.crt'), reconnectPeriod: 0 });
    await expect(stranger).rejects.toThrow();
  },
);

/** An authority, and certificates of a server and of two clients. */
function makeCertificates(folder: string): void {
  const openssl = (...words: string[]) =>
    execFileSync('openssl', words, { cwd: folder, stdio: 'ignore' });
  const ec = ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:P-256', '-nodes'];
  openssl('req', '-x509', ...ec, '-keyout', 'ca.key', '-out', 'ca.crt', '-subj', '/CN=ca');
  writeFileSync(join(folder, 'san'), 'subjectAltName=IP:127.0.0.1\n');
  for (const name of ['server', 'bridge', 'dev-1']) {
    openssl('req', ...ec, '-keyout', `${name}.key`, '-out', `${name}.csr`, '-subj', `/CN=${name}`);
    openssl(
      ...['x509', '-req', '-in', `${name}.csr`, '-CA', 'ca.crt', '-CAkey', 'ca.key'],
      ...['-CAcreateserial', '-extfile', 'san', '-out', `${name}.crt`, '-days', '2'],
    );
  }
}
