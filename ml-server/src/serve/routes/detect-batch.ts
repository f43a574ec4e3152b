import { BatchReading, BatchResponse, MAX_BATCH_READINGS } from '@plumbline/contracts';
import type { FastifyInstance, FastifyReply } from 'fastify';
import Type from 'typebox';
import { type Explain, isPlainBatch, type PlainBatch, readPlainBatch } from '../plain-batch.ts';
import { RequestProblem } from '../problem.ts';
import { MAX_AHEAD_MS, scoreBatch, scorePlainBatch } from '../score-batch.ts';
import { validatorCompiler } from '../validation.ts';
import type { DetectDeps } from './detect.ts';
import { problemResponses } from './problem-responses.ts';

const BODY_LIMIT = 1024 * 1024;
/** A client that waits longer has given up: it should not be kept waiting. */
const DEADLINE_MS = 4_000;

/** The route for many readings, and the reader of its bodies. */
export function batchRoute(
  app: FastifyInstance,
  { now, elapsed, metrics, history, scorer }: DetectDeps,
  example: object,
): void {
  const batchRequest = {
    ...batchOf(BatchReading),
    examples: [{ readings: [example, { ...example, device_id: 'sensor_002' }] }],
  };
  // A context of its own, as the other routes take a body as text.
  app.register((scope, _options, done) => {
    if (history === null) readPlainBodies(scope, now);
    scope.post<{ Body: PlainBatch | { readings: unknown[]; explain?: Explain } }>(
      '/detect/batch',
      {
        bodyLimit: BODY_LIMIT,
        config: { scope: 'detect', isBatch: true },
        schema: {
          summary: `Up to ${MAX_BATCH_READINGS} readings, each judged alone in the order given`,
          tags: ['detect'],
          body: batchRequest,
          response: {
            200: {
              ...BatchResponse,
              description: 'For each reading a decision or an error, in order',
            },
            ...problemResponses(400, 401, 403, 413, 415, 429, 503),
          },
        },
        // The envelope only: each reading is checked by itself, so that a bad one spoils no other.
        validatorCompiler: () => {
          const check = validatorCompiler({ schema: batchOf(Type.Unknown()) });
          return (input: unknown) => isPlainBatch(input) || check(input);
        },
      },
      async ({ body }, reply) => {
        const startedMs = elapsed();
        const isAbandoned = () => isGone(reply) || DEADLINE_MS < elapsed() - startedMs;
        const models = scorer.models();
        const bytes = isPlainBatch(body)
          ? await scorePlainBatch(models, body, scorer, isAbandoned)
          : await scoreBatch(
              models,
              body.readings,
              { nowMs: now(), explain: body.explain ?? 'all' },
              { history, scorer },
              isAbandoned,
            );
        if (bytes === null) throw new RequestProblem('out_of_time');
        metrics.scored((elapsed() - startedMs) / 1000);
        return reply.header('content-type', 'application/json; charset=utf-8').send(bytes);
      },
    );
    done();
  });
}

/** Readings that are judged by themselves need no objects; all that is not plain is parsed as on any route. */
function readPlainBodies(scope: FastifyInstance, now: () => number): void {
  const parse = scope.getDefaultJsonParser('ignore', 'ignore');
  scope.removeContentTypeParser('application/json');
  scope.addContentTypeParser(
    'application/json',
    { parseAs: 'buffer' },
    (request, body: Buffer, done) => {
      const plain = readPlainBatch(body, now(), MAX_AHEAD_MS);
      if (plain !== null) done(null, plain);
      else void parse(request, body.toString('utf8'), done);
    },
  );
}

function batchOf<Reading extends Type.TSchema>(reading: Reading) {
  return Type.Object(
    {
      readings: Type.Array(reading, { maxItems: MAX_BATCH_READINGS }),
      explain: Type.Optional(
        Type.Union([Type.Literal('all'), Type.Literal('anomalies')], {
          description:
            'anomalies: leave `metrics` of ordinary readings empty, and `detectors` but for random_cut_forest; all, if missing',
        }),
      ),
    },
    { additionalProperties: false },
  );
}

function isGone(reply: FastifyReply): boolean {
  return reply.raw.destroyed;
}
