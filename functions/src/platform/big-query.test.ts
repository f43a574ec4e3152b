import { createServer, type RequestListener } from 'node:http';
import { TransientError } from '@plumbline/contracts';
import { expect, onTestFinished, test } from 'vitest';
import { createBigQuery, insertAll } from './big-query.ts';

const ROW = { insertId: 'r', values: { reading_id: 'r' } };

/** Google's client against a server that misbehaves as BigQuery does on a bad day. */
async function insertAgainst(listener: RequestListener, timeoutMs = 10_000) {
  const server = createServer(listener).listen(0, '127.0.0.1');
  await new Promise((resolve) => server.once('listening', resolve));
  onTestFinished(() => {
    server.closeAllConnections();
    server.close();
  });
  const { port } = server.address() as { port: number };
  const apiEndpoint = `http://127.0.0.1:${port}`;
  const bigquery = createBigQuery({ projectId: 'p', apiEndpoint });
  return insertAll(bigquery, 'readings_raw', timeoutMs);
}

const failure = (code: number, reason: string) =>
  JSON.stringify({ error: { code, message: reason, errors: [{ reason }] } });

test.each([
  [503, 'backendError'],
  [429, 'rateLimitExceeded'],
  [500, 'internalError'],
  [403, 'quotaExceeded'],
  [404, 'notFound'],
])('%i %s may pass, and is asked once: the retries are ours', async (code, reason) => {
  let requests = 0;
  const insert = await insertAgainst((_, response) => {
    requests++;
    response.writeHead(code, { 'content-type': 'application/json' }).end(failure(code, reason));
  });
  await expect(insert([ROW])).rejects.toBeInstanceOf(TransientError);
  expect(requests).toBe(1);
});

test.each([
  [400, 'invalid'],
  [403, 'accessDenied'],
])('%i %s cannot pass', async (code, reason) => {
  const insert = await insertAgainst((_, response) =>
    response.writeHead(code, { 'content-type': 'application/json' }).end(failure(code, reason)),
  );
  const error = await insert([ROW]).then(
    () => undefined,
    (thrown: unknown) => thrown,
  );
  expect(error).toBeInstanceOf(Error);
  expect(error).not.toBeInstanceOf(TransientError);
});

test('an answer that never comes is given up in time', async () => {
  const insert = await insertAgainst(() => {}, 300);
  const startMs = performance.now();
  await expect(insert([ROW])).rejects.toBeInstanceOf(TransientError);
  expect(performance.now() - startMs).toBeLessThan(5_000);
});

test('a connection that breaks may pass', async () => {
  const insert = await insertAgainst((request) => request.socket.destroy());
  await expect(insert([ROW])).rejects.toBeInstanceOf(TransientError);
});
