// A bare Fastify that checks what our server checks and answers what it answers, and judges nothing.
import {
  BatchReading,
  type DetectResponse as Detected,
  DetectRequest,
  DetectResponse,
} from '@plumbline/contracts';
import Fastify from 'fastify';
import Type from 'typebox';
import { answerBytes } from '../src/serve/answer-bytes.ts';
import { type PlainBatch, readPlainBatch } from '../src/serve/plain-batch.ts';

const app = Fastify({ ajv: { customOptions: { coerceTypes: false } }, bodyLimit: 1024 * 1024 });

app.post<{ Body: DetectRequest }>(
  '/detect',
  { schema: { body: DetectRequest, response: { 200: DetectResponse } } },
  async ({ body }) => said(body),
);

const batch = { schema: { body: Type.Object({ readings: Type.Array(BatchReading) }) } };
app.post<{ Body: { readings: BatchReading[] } }>(
  '/detect/batch',
  { ...batch, serializerCompiler: () => JSON.stringify },
  async ({ body }) => ({ results: body.readings.map((reading) => said(reading)) }),
);

// The same route as our server's, with its own reader and its own words, but for the scores.
app.register((scope, _options, done) => {
  scope.removeContentTypeParser('application/json');
  scope.addContentTypeParser(
    'application/json',
    { parseAs: 'buffer' },
    (_request, body: Buffer, parsed) => parsed(null, readPlainBatch(body, Date.now(), 600_000)),
  );
  scope.post<{ Body: PlainBatch | null }>('/detect/batch/unscored', async ({ body }, reply) => {
    if (body === null) throw new Error('not plain');
    const { count } = body.readings;
    const answer = answerBytes(count, VERSION);
    answer.text('{"results":[');
    for (let place = 0; place < count; place++) {
      if (0 < place) answer.text(',');
      answer.plainBrief(body, place, '', 0.4321098765432101);
    }
    answer.text(']}');
    return reply.header('content-type', 'application/json; charset=utf-8').send(answer.end());
  });
  done();
});

app.get('/metrics', async () => {
  const { user, system } = process.cpuUsage();
  return `process_cpu_seconds_total ${(user + system) / 1e6}\n`;
});

app.get('/health', async () => ({ status: 'ok' }));

await app.listen({ host: '127.0.0.1', port: Number(process.env.PORT) });
process.once('SIGTERM', () => process.exit(0));

const VERSION = '20260107T000001Z-00000000';

/** As our server answers: a detector more for more than one metric. */
function said(reading: BatchReading): Detected {
  const metrics = (['temperature', 'vibration'] as const).filter((name) => name in reading);
  const detectors = ['rule', 'forest', ...(metrics.length < 2 ? [] : ['joint_forest'])];
  return {
    ...reading,
    device_id: reading.device_id,
    timestamp: reading.timestamp ?? '',
    is_temp_anomaly: false,
    is_vibration_anomaly: false,
    temp_anomaly_score: 0.4321098765432101,
    vibration_anomaly_score: 0.3210987654321098,
    is_anomaly: false,
    score: 0.4321098765432101,
    threshold: 1,
    severity: 'normal',
    anomaly_types: [],
    is_alert: false,
    explanation: 'Nothing unusual',
    detectors: detectors.map((detector) => ({
      detector,
      score: 0.4321098765432101,
      threshold: 0.5876543210987654,
      is_anomaly: false,
    })),
    metrics: metrics.map((metric) => ({
      metric,
      value: reading[metric] as number,
      expected: 21.98765432109877,
      low: 16.54321098765432,
      high: 27.12345678901235,
      score: 0.4321098765432101,
      threshold: 1,
      is_anomaly: false,
      share: 1 / metrics.length,
    })),
    model_version: VERSION,
  };
}
