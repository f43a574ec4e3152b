import type { HttpFunction } from '@google-cloud/functions-framework';
import { TransientError } from '@plumbline/contracts';
import { type Log, METRICS_CONTENT_TYPE } from '@plumbline/telemetry';
import type { FunctionMetrics } from './function-metrics.ts';
import { OverloadedError } from './group-commit.ts';
import { type PushMessage, parsePushMessage } from './push-message.ts';

/**
 * An HTTP function that takes the pushes of one subscription.
 *
 * `handle` resolves when the message may be acknowledged (204). What it throws tells Pub/Sub to deliver
 * again: 429 when this instance is full, 503 when something it needs is away, 500 for a bug, which is logged.
 * `GET /metrics` answers what this instance counted.
 */
export function pushFunction(
  handle: (message: PushMessage) => Promise<void>,
  log: Log,
  metrics: FunctionMetrics,
): HttpFunction {
  return async (request, response) => {
    if (request.method === 'GET' && request.path === '/metrics') {
      response.type(METRICS_CONTENT_TYPE).send(metrics.text());
      return;
    }
    const startMs = performance.now();
    const answered = (status: number, lagSeconds?: number) =>
      metrics.answered(status, (performance.now() - startMs) / 1000, lagSeconds);
    const message = parsePushMessage(request.body);
    if (message === undefined) {
      answered(400);
      response.status(400).json({
        title: 'Bad Request',
        status: 400,
        detail:
          'expected a Pub/Sub push: {"message": {"messageId": "…", "data": "base64"}, "subscription": "…"}',
      });
      return;
    }
    try {
      await handle(message);
      const { publishedAtMs } = message;
      answered(204, publishedAtMs && (Date.now() - publishedAtMs) / 1000);
      response.status(204).end();
    } catch (error) {
      const status = statusOf(error);
      answered(status);
      log(status === 500 ? 'ERROR' : 'WARNING', 'message not acknowledged', {
        status,
        messageId: message.messageId,
        error:
          error instanceof Error ? (status === 500 ? error.stack : error.message) : String(error),
      });
      response.status(status).set('retry-after', '1').end();
    }
  };
}

function statusOf(error: unknown): number {
  if (error instanceof OverloadedError) return 429;
  return error instanceof TransientError ? 503 : 500;
}
