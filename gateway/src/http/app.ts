import { createHash } from 'node:crypto';
import {
  type DeviceKey,
  findDeviceKey,
  MAX_READINGS_PER_MESSAGE,
  maySpeakFor,
  TransientError,
} from '@plumbline/contracts';
import { PermanentError } from '@plumbline/simulator';
import { type Log, METRICS_CONTENT_TYPE, type Registry } from '@plumbline/telemetry';
import Fastify, { type FastifyInstance, type FastifyReply, type FastifyRequest } from 'fastify';
import type { Forwarder } from '../forward/forward.ts';
import { type Answer, keepAnswers } from './answered.ts';
import { BodyRefused, type Item, MEDIA_TYPES, parseBody } from './parse-body.ts';
import { type ProblemCode, problem, RequestProblem } from './problem.ts';
import { createRateLimit } from './rate-limit.ts';

export interface AppDeps {
  readonly forwarder: Forwarder;
  /** Empty: no key is asked for. */
  readonly keys: readonly DeviceKey[];
  /** Of one key or, without keys, of one address. A key may have its own. */
  readonly readingsPerSecond: number;
  /** Longest that a request waits for Pub/Sub; 8 s if absent. */
  readonly answerWithinMs?: number;
  /** What /metrics shows; the items that come here are added to it. */
  readonly registry: Registry;
  /** What /ready answers by; true if absent. */
  readonly isReady?: () => boolean;
  readonly log: Log;
  now(): number;
}

/** What 500 wide readings need five times over; as much as a Pub/Sub message of ours may have. */
const MAX_BODY_BYTES = 1_000_000;
const REQUEST_TIMEOUT_MS = 10_000;
const ANSWER_WITHIN_MS = 8_000;
const KEEP_ANSWERS_MS = 10 * 60_000;
const MAX_ANSWER_BYTES = 16_000_000;
const IDEMPOTENCY_KEY = /^[\x21-\x7e]{1,200}$/;

/** The server, not yet listening. */
export function buildApp(deps: AppDeps): FastifyInstance {
  const { forwarder, keys, registry, isReady = () => true, log, now } = deps;
  const app = Fastify({
    logger: false,
    bodyLimit: MAX_BODY_BYTES,
    requestTimeout: REQUEST_TIMEOUT_MS,
    connectionTimeout: 30_000,
    keepAliveTimeout: 65_000,
    http: {
      headersTimeout: 5_000,
      requestTimeout: REQUEST_TIMEOUT_MS,
      connectionsCheckingInterval: 1_000,
    },
  });
  // The reasons are a closed set, for each is a series.
  const items = registry.counter(
    'iot_gateway_items_total',
    'Items received, by what became of them',
    ['outcome'],
  );
  const limit = createRateLimit(deps.readingsPerSecond, MAX_READINGS_PER_MESSAGE, now);
  const answered = keepAnswers({ keepMs: KEEP_ANSWERS_MS, maxBytes: MAX_ANSWER_BYTES, now });

  app.removeAllContentTypeParsers();
  app.addContentTypeParser(
    Object.keys(MEDIA_TYPES),
    { parseAs: 'buffer' },
    (_request, body, done) => {
      done(null, body);
    },
  );
  app.setErrorHandler((error: Error, request, reply) => answerError(error, request, reply));
  app.setNotFoundHandler((request, reply) => {
    if (request.url.split('?', 1)[0] !== '/v1/readings') return send(reply, 'not_found', '');
    reply.header('allow', 'POST');
    return send(reply, 'method_not_allowed', 'use POST');
  });

  app.get('/health', async () => ({ status: 'ok' }));
  app.get('/ready', async (_request, reply) => {
    if (isReady()) return { status: 'ready' };
    return await reply.code(503).send({ status: 'not ready' });
  });
  app.get('/metrics', async (_request, reply) => {
    reply.type(METRICS_CONTENT_TYPE);
    return registry.text();
  });

  app.post<{ Body: Buffer }>(
    '/v1/readings',
    {
      // Before the body is read: a stranger's costs nothing.
      onRequest: async (request) => {
        charge(request, keys.length > 0 ? keyOf(request) : undefined, 1);
        if (request.headers['content-encoding'] !== undefined) {
          throw new RequestProblem('unsupported_media_type', 'content-encoding is not supported');
        }
      },
    },
    async (request, reply) => {
      const key = keys.length > 0 ? keyOf(request) : undefined;
      const { status, body } = await answerOnce(request, key);
      reply.code(status).type('application/json');
      return body;
    },
  );
  return app;

  function keyOf(request: FastifyRequest): DeviceKey {
    const key = findDeviceKey(keys, request.headers.authorization);
    if (key === undefined) throw new RequestProblem('unauthorized', 'a device key is needed');
    return key;
  }

  /** @throws RequestProblem when the principal has sent too many readings lately */
  function charge(request: FastifyRequest, key: DeviceKey | undefined, count: number): void {
    const principal = key === undefined ? `address ${request.ip}` : `key ${key.name}`;
    const waitSeconds = limit.take(principal, count, key?.readingsPerSecond);
    if (waitSeconds === 0) return;
    items.add(count, 'rate_limited');
    const detail = `too many readings: send them again in ${waitSeconds} s`;
    throw new RequestProblem('rate_limited', detail, waitSeconds);
  }

  async function answerOnce(
    request: FastifyRequest<{ Body: Buffer }>,
    key: DeviceKey | undefined,
  ): Promise<Answer> {
    const given = request.headers['idempotency-key'];
    if (given === undefined) return await answer(request, key, undefined);
    if (typeof given !== 'string' || !IDEMPOTENCY_KEY.test(given)) {
      const detail = 'idempotency-key: expected 1 to 200 printable ASCII characters';
      throw new RequestProblem('invalid_request', detail);
    }
    const scoped = `${key?.name ?? ''}\n${given}`;
    const fingerprint = hash(`${request.headers['content-type']}\n`, request.body);
    const found = await answered.once(scoped, fingerprint, () => answer(request, key, scoped));
    if (found === 'other') {
      throw new RequestProblem('key_reused', 'idempotency-key: it came before with another body');
    }
    return found;
  }

  async function answer(
    request: FastifyRequest<{ Body: Buffer }>,
    key: DeviceKey | undefined,
    scope: string | undefined,
  ): Promise<Answer> {
    const mediaType = request.headers['content-type']?.split(';', 1)[0]?.trim().toLowerCase() ?? '';
    const parsed = parseBody({
      form: MEDIA_TYPES[mediaType as keyof typeof MEDIA_TYPES],
      body: request.body,
      nowMs: now(),
      idOf: (index) => (scope === undefined ? undefined : hash(`${scope}\n${index}`).slice(0, 32)),
    });
    // The first was charged before the body was read.
    if (parsed.length > 1) charge(request, key, parsed.length - 1);
    const judged = parsed.map((item) => (key === undefined ? item : permitted(item, key)));
    const readings = new Map(
      judged.flatMap((item) => (item.ok ? [[item.reading.readingId, item.reading]] : [])),
    );
    if (readings.size > 0) {
      await within(
        deps.answerWithinMs ?? ANSWER_WITHIN_MS,
        forwarder.forward([...readings.values()]),
      );
    }
    for (const item of judged) items.add(1, item.ok ? 'accepted' : item.reason);
    return { status: statusOf(judged), body: JSON.stringify(report(judged)) };
  }

  function answerError(error: Error, request: FastifyRequest, reply: FastifyReply): FastifyReply {
    if (error instanceof RequestProblem) {
      if (error.retryAfterSeconds !== undefined) {
        reply.header('retry-after', String(error.retryAfterSeconds));
      }
      return send(reply, error.code, error.message);
    }
    if (error instanceof BodyRefused) {
      items.add(1, error.reason);
      return send(reply, error.reason, error.message, error.pointer);
    }
    if (error instanceof TransientError) return send(reply, 'unavailable', error.message);
    if (error instanceof PermanentError) {
      log('ERROR', `Pub/Sub refuses: ${error.message}`);
      return send(reply, 'unavailable', 'Pub/Sub refuses the readings: see the log');
    }
    const { statusCode = 500, code } = error as { statusCode?: number; code?: string };
    if (statusCode === 413) return send(reply, 'too_large', `at most ${MAX_BODY_BYTES} bytes`);
    if (statusCode === 415 || code === 'FST_ERR_CTP_INVALID_MEDIA_TYPE') {
      const detail = `expected one of ${Object.keys(MEDIA_TYPES).join(', ')}`;
      return send(reply, 'unsupported_media_type', detail);
    }
    if (statusCode < 500) return send(reply, 'invalid_request', '');
    log('ERROR', `bug: ${error.stack ?? error.message}`, { path: request.routeOptions.url });
    return send(reply, 'internal', '');
  }
}

