import type { PubSub, Topic } from '@google-cloud/pubsub';
import { PermanentError, type SendMessage } from './publish.ts';

/** gRPC codes where trying again cannot help: INVALID_ARGUMENT, NOT_FOUND, PERMISSION_DENIED, UNAUTHENTICATED. */
const PERMANENT_CODES = new Set([3, 5, 7, 16]);
const TIMEOUT_MS = 10_000;

/**
 * Sends messages to a topic with Google's client.
 *
 * The client neither gathers messages nor repeats calls: both happen in `publishReadings`, where they are counted.
 */
export function pubSubTopic(pubsub: PubSub, name: string): SendMessage {
  const topic: Topic = pubsub.topic(name, {
    messageOrdering: true,
    batching: { maxMessages: 1, maxMilliseconds: 0 },
    gaxOpts: { timeout: TIMEOUT_MS, maxRetries: 0 },
  });
  return async ({ data, attributes, orderingKey }) => {
    try {
      await topic.publishMessage({ data, attributes, orderingKey });
    } catch (error) {
      // After a failure the client refuses the key until told to go on.
      topic.resumePublishing(orderingKey);
      const { code, message } = error as { code?: number; message: string };
      // The client speaks of retries that it was told not to make.
      const reason = message.replace(/^Exceeded maximum number of retries [^:]*: /, '');
      const isPermanent = code !== undefined && PERMANENT_CODES.has(code);
      throw new (isPermanent ? PermanentError : Error)(`topic ${name}: ${reason}`, {
        cause: error,
      });
    }
  };
}
