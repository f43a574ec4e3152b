import Fastify, { type FastifyInstance } from 'fastify';
import { type Shape, weightCount } from '../model/autoencoder.ts';
import type { Coordinator, RoundRecord } from './coordinator.ts';
import { REFUSALS } from './judge-update.ts';
import { roundBody } from './round-body.ts';

export interface CoordinatorAppDeps {
  readonly fleet: string;
  readonly shape: Shape;
  readonly coordinator: Coordinator;
  /** The newest last; bounded by whoever keeps them. */
  history(): readonly RoundRecord[];
}

/** Five times what an update of 500 weights needs. */
const MAX_BODY_BYTES = 32_000;

/** The coordinator's server, not yet listening. */
export function buildCoordinatorApp(deps: CoordinatorAppDeps): FastifyInstance {
  const { fleet, shape, coordinator, history } = deps;
  const app = Fastify({ logger: false, bodyLimit: MAX_BODY_BYTES, requestTimeout: 10_000 });

  app.get('/health', async () => ({ status: 'ok' }));

  app.get<{ Querystring: { client_id?: string } }>('/v1/task', async (request, reply) => {
    const task = coordinator.task(String(request.query.client_id ?? ''));
    if (task !== undefined) return task;
    return await reply.code(400).send({ error: 'client_id: no such name, or too many clients' });
  });

  app.post('/v1/updates', async (request, reply) => {
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
    reply.type('text/plain; version=0.0.4; charset=utf-8');
    const last = history().at(-1);
    return [
      gauge('round', 'The newest round.', coordinator.round()),
      gauge('clients', 'Clients that asked for work lately.', coordinator.clientCount()),
      gauge('participants', 'Clients in the last round.', last?.participants.length ?? 0),
      gauge('loss', 'Mean error at the start of the last round.', last?.loss ?? Number.NaN),
    ].join('');
  });
  return app;
}

function gauge(name: string, help: string, value: number): string {
  const full = `plumbline_federated_${name}`;
  return `# HELP ${full} ${help}\n# TYPE ${full} gauge\n${full} ${value}\n`;
}
