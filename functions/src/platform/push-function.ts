import type { HttpFunction } from '@google-cloud/functions-framework';
import { TransientError } from '@plumbline/contracts';
import { OverloadedError } from './group-commit.ts';
import type { Log } from './log.ts';
import { type PushMessage, parsePushMessage } from './push-message.ts';

/**
 * An HTTP function that takes the pushes of one subscription.
 *
 * `handle` resolves when the message may be acknowledged (204). What it throws tells Pub/Sub to deliver
 * again: 429 when this instance is full, 503 when something it needs is away, 500 for a bug, which is logged.
 */
export function pushFunction(
  handle: (message: PushMessage) => Promise<void>,
  log: Log,
): HttpFunction {
  return async (request, response) => {
    const message = parsePushMessage(request.body);
    if (message === undefined) {
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
      response.status(204).end();
    } catch (error) {
      const status = statusOf(error);
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
