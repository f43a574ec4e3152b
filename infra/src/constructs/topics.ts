import { PubsubTopic } from '@cdktf/provider-google/lib/pubsub-topic/index.js';
import { PubsubTopicIamMember } from '@cdktf/provider-google/lib/pubsub-topic-iam-member/index.js';
import { TOPICS, type TopicName } from '@plumbline/contracts';
import type { ITerraformDependable } from 'cdktf';
import type { Construct } from 'constructs';

export type Topics = Readonly<Record<TopicName, PubsubTopic>>;

/**
 * The topics of `contracts/`.
 *
 * None has a Pub/Sub schema: it would refuse a bad reading at the door, where nobody sees it. Here every
 * message is taken, and what cannot be stored becomes a dead letter with its reason.
 */
export function topicsOf(scope: Construct): Topics {
  const entries = (Object.keys(TOPICS) as TopicName[]).map((name) => [
    name,
    new PubsubTopic(scope, `topic-${name}`, {
      name,
      messageRetentionDuration: `${TOPICS[name].retentionHours * 3600}s`,
    }),
  ]);
  return Object.fromEntries(entries) as Topics;
}

/** Lets a member publish to one topic. */
export function grantPublish(
  scope: Construct,
  id: string,
  topic: PubsubTopic,
  member: string,
): ITerraformDependable {
  return new PubsubTopicIamMember(scope, id, {
    topic: topic.name,
    role: 'roles/pubsub.publisher',
    member,
  });
}
