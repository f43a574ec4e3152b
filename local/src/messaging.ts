import type { PubSub } from '@google-cloud/pubsub';
import {
  type FunctionName,
  SUBSCRIPTIONS,
  type Subscription,
  type SubscriptionName,
  TOPICS,
} from '@plumbline/contracts';

const ALREADY_EXISTS = 6;

/**
 * Creates the topics and the push subscriptions as contracts declare them.
 *
 * `endpoints` is where each function listens. A subscription that exists is pointed there.
 */
export async function createMessaging(
  pubsub: PubSub,
  endpoints: Readonly<Record<FunctionName, string>>,
): Promise<void> {
  for (const topic of Object.keys(TOPICS)) {
    await pubsub.createTopic(topic).catch(unlessExists);
  }
  for (const name of Object.keys(SUBSCRIPTIONS) as SubscriptionName[]) {
    const declared: Subscription = SUBSCRIPTIONS[name];
    const pushConfig = { pushEndpoint: endpoints[declared.pushTo] };
    await pubsub
      .topic(declared.topic)
      .createSubscription(name, {
        pushConfig,
        ackDeadlineSeconds: declared.ackDeadlineSeconds,
        enableMessageOrdering: declared.isOrdered,
        retryPolicy: {
          minimumBackoff: { seconds: declared.minimumBackoffSeconds },
          maximumBackoff: { seconds: declared.maximumBackoffSeconds },
        },
        ...(declared.deadLetter && {
          deadLetterPolicy: {
            deadLetterTopic: `projects/${pubsub.projectId}/topics/${declared.deadLetter.topic}`,
            maxDeliveryAttempts: declared.deadLetter.maxDeliveryAttempts,
          },
        }),
      })
      .catch(async (error) => {
        unlessExists(error);
        await pubsub.subscription(name).modifyPushConfig(pushConfig);
      });
  }
}

function unlessExists(error: { code?: number }): void {
  if (error.code !== ALREADY_EXISTS) throw error;
}
