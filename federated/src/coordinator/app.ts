import { type DeviceKey, findDeviceKey, maySpeakFor } from '@plumbline/contracts';
import { addProcessMetrics, createRegistry, METRICS_CONTENT_TYPE } from '@plumbline/telemetry';
import Fastify, { type FastifyInstance, type FastifyReply, type FastifyRequest } from 'fastify';
import { type Shape, weightCount } from '../model/autoencoder.ts';
import type { Coordinator, RoundRecord } from './coordinator.ts';
import { REFUSALS } from './judge-update.ts';
import { addRoundMetrics } from './metrics.ts';
import { roundBody } from './round-body.ts';

export interface CoordinatorAppDeps {
  readonly fleet: string;
  readonly shape: Shape;
  readonly coordinator: Coordinator;
  /** Empty: a client is taken at its name. */
  readonly keys: readonly DeviceKey[];
  /** The newest last; bounded by whoever keeps them. */
  history(): readonly RoundRecord[];
}

/** Five times what an update of 500 weights needs. */
const MAX_BODY_BYTES = 32_000;

/** The coordinator's server, not yet listening. */
export function buildCoordinatorApp(deps: CoordinatorAppDeps): FastifyInstance {
  const { fleet, shape, coordinator, keys, history } = deps;
  const app = Fastify({ logger: false, bodyLimit: MAX_BODY_BYTES, requestTimeout: 10_000 });
  const registry = createRegistry();
  addRoundMetrics(registry, coordinator, history);
  addProcessMetrics(registry);

  app.get('/health', async () => ({ status: 'ok' }));

  // Before the body is read: a stranger's costs nothing.
  const onRequest = async (request: FastifyRequest, reply: FastifyReply) => {
    if (keys.length === 0 || findDeviceKey(keys, request.headers.authorization)) return;
    reply.header('www-authenticate', 'Bearer');
    return await reply
      .code(401)
      .send({ error: 'a valid key is needed: Authorization: Bearer KEY' });
  };

  app.get<{ Querystring: { client_id?: string } }>(
    '/v1/task',
    { onRequest },
    async (request, reply) => {
      const clientId = String(request.query.client_id ?? '');
      if (!isOwn(request, clientId)) return await forbid(reply);
      const task = coordinator.task(clientId);
      if (task !== undefined) return task;
      return await reply.code(400).send({ error: 'client_id: no such name, or too many clients' });
    },
  );

  app.post('/v1/updates', { onRequest }, async (request, reply) => {
    const { client_id: clientId } = (request.body ?? {}) as { client_id?: unknown };
    if (!isOwn(request, String(clientId))) return await forbid(reply);
    const sizeBytes = Number(request.headers['content-length'] ?? 0);
    const outcome = coordinator.submit(request.body, sizeBytes);
    if (outcome === 'accepted') return { status: 'accepted' };
    return await reply
      .code(422)
      .send({ status: 'refused', reason: outcome, detail: REFUSALS[outcome] });
  });

  app.get('/api/status', async () => {
    const last = history().at(-1);
    return {
      fleet,
      status: coordinator.isOpen() ? 'collecting' : 'waiting',
      round: coordinator.round(),
      clients: coordinator.clientCount(),
      model: { shape, weights: weightCount(shape) },
      last_round: last === undefined ? null : roundBody(last),
    };
  });

  app.get<{ Querystring: { limit?: string } }>('/api/history', async (request) => {
    const limit = Math.min(1_000, Math.max(1, Number(request.query.limit) || 100));
    return { fleet, rounds: history().slice(-limit).map(roundBody) };
  });

  app.get('/metrics', async (_request, reply) => {
    reply.type(METRICS_CONTENT_TYPE);
    return registry.text();
  });
  return app;

  /** The key that a request came with may speak for the client that it names. */
  function isOwn(request: FastifyRequest, clientId: string): boolean {
    if (keys.length === 0) return true;
    const key = findDeviceKey(keys, request.headers.authorization);
    return key !== undefined && maySpeakFor(key, clientId);
  }
}

function forbid(reply: FastifyReply): FastifyReply {
  return reply.code(403).send({ error: 'client_id: the key may not speak for this client' });
}
