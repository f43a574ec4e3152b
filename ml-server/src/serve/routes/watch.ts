import type { FastifyInstance } from 'fastify';
import Type from 'typebox';
import type { Gate } from '../limits.ts';
import type { LiveModel } from '../live-model.ts';
import { METRICS_CONTENT_TYPE } from '../prometheus.ts';
import type { Scorer } from '../scorer.ts';
import type { ServerMetrics } from '../server-metrics.ts';

export interface WatchDeps {
  readonly modelName: string;
  readonly model: LiveModel;
  readonly gate: Gate;
  readonly metrics: ServerMetrics;
  readonly scorer: Scorer;
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

const ModelsAnswer = Type.Object({
  name: Type.String(),
  current: Type.Union([
    Type.Object({
      version: Type.String(),
      trained_at: Type.String(),
      models: Type.Array(
        Type.Object({
          metrics: Type.Array(Type.String()),
          place_type: nullableString,
          sample_count: Type.Integer(),
          threshold: Type.Number(),
        }),
      ),
    }),
    Type.Null(),
  ]),
  shadow: Type.Union(
    [
      Type.Object({
        version: Type.String(),
        reading_count: Type.Integer(),
        both_count: Type.Integer(),
        current_only_count: Type.Integer(),
        challenger_only_count: Type.Integer(),
        mean_score_difference: Type.Number(),
      }),
      Type.Null(),
    ],
    { description: 'what a challenger says beside the current model: anomalies of both or of one' },
  ),
  drift: Type.Array(
    Type.Object({ metric: Type.String(), feature: Type.String(), index: Type.Number() }),
    {
      description:
        'population stability index of live readings against training: below 0.1 none, above 0.25 much',
    },
  ),
  problem: Type.Union([
    Type.Object({ at: Type.String(), reason: Type.String(), message: Type.String() }),
    Type.Null(),
  ]),
});

/** The routes for those who watch the server: probes, Prometheus, people who ask which model is at work. */
export function watchRoutes(app: FastifyInstance, deps: WatchDeps): void {
  const { modelName, model, gate, metrics, scorer } = deps;
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
      return { status, detectors: detectorsOf(version !== null), model_version: version } as const;
    },
  );

  app.get(
    '/models',
    {
      config: { scope: 'watch' },
      schema: {
        summary:
          'The model version at work, how far the world has moved since, and what a challenger would say',
        tags: ['models'],
        response: { 200: ModelsAnswer },
      },
    },
    async () => {
      const current = model.current();
      const problem = model.problem();
      return {
        name: modelName,
        current: current && {
          version: current.version,
          trained_at: current.trainedAt,
          models: current.bundle.models.map((one) => ({
            metrics: [...one.metrics],
            place_type: one.placeType,
            sample_count: one.sampleCount,
            threshold: one.threshold,
          })),
        },
        shadow: scorer.shadow(),
        drift: [...scorer.drift()],
        problem: problem && {
          at: new Date(problem.atMs).toISOString(),
          reason: problem.reason,
          message: problem.message,
        },
      };
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

function detectorsOf(hasModel: boolean): string[] {
  return ['rule', 'streaming', ...(hasModel ? ['forest', 'joint_forest'] : [])];
}
