import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { connect, createServer } from 'node:net';
import { fileURLToPath } from 'node:url';
import { freePorts, PORT_VARIABLES, type Ports } from '@plumbline/local';
import { expect, onTestFinished, test } from 'vitest';

const root = fileURLToPath(new URL('../..', import.meta.url));

/** `npm start` as its script runs it, on ports of its own. */
function start(ports: Ports): { child: ChildProcess; output: () => string } {
  const variables = Object.entries(ports).map(([name, port]) => [
    PORT_VARIABLES[name as keyof Ports],
    String(port),
  ]);
  const child = spawn(process.execPath, ['local/src/start/main.ts'], {
    cwd: root,
    env: { PATH: process.env.PATH, ...Object.fromEntries(variables) },
  });
  let text = '';
  for (const stream of [child.stdout, child.stderr]) {
    stream.setEncoding('utf8').on('data', (chunk: string) => {
      text += chunk;
    });
  }
  onTestFinished(() => void child.kill('SIGKILL'));
  return { child, output: () => text };
}

function isOpen(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect(port, '127.0.0.1');
    socket.once('connect', () => resolve(true)).once('error', () => resolve(false));
    socket.once('connect', () => socket.destroy());
  });
}

test('npm start names its addresses, answers with a trained model, shows anomalies, and leaves nothing behind', async () => {
  const ports = await freePorts();
  const { child, output } = start(ports);
  await expect.poll(output, { timeout: 60_000 }).toContain(`http://127.0.0.1:${ports.dashboard}`);

  const detect = async () => {
    const response = await fetch(`http://127.0.0.1:${ports.mlServer}/detect`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: '{"device_id":"sensor_001","temperature":41.5,"vibration":1.2}',
    });
    return (await response.json()) as Record<string, unknown>;
  };
  await expect
    .poll(detect, { timeout: 150_000, interval: 1_000 })
    .toMatchObject({ is_anomaly: true, model_version: expect.any(String) });
  await expect.poll(output, { timeout: 60_000 }).toContain('live:');
  expect(output()).toContain(`mqtt://127.0.0.1:${ports.mqtt}`);
  const status = await fetch(`http://127.0.0.1:${ports.coordinator}/api/status`);
  expect(await status.json()).toMatchObject({ fleet: 'lab' });
  const edge = await (await fetch(`http://127.0.0.1:${ports.edge}/metrics`)).text();
  expect(edge).toContain('iot_edge_devices 5');

  const stopMs = performance.now();
  child.kill('SIGINT');
  expect(await once(child, 'exit')).toEqual([0, null]);
  expect(performance.now() - stopMs).toBeLessThan(10_000);
  const open = await Promise.all(Object.values(ports).map(isOpen));
  expect(open).toEqual(Object.values(ports).map(() => false));
}, 300_000);

test('a taken port is named, with the variable that changes it, before anything starts', async () => {
  const ports = await freePorts();
  const squatter = createServer().listen(ports.bigquery, '127.0.0.1');
  onTestFinished(() => void squatter.close());
  const { child, output } = start(ports);
  expect(await once(child, 'exit')).toEqual([1, null]);
  expect(output()).toContain(
    `port ${ports.bigquery} is in use: stop what uses it or set BIGQUERY_PORT`,
  );
  expect(await isOpen(ports.mlServer)).toBe(false);
});

test('where another broker has the port, it is said how to use that one', async () => {
  const ports = await freePorts();
  const squatter = createServer().listen(ports.mqtt, '127.0.0.1');
  onTestFinished(() => void squatter.close());
  const { child, output } = start(ports);
  expect(await once(child, 'exit')).toEqual([1, null]);
  expect(output()).toContain(`port ${ports.mqtt} is in use: stop what uses it or set MQTT_PORT`);
  expect(output()).toContain('MQTT_URL=');
});
