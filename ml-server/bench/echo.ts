// A bare Fastify that checks what our server checks and answers what it answers, and judges nothing.
import type { AddressInfo } from 'node:net';
import {
  BatchReading,
  type DetectResponse as Detected,
  DetectRequest,
  DetectResponse,
} from '@plumbline/contracts';
import Fastify from 'fastify';
import Type from 'typebox';

const app = Fastify({ ajv: { customOptions: { coerceTypes: false } }, bodyLimit: 1024 * 1024 });

app.post<{ Body: DetectRequest }>(
  '/detect',
  { schema: { body: DetectRequest, response: { 200: DetectResponse } } },
  async ({ body }) => said(body),
);
app.post<{ Body: { readings: BatchReading[] } }>(
  '/detect/batch',
  {
    schema: { body: Type.Object({ readings: Type.Array(BatchReading) }) },
    serializerCompiler: () => JSON.stringify,
  },
  async ({ body }) => ({ results: body.readings.map(said) }),
);
await app.listen({ host: '127.0.0.1', port: 0 });
console.log(`listens on http://127.0.0.1:${(app.server.address() as AddressInfo).port}`);
process.once('SIGTERM', () => process.exit(0));

function said(reading: BatchReading): Detected {
  return {
    device_id: reading.device_id,
    timestamp: '2026-01-05T09:00:00.000Z',
    temperature: 21,
    vibration: 1.2,
    is_temp_anomaly: false,
    is_vibration_anomaly: false,
    temp_anomaly_score: 0.4,
    vibration_anomaly_score: 0.3,
    is_anomaly: false,
    score: 0.4,
    threshold: 1,
    severity: 'normal',
    anomaly_types: [],
    is_alert: false,
    explanation: 'Nothing unusual',
    detectors: ['rule', 'forest', 'joint_forest', 'streaming'].map((detector) => ({
      detector,
      score: 0.4,
      threshold: 1,
      is_anomaly: false,
    })),
    metrics: ['temperature', 'vibration'].map((metric) => ({
      metric,
      value: 21,
      expected: 21,
      low: 18,
      high: 30,
      score: 0.4,
      threshold: 1,
      is_anomaly: false,
      share: 0.5,
    })),
    model_version: '20260107T000001Z-00000000',
  };
}
