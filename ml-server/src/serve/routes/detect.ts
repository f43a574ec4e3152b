import {
  BatchReading,
  BatchResponse,
  DetectRequest,
  DetectResponse,
  MAX_BATCH_READINGS,
  METRIC_NAMES,
  METRICS,
  type MetricName,
} from '@plumbline/contracts';
import type { FastifyInstance, FastifyReply } from 'fastify';
import Type from 'typebox';
import { RequestProblem } from '../problem.ts';
import { checkSense, measuredAt, type ScoringDeps, scoreBatch } from '../score-batch.ts';
import type { ServerMetrics } from '../server-metrics.ts';
import { validatorCompiler } from '../validation.ts';
import { problemResponses } from './problem-responses.ts';

const READING_BODY_LIMIT = 16 * 1024;
const BATCH_BODY_LIMIT = 1024 * 1024;
/** A client that waits longer has given up: it should not be kept waiting. */
const DEADLINE_MS = 4_000;

export interface DetectDeps extends ScoringDeps {
  readonly metrics: ServerMetrics;
  now(): number;
  /** Monotonic milliseconds, for durations. */
  elapsed(): number;
}

/** The routes that judge readings. */
export function detectRoutes(app: FastifyInstance, deps: DetectDeps): void {
  const { now, elapsed, metrics, history, scorer } = deps;
  single(
    '/detect',
    null,
    'Is this reading an anomaly? Judges all metrics of one reading, together',
  );
  single('/detect/temperature', 'temperature', 'Is this temperature an anomaly?');
  single('/detect/vibration', 'vibration', 'Is this vibration an anomaly?');

  /** A route for one reading; `only` leaves all other metrics of the body aside. */
  function single(url: string, only: MetricName | null, summary: string): void {
    app.post<{ Body: DetectRequest }>(
      url,
      {
        bodyLimit: READING_BODY_LIMIT,
        config: { scope: 'detect' },
        schema: {
          summary,
          tags: ['detect'],
          body: only === null ? { ...DetectRequest, examples: [EXAMPLE] } : requiring(only),
          response: {
            200: { ...DetectResponse, description: 'The reading, and what is said of it' },
            ...problemResponses(400, 401, 403, 413, 415, 429, 503),
          },
        },
      },
      async (request): Promise<DetectResponse> => {
        const nowMs = now();
        const reading = only === null ? request.body : withOnly(request.body, only);
        const wrong = checkSense(reading, nowMs);
        if (0 < wrong.length) throw new RequestProblem('invalid_request', undefined, wrong);
        const startedMs = elapsed();
        const [before] = await history.recall([reading.device_id]);
        const atMs = measuredAt(reading, nowMs);
        const judged = scorer.judge(scorer.models(), before ?? null, reading, atMs);
        await history.keep(new Map([[reading.device_id, judged.memory]]));
        metrics.scored((elapsed() - startedMs) / 1000);
        const { place, ...echoed } = reading;
        return {
          ...echoed,
          timestamp: reading.timestamp ?? new Date(nowMs).toISOString(),
          is_temp_anomaly: judged.isAnomalous('temperature'),
          is_vibration_anomaly: judged.isAnomalous('vibration'),
          temp_anomaly_score: judged.scoreOf('temperature'),
          vibration_anomaly_score: judged.scoreOf('vibration'),
          ...judged.decision,
        };
      },
    );
  }

  app.post<{ Body: { readings: unknown[] } }>(
    '/detect/batch',
    {
      bodyLimit: BATCH_BODY_LIMIT,
      config: { scope: 'detect', isBatch: true },
      schema: {
        summary: `Up to ${MAX_BATCH_READINGS} readings, each judged alone in the order given`,
        tags: ['detect'],
        body: BatchRequest,
        response: {
          200: {
            ...BatchResponse,
            description: 'For each reading a decision or an error, in order',
          },
          ...problemResponses(400, 401, 403, 413, 415, 429, 503),
        },
      },
      // The envelope only: each reading is checked by itself, so that a bad one spoils no other.
      validatorCompiler: () => validatorCompiler({ schema: BatchEnvelope }),
      // The schema of the answer is a union, which a compiled serializer would match anew for each result.
      serializerCompiler: () => JSON.stringify,
    },
    async (request, reply): Promise<BatchResponse> => {
      const startedMs = elapsed();
      const isLate = () => DEADLINE_MS < elapsed() - startedMs;
      const results = await scoreBatch(
        scorer.models(),
        request.body.readings,
        now(),
        { history, scorer },
        () => isGone(reply) || isLate(),
      );
      if (results === null) throw new RequestProblem('out_of_time');
      metrics.scored((elapsed() - startedMs) / 1000);
      return { results };
    },
  );
}

const EXAMPLE = {
  device_id: 'sensor_001',
  timestamp: '2025-08-06T10:00:00Z',
  temperature: 35.5,
  vibration: 1.2,
};

const strict = { additionalProperties: false } as const;
const BatchRequest = Type.Object(
  { readings: Type.Array(BatchReading, { maxItems: MAX_BATCH_READINGS }) },
  { ...strict, examples: [{ readings: [EXAMPLE, { ...EXAMPLE, device_id: 'sensor_002' }] }] },
);
const BatchEnvelope = Type.Object(
  { readings: Type.Array(Type.Unknown(), { maxItems: MAX_BATCH_READINGS }) },
  strict,
);

function requiring(metric: MetricName) {
  const { min: minimum, max: maximum, unit, description: what } = METRICS[metric];
  const description = `${what}, in ${unit}`;
  return Type.Object(
    { ...DetectRequest.properties, [metric]: Type.Number({ minimum, maximum, description }) },
    { ...strict, examples: [withOnly(EXAMPLE, metric)] },
  );
}

function withOnly(reading: DetectRequest, metric: MetricName): DetectRequest {
  const others = METRIC_NAMES.filter((name) => name !== metric);
  return Object.fromEntries(
    Object.entries(reading).filter(([key]) => !others.some((name) => name === key)),
  ) as DetectRequest;
}

function isGone(reply: FastifyReply): boolean {
  return reply.raw.destroyed;
}
