import { PubsubSchema } from '@cdktf/provider-google/lib/pubsub-schema/index.js';
import {
  PubsubTopic,
  type PubsubTopicSchemaSettings,
} from '@cdktf/provider-google/lib/pubsub-topic/index.js';
import { PubsubTopicIamMember } from '@cdktf/provider-google/lib/pubsub-topic-iam-member/index.js';
import { TOPIC_SCHEMAS, TOPICS, type TopicName } from '@plumbline/contracts';
import type { ITerraformDependable } from 'cdktf';
import type { Construct } from 'constructs';

export type Topics = Readonly<Record<TopicName, PubsubTopic>>;

/**
 * The topics of `contracts/`, with the schemas that some have. `readings` has none: see
 * docs/decisions/0005-schemas.md.
 */
export function topicsOf(scope: Construct): Topics {
  const entries = (Object.keys(TOPICS) as TopicName[]).map((name) => {
    const schemaSettings = schemaOf(scope, name);
    const topic = new PubsubTopic(scope, `topic-${name}`, {
      name,
      messageRetentionDuration: `${TOPICS[name].retentionHours * 3600}s`,
      ...(schemaSettings && { schemaSettings }),
    });
    return [name, topic];
  });
  return Object.fromEntries(entries) as Topics;
}

function schemaOf(scope: Construct, topic: TopicName): PubsubTopicSchemaSettings | undefined {
  const declared = TOPIC_SCHEMAS[topic];
  if (declared === undefined) return undefined;
  const { name, type, encoding, definition } = declared;
  const schema = new PubsubSchema(scope, `schema-${topic}`, { name, type, definition });
  return { schema: schema.id, encoding };
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
