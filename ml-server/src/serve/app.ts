import { randomUUID } from 'node:crypto';
import type { RuleSet } from '@plumbline/detection';
import { createRegistry } from '@plumbline/telemetry';
import Fastify, { type FastifyInstance } from 'fastify';
import type { VersionEntry } from '../model/operations.ts';
import { type AccessRules, guardAccess } from './access.ts';
import type { CutForests } from './cut-forests.ts';
import type { DeviceHistory } from './device-history.ts';
import { answerBrokenRequest, answerErrors } from './errors.ts';
import { type Gate, installGate, type Limits } from './limits.ts';
import type { LiveModel } from './live-model.ts';
import { type Log, logRequests, type RequestLog, statusOf } from './request-log.ts';
import { detectRoutes } from './routes/detect.ts';
import { collectSchemas, docsRoutes } from './routes/docs.ts';
import { modelRoutes } from './routes/models.ts';
import { watchRoutes } from './routes/watch.ts';
import { createScorer } from './scorer.ts';
import { createServerMetrics } from './server-metrics.ts';
import { validatorCompiler } from './validation.ts';
import { createVerdictMetrics } from './verdict-metrics.ts';

export interface AppDeps {
  readonly projectId: string;
  readonly modelName: string;
  readonly model: LiveModel;
  readonly challenger: LiveModel;
  /** Null: each reading is judged by itself. */
  readonly history: DeviceHistory | null;
  /** Null: no series has a random cut forest. */
  readonly cutForests: CutForests | null;
  readonly rules: RuleSet;
  /** The stored versions, oldest first. */
  listVersions(): Promise<readonly VersionEntry[]>;
  /** The card of a version in Markdown, null if it has none. */
  readCard(version: string): Promise<string | null>;
  readonly limits: Limits;
  readonly access: AccessRules;
  readonly log: Log;
  readonly logRequest: RequestLog;
  /** True while the recent past is read: requests are told to come again. */
  isWarming(): boolean;
  /** True once the first look for a model is over, and the recent past is known. */
  isReady(): boolean;
  now(): number;
  /** Monotonic milliseconds. */
  elapsed(): number;
}

export interface App {
  readonly fastify: FastifyInstance;
  readonly gate: Gate;
}

/** Headers must be here this long after the connection, and the whole request so long. */
const HEADERS_TIMEOUT_MS = 3_000;
const REQUEST_TIMEOUT_MS = 5_000;

/** The server, not yet listening. Everything it asks of the world is in `deps`. */
export async function buildApp(deps: AppDeps): Promise<App> {
  const fastify = Fastify({
    logger: false,
    bodyLimit: 16 * 1024,
    requestTimeout: REQUEST_TIMEOUT_MS,
    keepAliveTimeout: 65_000,
    connectionTimeout: 30_000,
    maxRequestsPerSocket: 10_000,
    // The schemas refuse these keys like any other that they do not name, and say which it was.
    onProtoPoisoning: 'ignore',
    onConstructorPoisoning: 'ignore',
    genReqId: requestIds(),
    // `requestTimeout` alone leaves slow headers and slow bodies open for a minute and more: Node looks at
    // its connections every 30 s, and its own limit for headers is 60 s.
    http: {
      headersTimeout: HEADERS_TIMEOUT_MS,
      requestTimeout: REQUEST_TIMEOUT_MS,
      connectionsCheckingInterval: 1_000,
      maxHeaderSize: 8_192,
    },
    clientErrorHandler: answerBrokenRequest,
    // What Fastify would load and compile instead takes a third of the start; the answers that many ask for are
    // written by hand. Its types know only Ajv here.
    schemaController: {
      compilersFactory: {
        buildValidator: () => validatorCompiler as never,
        buildSerializer: () => () => JSON.stringify,
      },
    },
  });
  fastify.removeContentTypeParser('text/plain');
  const registry = createRegistry();
  const verdicts = createVerdictMetrics(registry);
  const scorer = createScorer(deps.model, deps.challenger, deps.rules, verdicts, deps.cutForests);
  const note = logRequests(deps.projectId, deps.logRequest);
  const gate = installGate(fastify, deps.limits, deps.isWarming, deps.elapsed, (ended, tookMs) => {
    const { request, reply, route } = ended;
    metrics.requested(route.url ?? 'none', request.method, statusOf(reply), tookMs / 1000);
    note(ended, tookMs);
  });
  const metrics = createServerMetrics(registry, { ...deps, gate, scorer });
  guardAccess(fastify, deps.access, deps.now);
  answerErrors(fastify, deps.log);
  await collectSchemas(fastify);
  detectRoutes(fastify, { ...deps, scorer, metrics });
  modelRoutes(fastify, { ...deps, scorer, gate });
  watchRoutes(fastify, { ...deps, metrics, gate });
  docsRoutes(fastify);
  await fastify.ready();
  return { fastify, gate };
}

/** Ids that no other process gives. A UUID for each would take longer than to judge it. */
function requestIds(): () => string {
  const process = randomUUID();
  let count = 0;
  return () => `${process}-${++count}`;
}
