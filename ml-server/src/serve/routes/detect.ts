import {
  type Decision,
  DetectRequest,
  DetectResponse,
  METRIC_NAMES,
  METRICS,
  type MetricName,
} from '@plumbline/contracts';
import type { FastifyInstance, FastifyReply } from 'fastify';
import Type from 'typebox';
import { detectText } from '../answer-text.ts';
import type { DeviceHistory } from '../device-history.ts';
import type { CheckedReading } from '../judge-alone.ts';
import { metricsOf, metricsOfPlain } from '../plain-reading.ts';
import { RequestProblem } from '../problem.ts';
import { checkSense, measuredAt, type ScoringDeps } from '../score-batch.ts';
import type { ServerMetrics } from '../server-metrics.ts';
import { validatorCompiler } from '../validation.ts';
import { batchRoute } from './detect-batch.ts';
import { problemResponses } from './problem-responses.ts';

const READING_BODY_LIMIT = 16 * 1024;

export interface DetectDeps extends ScoringDeps {
  readonly metrics: ServerMetrics;
  now(): number;
  /** Monotonic milliseconds, for durations. */
  elapsed(): number;
}

/** The routes that judge readings. */
export function detectRoutes(app: FastifyInstance, deps: DetectDeps): void {
  const { now, elapsed, metrics, history, scorer } = deps;
  const judgeSoon = judgeByTurn(deps);
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
        validatorCompiler: readingValidator(only),
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
      (request, reply) => {
        const nowMs = now();
        const reading = only === null ? request.body : withOnly(request.body, only);
        const wrong = checkSense(reading, nowMs);
        if (0 < wrong.length) throw new RequestProblem('invalid_request', undefined, wrong);
        const atMs = measuredAt(reading, nowMs);
        const metricSet = metricsOfPlain(reading) || metricsOf(reading);
        const waiting = { reading, metrics: metricSet, atMs, nowMs, reply };
        // A promise for each request is a tenth of its cost: where there is nothing to wait for, none is made.
        return history === null ? judgeSoon(waiting) : judgeByHistory(history, waiting);
      },
    );
  }

  async function judgeByHistory(memories: DeviceHistory, one: Waiting): Promise<FastifyReply> {
    const startedMs = elapsed();
    const decision = await judgeInTurn(memories, one.reading, one.atMs);
    metrics.scored((elapsed() - startedMs) / 1000);
    return answer(one, decision);
  }

  async function judgeInTurn(
    memories: DeviceHistory,
    reading: DetectRequest,
    atMs: number,
  ): Promise<Decision> {
    const [before] = await memories.recall([reading.device_id]);
    const judged = scorer.judge(scorer.models(), before ?? null, reading, atMs);
    await memories.keep(new Map([[reading.device_id, judged.memory]]));
    return judged.decision;
  }

  batchRoute(app, deps, EXAMPLE);
}

/** A reading that passed all checks, and whom to tell. */
interface Waiting extends CheckedReading {
  readonly nowMs: number;
  readonly reply: FastifyReply;
}

/** More requests than these no longer fit into the cache themselves. */
const MAX_TOGETHER = 16;

/**
 * Judges by themselves, and answers, readings that came in during one turn of the event loop together: the
 * forest and our code are then read into the processor's cache once a turn, which costs more than to run them.
 */
function judgeByTurn({ scorer, metrics, elapsed }: DetectDeps): (one: Waiting) => void {
  let waiting: Waiting[] = [];
  return (one) => {
    waiting.push(one);
    if (MAX_TOGETHER <= waiting.length) judgeWaiting();
    else if (waiting.length === 1) setImmediate(judgeWaiting);
  };

  function judgeWaiting(): void {
    if (waiting.length === 0) return;
    const readings = waiting;
    waiting = [];
    try {
      const startedMs = elapsed();
      const verdicts = scorer.judgeAllAlone(scorer.models(), readings);
      const seconds = (elapsed() - startedMs) / 1000 / readings.length;
      for (let i = 0; i < readings.length; i++) {
        metrics.scored(seconds);
        answer(readings[i] as Waiting, verdicts.decisionOf(i));
      }
    } catch (error) {
      for (const { reply } of readings) if (!reply.sent) reply.send(error);
    }
  }
}

/** Past Fastify, whose way to send asks of each answer what is known of this one. */
function answer({ reading, nowMs, reply }: Waiting, decision: Decision): FastifyReply {
  const timestamp = reading.timestamp ?? new Date(nowMs).toISOString();
  const text = detectText(reading, timestamp, decision);
  const { raw } = reply.hijack();
  raw.writeHead(200, ['content-type', JSON_TYPE, 'content-length', `${Buffer.byteLength(text)}`]);
  raw.end(text);
  return reply;
}

const EXAMPLE = {
  device_id: 'sensor_001',
  timestamp: '2025-08-06T10:00:00Z',
  temperature: 35.5,
  vibration: 1.2,
};

/** Most readings are plain, and checked in a fifth of the time that the schema takes. */
function readingValidator(only: MetricName | null) {
  const wanted = only === null ? -1 : 1 << METRIC_NAMES.indexOf(only);
  return (route: { schema: unknown }) => {
    const check = validatorCompiler(route);
    return (input: unknown) => {
      const isPlain = (metricsOfPlain(input) & wanted) !== 0;
      return (isPlain && !Object.hasOwn(input as object, 'reading_id')) || check(input);
    };
  };
}

const JSON_TYPE = 'application/json; charset=utf-8';

const strict = { additionalProperties: false } as const;

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
