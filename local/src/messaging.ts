import type { PubSub, TopicMetadata } from '@google-cloud/pubsub';
import {
  type FunctionName,
  SUBSCRIPTIONS,
  type Subscription,
  type SubscriptionName,
  TOPIC_SCHEMAS,
  TOPICS,
  type TopicName,
} from '@plumbline/contracts';

const ALREADY_EXISTS = 6;
const UNIMPLEMENTED = 12;

/**
 * Creates the topics with their schemas and the push subscriptions as contracts declare them.
 *
 * `endpoints` is where each function listens. A subscription that exists is pointed there.
 */
export async function createMessaging(
  pubsub: PubSub,
  endpoints: Readonly<Record<FunctionName, string>>,
): Promise<void> {
  for (const topic of Object.keys(TOPICS) as TopicName[]) {
    await pubsub.createTopic(await topicMetadata(pubsub, topic)).catch(unlessExists);
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

/** Creates the schema of a topic that has one. */
async function topicMetadata(pubsub: PubSub, name: TopicName): Promise<TopicMetadata> {
  const schema = TOPIC_SCHEMAS[name];
  if (schema === undefined) return { name };
  try {
    await pubsub.createSchema(schema.name, schema.type, schema.definition).catch(unlessExists);
  } catch (error) {
    // Google's emulator knows no schemas of protocol buffers: a topic there takes what comes.
    if ((error as { code?: number }).code === UNIMPLEMENTED) return { name };
    throw error;
  }
  const resource = `projects/${pubsub.projectId}/schemas/${schema.name}`;
  return { name, schemaSettings: { schema: resource, encoding: schema.encoding } };
}

function unlessExists(error: { code?: number }): void {
  if (error.code !== ALREADY_EXISTS) throw error;
}
