import { createHash } from 'node:crypto';
import { ConfigError } from '@plumbline/contracts';
import { expect, test } from 'vitest';
import { buildTestApp } from '../../test/build-test-app.ts';
import { startModelBucket } from '../../test/model-bucket.ts';
import { startServer } from '../../test/start-server.ts';
import { parseApiKeys } from './access.ts';
import { readServeConfig } from './config.ts';

const READING = { device_id: 'a', temperature: 21 };
const KEYS = [
  { name: 'detector', sha256: sha256('secret-1'), scopes: ['detect'] },
  { name: 'operator', sha256: sha256('secret-2'), scopes: ['detect', 'watch'] },
];

async function startGuarded(env: Record<string, string> = {}) {
  const { bucket } = await startModelBucket();
  const server = await startServer(bucket, env, { apiKeys: JSON.stringify(KEYS) });
  const ask = (method: string, path: string, key: string | null, body?: object) =>
    fetch(`${server.url}${path}`, {
      method,
      headers: {
        'content-type': 'application/json',
        ...(key !== null && { authorization: `Bearer ${key}` }),
      },
      ...(body && { body: JSON.stringify(body) }),
    });
  return { server, ask };
}

test('with keys configured, a request needs one of the right scope; probes and docs stay open', async () => {
  const { ask } = await startGuarded();
  expect((await ask('POST', '/detect', null, READING)).status).toBe(401);
  expect((await ask('POST', '/detect', 'wrong', READING)).status).toBe(401);
  expect((await ask('POST', '/detect', 'secret-1', READING)).status).toBe(200);
  expect((await ask('GET', '/models', 'secret-1')).status).toBe(403);
  expect((await ask('GET', '/models', 'secret-2')).status).toBe(200);
  expect((await ask('GET', '/metrics', null)).status).toBe(401);
  for (const path of ['/health', '/ready', '/docs', '/openapi.json']) {
    expect((await ask('GET', path, null)).status).toBe(200);
  }
});

test('an ID token of a known caller opens every path, any other token none', async () => {
  const { fastify } = await buildTestApp({
    access: {
      keys: [],
      checkIdToken: async (token) => (token === 'good' ? 'detect@example.com' : null),
      readingsPerSecond: 0,
    },
  });
  const statusOf = async (authorization?: string) =>
    (await fastify.inject({ url: '/models', headers: { ...(authorization && { authorization }) } }))
      .statusCode;
  expect(await statusOf('Bearer good')).toBe(200);
  expect(await statusOf('Bearer bad')).toBe(401);
  expect(await statusOf()).toBe(401);
});

test('a client that asks for more than its share is slowed, others are not', async () => {
  const { ask } = await startGuarded({ RATE_LIMIT_READINGS_PER_SECOND: '0.5' });
  const batch = { readings: Array.from({ length: 5 }, () => READING) };
  expect((await ask('POST', '/detect/batch', 'secret-1', batch)).status).toBe(200);
  const slowed = await ask('POST', '/detect', 'secret-1', READING);
  expect(slowed.status).toBe(429);
  expect(Number(slowed.headers.get('retry-after'))).toBeGreaterThanOrEqual(1);
  expect((await ask('POST', '/detect', 'secret-2', READING)).status).toBe(200);
});

test('the server does not listen to others without keys, but where Cloud Run guards it', () => {
  const env = { GOOGLE_CLOUD_PROJECT: 'test', HOST: '0.0.0.0' };
  expect(() => readServeConfig(env)).toThrow(ConfigError);
  expect(readServeConfig({ ...env, K_SERVICE: 'ml-server' }).host).toBe('0.0.0.0');
  expect(readServeConfig({ ...env, API_KEYS_FILE: '/keys.json' }).host).toBe('0.0.0.0');
});

test.each([
  ['not JSON', 'secret'],
  ['a key in clear', '[{"name":"a","key":"secret","scopes":["detect"]}]'],
  ['an unknown scope', `[{"name":"a","sha256":"${sha256('x')}","scopes":["secret"]}]`],
])('a file of keys with %s is refused without saying what is in it', (_, text) => {
  const parse = () => parseApiKeys(text);
  expect(parse).toThrow(ConfigError);
  expect(parse).not.toThrow(/secret/);
});

function sha256(text: string): string {
  return createHash('sha256').update(text).digest('hex');
}
