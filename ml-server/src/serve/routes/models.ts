import type { FastifyInstance } from 'fastify';
import Type from 'typebox';
import type { VersionEntry } from '../../model/operations.ts';
import type { DeviceHistory } from '../device-history.ts';
import type { Gate } from '../limits.ts';
import type { LiveModel } from '../live-model.ts';
import { RequestProblem } from '../problem.ts';
import type { Scorer } from '../scorer.ts';
import { modelCardRoute } from './model-card.ts';
import { problemResponses } from './problem-responses.ts';

export interface ModelDeps {
  readonly modelName: string;
  readonly model: LiveModel;
  readonly challenger: LiveModel;
  readonly history: DeviceHistory | null;
  readonly scorer: Scorer;
  readonly gate: Gate;
  /** The stored versions, oldest first. */
  listVersions(): Promise<readonly VersionEntry[]>;
  /** The card of a version in Markdown, null if it has none. */
  readCard(version: string): Promise<string | null>;
  now(): number;
}

/** Asking the bucket at every request would let any client spend our quota. */
const LIST_EVERY_MS = 10_000;
const MAX_LISTED = 100;

const nullableString = Type.Union([Type.String(), Type.Null()]);

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

const StatusAnswer = Type.Object({
  started_at: Type.String(),
  model_version: nullableString,
  challenger_version: nullableString,
  judged_count: Type.Integer({ description: 'readings since the start' }),
  anomaly_count: Type.Integer({ description: 'anomalies among them' }),
  device_count: Type.Union([Type.Integer(), Type.Null()], {
    description: 'devices remembered; null where they are remembered in Redis',
  }),
  requests_in_flight: Type.Integer(),
});

const HistoryAnswer = Type.Object({
  name: Type.String(),
  versions: Type.Array(Type.Object({ version: Type.String(), roles: Type.Array(Type.String()) }), {
    description: `newest first, at most ${MAX_LISTED}`,
  }),
});

/** The routes for people and programs that ask which model is at work, and how it fares. */
export function modelRoutes(app: FastifyInstance, deps: ModelDeps): void {
  const { modelName, model, challenger, scorer, now } = deps;
  const startedAt = new Date(now()).toISOString();
  const config = { scope: 'watch' } as const;
  const listed = keepFor(LIST_EVERY_MS, deps.listVersions, now);
  modelCardRoute(app, { listVersions: listed, readCard: deps.readCard });

  app.get(
    '/models',
    {
      config,
      schema: {
        summary:
          'The model version at work, how far the world has moved since, and what a challenger would say',
        tags: ['models'],
        response: { 200: ModelsAnswer, ...problemResponses(401, 403) },
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
    '/api/status',
    {
      config,
      schema: {
        summary: 'What the server has done since it started',
        tags: ['models'],
        response: { 200: StatusAnswer, ...problemResponses(401, 403) },
      },
    },
    async () => {
      const counts = scorer.counts();
      const sum = (chosen: typeof counts) => chosen.reduce((total, { count }) => total + count, 0);
      const deviceCount = deps.history?.deviceCount() ?? 0;
      return {
        started_at: startedAt,
        model_version: model.current()?.version ?? null,
        challenger_version: challenger.current()?.version ?? null,
        judged_count: sum(counts),
        anomaly_count: sum(counts.filter(({ isAnomaly }) => isAnomaly)),
        device_count: Number.isNaN(deviceCount) ? null : deviceCount,
        requests_in_flight: deps.gate.inFlight(),
      };
    },
  );

  app.get(
    '/api/history',
    {
      config,
      schema: {
        summary: 'The stored model versions and the roles they play',
        tags: ['models'],
        response: { 200: HistoryAnswer, ...problemResponses(401, 403, 503) },
      },
    },
    async () => {
      const versions = await listed().catch(() => {
        throw new RequestProblem('bucket_unreachable');
      });
      const newestFirst = [...versions].reverse().slice(0, MAX_LISTED);
      return {
        name: modelName,
        versions: newestFirst.map(({ version, roles }) => ({ version, roles: [...roles] })),
      };
    },
  );
}

/** Asks again only when the last answer is old; who asks meanwhile shares it. A failure is not kept. */
function keepFor<Answer>(
  ms: number,
  ask: () => Promise<Answer>,
  now: () => number,
): () => Promise<Answer> {
  let kept: { readonly answer: Promise<Answer>; readonly untilMs: number } | null = null;
  return () => {
    if (kept !== null && now() < kept.untilMs) return kept.answer;
    const answer = ask();
    kept = { answer, untilMs: now() + ms };
    answer.catch(() => {
      kept = null;
    });
    return answer;
  };
}
