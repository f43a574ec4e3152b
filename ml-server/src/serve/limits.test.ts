import { describe, expect, test } from 'vitest';
import { startModelBucket } from '../../test/model-bucket.ts';
import { halves, rawClient } from '../../test/raw-client.ts';
import { startServer, type TestServer } from '../../test/start-server.ts';

const READING = '{"device_id":"sensor_001","temperature":21}';

async function start(env: Record<string, string> = {}): Promise<TestServer> {
  const { bucket } = await startModelBucket();
  return startServer(bucket, env);
}

async function untilInFlight(server: TestServer, count: number): Promise<void> {
  for (;;) {
    const text = await (await server.get('/metrics')).text();
    if (text.includes(`iot_http_requests_in_flight ${count}\n`)) return;
  }
}

describe('a client that misbehaves is cut off', () => {
  test('headers that do not come: 408 within 5 s; a body that does not come: within 7 s', async () => {
    const server = await start();
    const [noHeaders, noBody] = [await rawClient(server.port), await rawClient(server.port)];
    noHeaders.send('POST /detect HTTP/1.1\r\nHost: localhost\r\n');
    noBody.send(halves('/detect', READING)[0]);
    const startedMs = Date.now();
    const timed = async (answer: Promise<string>) => ({
      answer: await answer,
      afterMs: Date.now() - startedMs,
    });
    const [headers, body] = await Promise.all([timed(noHeaders.closed()), timed(noBody.closed())]);
    expect(headers.answer).toContain('HTTP/1.1 408');
    expect(headers.afterMs).toBeLessThan(5_000);
    expect(body.answer).toContain('HTTP/1.1 408');
    expect(body.answer).toContain('"code":"timeout"');
    expect(body.afterMs).toBeLessThan(7_000);
  });

  test('no HTTP at all: 400', async () => {
    const server = await start();
    const client = await rawClient(server.port);
    client.send('\x16\x03\x01 hello\r\n\r\n');
    expect(await client.closed()).toContain('"code":"malformed_http"');
  });

  test('headers without end: 431', async () => {
    const server = await start();
    const client = await rawClient(server.port);
    client.send(`GET /health HTTP/1.1\r\nX: ${'x'.repeat(20_000)}`);
    expect(await client.closed()).toContain('HTTP/1.1 431');
  });

  test('a body beyond the limit: 413, before it is read', async () => {
    const server = await start();
    for (const [path, bytes] of [
      ['/detect', 20_000],
      ['/detect/batch', 1_100_000],
    ] as const) {
      const answer = await server.post(path, `"${'x'.repeat(bytes)}"`);
      expect(answer.status).toBe(413);
      expect(await answer.json()).toMatchObject({ code: 'too_large' });
    }
  });

  test('a client that vanishes in the middle of its body frees its place', async () => {
    const server = await start({ MAX_IN_FLIGHT: '1' });
    const client = await rawClient(server.port);
    client.send(halves('/detect', READING)[0]);
    await untilInFlight(server, 1);
    client.vanish();
    await untilInFlight(server, 0);
    expect((await server.post('/detect', READING)).status).toBe(200);
  });
});

describe('with enough to do', () => {
  test('the next request is told to come again, probes are answered', async () => {
    const server = await start({ MAX_IN_FLIGHT: '2' });
    const [first, rest] = halves('/detect', READING);
    const clients = [await rawClient(server.port), await rawClient(server.port)];
    for (const client of clients) client.send(first);
    await untilInFlight(server, 2);
    const refused = await server.post('/detect', READING);
    expect(refused.status).toBe(503);
    expect(refused.headers.get('retry-after')).toBe('1');
    expect(await refused.json()).toMatchObject({ code: 'overloaded' });
    for (const path of ['/health', '/ready', '/metrics']) {
      expect((await server.get(path)).status).toBe(200);
    }
    for (const client of clients) {
      client.send(rest);
      expect(await client.received('"device_id"')).toContain('HTTP/1.1 200');
    }
    expect(await (await server.get('/metrics')).text()).toContain(
      'iot_http_requests_refused_total{reason="overloaded"} 1',
    );
  });

  test('of many requests that come at once, more than fit are told to come again, the others are answered', async () => {
    const server = await start({ MAX_IN_FLIGHT: '10' });
    const clients = await Promise.all(Array.from({ length: 200 }, () => rawClient(server.port)));
    // Connections are accepted one a turn: each asks something first, so that all are there.
    for (const client of clients) client.send('GET /health HTTP/1.1\r\nHost: localhost\r\n\r\n');
    await Promise.all(clients.map((client) => client.received('"ok"')));
    for (const client of clients) client.send(halves('/detect', READING).join(''));
    const answers = await Promise.all(clients.map((client) => client.received('_id"')));
    const counts = { 200: 0, 503: 0 };
    for (const answer of answers) counts[answer.includes('HTTP/1.1 503') ? 503 : 200]++;
    expect(counts[200]).toBeGreaterThanOrEqual(10);
    expect(counts[503]).toBeGreaterThan(0);
    // Whoever comes when they are answered finds room.
    expect((await server.post('/detect', READING)).status).toBe(200);
  });

  test('batches have a limit of their own, so that single readings still get through', async () => {
    const server = await start({ MAX_BATCHES_IN_FLIGHT: '1' });
    const client = await rawClient(server.port);
    client.send(halves('/detect/batch', '{"readings":[]}')[0]);
    await untilInFlight(server, 1);
    expect((await server.post('/detect/batch', { readings: [] })).status).toBe(503);
    expect((await server.post('/detect', READING)).status).toBe(200);
  });
});

describe('stopping', () => {
  test('answers every request under way, 10 times 50 of them', async () => {
    const { bucket } = await startModelBucket();
    for (let round = 0; round < 10; round++) {
      const server = await startServer(bucket);
      const [first, rest] = halves('/detect', READING);
      const clients = await Promise.all(Array.from({ length: 50 }, () => rawClient(server.port)));
      for (const client of clients) client.send(first);
      await untilInFlight(server, 50);
      const stopped = server.stop();
      const answers = clients.map((client) => client.closed());
      for (const client of clients) client.send(rest);
      for (const answer of await Promise.all(answers)) expect(answer).toContain('HTTP/1.1 200');
      await stopped;
    }
  });

  test('idle connections do not hold it', async () => {
    const server = await start();
    const idle = await rawClient(server.port);
    idle.send('GET /health HTTP/1.1\r\nHost: localhost\r\n\r\n');
    await idle.received('"ok"');
    const startedMs = Date.now();
    await server.stop();
    expect(Date.now() - startedMs).toBeLessThan(1_000);
  });
});
