import helmet from '@fastify/helmet';
import Fastify, { type FastifyError, type FastifyInstance } from 'fastify';
import { BacklogError, type ReadBacklog } from './backlog.ts';
import { drainOnClose } from './drain.ts';
import { BadRequestError } from './filters.ts';
import { latencyByRoute } from './latency.ts';
import { liveFeed } from './live-feed.ts';
import { metricsRoute } from './metrics-route.ts';
import { panelRoute } from './panel-route.ts';
import { type Scorer, ScorerError, type ScorerPath } from './scorer.ts';
import { siteRoutes } from './site.ts';
import { streamRoute, TooManyListenersError } from './stream-route.ts';
import { type Warehouse, WarehouseError } from './warehouse.ts';

export interface DashboardOptions {
  readonly warehouse: Warehouse;
  readonly scorer: Scorer;
  readonly backlog: ReadBacklog;
  /** What a million readings cost, by list prices; null where nobody said. For the cost so far. */
  readonly usdPerMillionReadings: number | null;
  /** The warehouse is on this machine, where nothing costs anything. */
  readonly isEmulated: boolean;
  /** Directory of the built web app. */
  readonly site: string;
  readonly now: () => number;
  /** BigQuery is polled this often for the live view, and only while a page is open. */
  readonly livePollMs: number;
  /** Public base URL of the ML server, for the `curl` that the page shows. */
  readonly mlServerUrl: string;
}

/** What the ML server says of itself, as it says it. */
const PASSED_ON: readonly (readonly [string, ScorerPath])[] = [
  ['/api/models', '/models'],
  ['/api/models/status', '/api/status'],
  ['/api/models/history', '/api/history'],
];

/** A stored version or a role; nothing that could lead to another path. */
const VERSION = /^\w[\w.-]{0,99}$/;

/** Time for answers that are under way when the server stops. */
const DRAIN_MS = 7_000;

/** The dashboard: its page at `/`, a read-only API below `/api`, `/health` and `/metrics`. */
export async function buildDashboard(options: DashboardOptions): Promise<FastifyInstance> {
  const { warehouse, scorer, now, livePollMs } = options;
  const app = Fastify({
    bodyLimit: 16 * 1024,
    requestTimeout: 30_000,
    keepAliveTimeout: 65_000,
    forceCloseConnections: 'idle',
    logger: false,
  });
  await app.register(helmet, {
    contentSecurityPolicy: {
      useDefaults: false,
      directives: {
        defaultSrc: ["'none'"],
        scriptSrc: ["'self'"],
        styleSrc: ["'self'"],
        imgSrc: ["'self'", 'data:'],
        connectSrc: ["'self'"],
        baseUri: ["'none'"],
        formAction: ["'none'"],
        frameAncestors: ["'none'"],
      },
    },
    // TLS ends before us: in the cloud at the load balancer, on a laptop there is none.
    strictTransportSecurity: false,
    referrerPolicy: { policy: 'no-referrer' },
  });
  app.setErrorHandler<FastifyError>((error, _request, reply) => {
    const { status, title } = problem(error);
    if (status === 500) console.error('dashboard: bug:', error);
    return reply
      .code(status)
      .type('application/problem+json')
      .send({
        status,
        title,
        detail: status === 500 ? 'see the log of the dashboard' : error.message,
      });
  });
  app.setNotFoundHandler((request, reply) =>
    reply
      .code(404)
      .type('application/problem+json')
      .send({
        status: 404,
        title: 'Nothing is here',
        detail: `${request.method} ${request.url.slice(0, 200)}`,
      }),
  );

  const feed = liveFeed({ warehouse, now, pollMs: livePollMs });
  app.addHook('onClose', async () => feed.stop());
  drainOnClose(app, DRAIN_MS);

  app.get('/health', () => ({ status: 'ok' }));
  metricsRoute(app, { warehouse, now });
  panelRoute(app, { warehouse, now });
  streamRoute(app, { feed, heartbeatMs: 15_000, maxListeners: 200 });
  app.get('/api/settings', () => ({
    ml_server_url: options.mlServerUrl,
    usd_per_million_readings: options.usdPerMillionReadings,
    is_emulated: options.isEmulated,
  }));
  app.get('/api/backlog', async () => ({ subscriptions: await options.backlog() }));
  app.post('/api/detect', async (request, reply) => {
    const { status, body } = await scorer.detect(request.body);
    return reply.code(status).type('application/json').send(body);
  });
  for (const [path, theirs] of PASSED_ON) {
    app.get(path, async (_request, reply) => {
      const { status, body } = await scorer.read(theirs);
      return reply.code(status).type('application/json').send(body);
    });
  }
  app.get<{ Params: { version: string } }>(
    '/api/models/:version/card',
    async ({ params: { version } }, reply) => {
      if (!VERSION.test(version)) {
        throw new BadRequestError(`version must be letters, digits, . _ or -, got "${version}"`);
      }
      const { status, body } = await scorer.read(`/models/${version}/card`);
      return reply
        .code(status)
        .type(status === 200 ? 'text/markdown; charset=utf-8' : 'application/problem+json')
        .send(body);
    },
  );
  app.get('/api/latency', async () => {
    const { status, body } = await scorer.read('/metrics');
    if (status !== 200) throw new ScorerError(`its metrics answered ${status}`);
    return { routes: latencyByRoute(body) };
  });
  await siteRoutes(app, options.site);
  return app;
}

function problem(error: FastifyError): { status: number; title: string } {
  if (error instanceof BadRequestError) return { status: 400, title: 'The request is not right' };
  if (error instanceof ScorerError) return { status: 502, title: 'The ML server did not answer' };
  if (error instanceof BacklogError)
    return { status: 502, title: 'Cloud Monitoring did not answer' };
  if (error instanceof TooManyListenersError) return { status: 503, title: 'Too many open pages' };
  if (error instanceof WarehouseError) {
    const titles = {
      slow: 'BigQuery is slow',
      busy: 'The dashboard is busy',
      away: 'BigQuery cannot be reached',
      refused: 'BigQuery refused the query',
      missing: 'A table does not exist yet',
    };
    return { status: error.kind === 'refused' ? 502 : 503, title: titles[error.kind] };
  }
  if (error.statusCode !== undefined && error.statusCode < 500) {
    return { status: error.statusCode, title: 'The request is not right' };
  }
  return { status: 500, title: 'The dashboard has a bug' };
}
