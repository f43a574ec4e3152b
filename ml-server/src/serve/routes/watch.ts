import { METRICS_CONTENT_TYPE } from '@plumbline/telemetry';
import type { FastifyInstance } from 'fastify';
import Type from 'typebox';
import type { DeviceHistory } from '../device-history.ts';
import type { Gate } from '../limits.ts';
import type { LiveModel } from '../live-model.ts';
import type { ServerMetrics } from '../server-metrics.ts';

export interface WatchDeps {
  readonly model: LiveModel;
  readonly gate: Gate;
  readonly metrics: ServerMetrics;
  /** Null: nothing is remembered of devices, so the streaming detectors are silent. */
  readonly history: DeviceHistory | null;
  /** True once the first look for a model is over, and the recent past is known. */
  isReady(): boolean;
}

const nullableString = Type.Union([Type.String(), Type.Null()]);

const Readiness = Type.Object({
  status: Type.Union([Type.Literal('ready'), Type.Literal('starting'), Type.Literal('draining')]),
  detectors: Type.Array(Type.String(), {
    description: 'who answers now; forests join when a first model is trained',
    examples: [['rule', 'streaming', 'forest', 'joint_forest']],
  }),
  model_version: nullableString,
});

/** The routes for probes and Prometheus. */
export function watchRoutes(app: FastifyInstance, deps: WatchDeps): void {
  const { model, gate, metrics } = deps;
  const config = { isProbe: true };

  app.get(
    '/health',
    {
      config,
      schema: {
        summary: 'Alive: if this does not answer, restart the server',
        tags: ['watch'],
        response: { 200: Type.Object({ status: Type.Literal('ok') }) },
      },
    },
    async () => ({ status: 'ok' as const }),
  );

  app.get(
    '/ready',
    {
      config,
      schema: {
        summary:
          'Ready for requests. Without a model rules and streaming detectors answer, which is ready too',
        tags: ['watch'],
        response: { 200: Readiness, 503: Readiness },
      },
    },
    async (_request, reply) => {
      const status = gate.isDraining() ? 'draining' : deps.isReady() ? 'ready' : 'starting';
      if (status !== 'ready') reply.code(503);
      const version = model.current()?.version ?? null;
      return {
        status,
        detectors: detectorsOf(deps.history !== null, version !== null),
        model_version: version,
      } as const;
    },
  );

  app.get(
    '/metrics',
    {
      config: { isProbe: true, scope: 'watch' },
      schema: { summary: 'Metrics in Prometheus’ text format', tags: ['watch'] },
    },
    async (_request, reply) => reply.type(METRICS_CONTENT_TYPE).send(metrics.text()),
  );
}

function detectorsOf(hasHistory: boolean, hasModel: boolean): string[] {
  return [
    'rule',
    ...(hasHistory ? ['streaming'] : []),
    ...(hasModel ? ['forest', 'joint_forest'] : []),
  ];
}