function permitted(item: Item, key: DeviceKey): Item {
  if (!item.ok || maySpeakFor(key, item.reading.deviceId)) return item;
  const { index, pointer } = item;
  const detail = 'device_id: the key may not speak for this device';
  return { ok: false, index, pointer, reason: 'invalid_field', detail };
}

/** 200: all is with Pub/Sub; 207: a part of it; 422: nothing. */
function statusOf(items: readonly Item[]): number {
  if (items.every(({ ok }) => ok)) return 200;
  return items.some(({ ok }) => ok) ? 207 : 422;
}

function report(items: readonly Item[]) {
  return {
    accepted: items.filter(({ ok }) => ok).length,
    refused: items.filter(({ ok }) => !ok).length,
    items: items.map((item) => {
      if (item.ok) {
        return { index: item.index, status: 'accepted', reading_id: item.reading.readingId };
      }
      const { index, pointer, reason, detail } = item;
      return { index, status: 'refused', pointer, reason, detail };
    }),
  };
}

/** @throws TransientError after `ms`; the readings may reach Pub/Sub all the same */
async function within(ms: number, work: Promise<void>): Promise<void> {
  let late: NodeJS.Timeout | undefined;
  const tooLate = new Promise<never>((_, reject) => {
    const detail = 'Pub/Sub did not answer in time: send the same readings again';
    late = setTimeout(() => reject(new TransientError(detail)), ms);
  });
  try {
    await Promise.race([work, tooLate]);
  } finally {
    clearTimeout(late);
  }
}

function send(reply: FastifyReply, code: ProblemCode, detail: string, pointer?: string) {
  const body = problem(code, detail, pointer);
  if (body.status === 503) reply.header('retry-after', '1');
  if (body.status === 401) reply.header('www-authenticate', 'Bearer');
  return reply.code(body.status).type('application/problem+json').send(JSON.stringify(body));
}

function hash(...parts: readonly (string | Uint8Array)[]): string {
  const sum = createHash('sha256');
  for (const part of parts) sum.update(part);
  return sum.digest('hex');
}
