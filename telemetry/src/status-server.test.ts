import { expect, onTestFinished, test } from 'vitest';
import { createRegistry } from './registry.ts';
import { serveStatus } from './status-server.ts';

test('a process tells that it lives, whether it is ready, and what it has counted', async () => {
  const registry = createRegistry();
  registry.counter('iot_things_total', 'Things').add(3);
  let isReady = false;
  const server = await serveStatus(0, registry, () => isReady);
  onTestFinished(() => server.stop());
  const get = (path: string) => fetch(`http://127.0.0.1:${server.port}${path}`);

  expect((await get('/health')).status).toBe(200);
  expect((await get('/ready')).status).toBe(503);
  isReady = true;
  expect((await get('/ready')).status).toBe(200);
  const metrics = await get('/metrics');
  expect(metrics.headers.get('content-type')).toContain('version=0.0.4');
  expect(await metrics.text()).toContain('iot_things_total 3\n');
  expect((await get('/other')).status).toBe(404);
});

test('a taken port is an error, not a silence', async () => {
  const first = await serveStatus(0, createRegistry(), () => true);
  onTestFinished(() => first.stop());
  await expect(serveStatus(first.port, createRegistry(), () => true)).rejects.toThrow('EADDRINUSE');
});
