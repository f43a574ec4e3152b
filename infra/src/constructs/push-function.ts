import { CloudRunV2ServiceIamMember } from '@cdktf/provider-google/lib/cloud-run-v2-service-iam-member/index.js';
import { Cloudfunctions2Function } from '@cdktf/provider-google/lib/cloudfunctions2-function/index.js';
import { PubsubSubscription } from '@cdktf/provider-google/lib/pubsub-subscription/index.js';
import { PubsubSubscriptionIamMember } from '@cdktf/provider-google/lib/pubsub-subscription-iam-member/index.js';
import { PubsubTopicIamMember } from '@cdktf/provider-google/lib/pubsub-topic-iam-member/index.js';
import type { ServiceAccount } from '@cdktf/provider-google/lib/service-account/index.js';
import { StorageBucketObject } from '@cdktf/provider-google/lib/storage-bucket-object/index.js';
import { type FunctionName, SUBSCRIPTIONS, type Subscription } from '@plumbline/contracts';
import type { ITerraformDependable } from 'cdktf';
import { Construct } from 'constructs';
import type { Config } from '../config.ts';
import { buckets, builderEmail, repositoryHost } from '../names.ts';
import type { Zip } from '../zips.ts';
import { serviceAgent } from './service-account.ts';
import type { Topics } from './topics.ts';

/** What every function of a pipeline shares. */
export interface Platform {
  readonly config: Config;
  readonly projectNumber: string;
  readonly topics: Topics;
  readonly zips: Readonly<Record<FunctionName, Zip>>;
  /** The identity that Pub/Sub pushes with. */
  readonly pusher: ServiceAccount;
}

export interface PushFunction {
  readonly name: FunctionName;
  readonly runsAs: ServiceAccount;
  readonly environment?: Readonly<Record<string, string>>;
  readonly dependsOn: readonly ITerraformDependable[];
}

/** A Cloud Function with the subscriptions that push to it: only Pub/Sub may call it, with a signed token. */
export function pushFunction(
  parent: Construct,
  platform: Platform,
  { name, runsAs, environment, dependsOn }: PushFunction,
): Cloudfunctions2Function {
  const { config, pusher, zips } = platform;
  const scope = new Construct(parent, name);
  const size = config.functions[name];
  const subscriptions = Object.entries<Subscription>(SUBSCRIPTIONS).filter(
    ([, subscription]) => subscription.pushTo === name,
  );

  // The hash is part of the name: a new bundle is a new object, which is what makes a function deploy again.
  const source = new StorageBucketObject(scope, 'source', {
    bucket: buckets(config.projectId).source,
    name: `functions/${name}-${zips[name].sha256}.zip`,
    source: zips[name].path,
  });
  const deployed = new Cloudfunctions2Function(scope, 'function', {
    name,
    location: config.region,
    description: `Takes the pushes of ${subscriptions.map(([id]) => id).join(', ')}`,
    buildConfig: {
      runtime: 'nodejs24',
      entryPoint: name,
      serviceAccount: `projects/${config.projectId}/serviceAccounts/${builderEmail(config.projectId)}`,
      dockerRepository: `projects/${config.projectId}/locations/${config.region}/repositories/${repositoryHost(config.region, config.projectId).split('/').at(-1)}`,
      source: { storageSource: { bucket: source.bucket, object: source.name } },
    },
    serviceConfig: {
      serviceAccountEmail: runsAs.email,
      availableCpu: String(size.cpu),
      availableMemory: `${size.memoryMb}Mi`,
      maxInstanceRequestConcurrency: size.concurrency,
      minInstanceCount: size.minInstances,
      maxInstanceCount: size.maxInstances,
      // As long as Pub/Sub waits for the answer; work beyond that would be done twice.
      timeoutSeconds: Math.max(
        ...subscriptions.map(([, { ackDeadlineSeconds }]) => ackDeadlineSeconds),
      ),
      ingressSettings: 'ALLOW_INTERNAL_ONLY',
      allTrafficOnLatestRevision: true,
      environmentVariables: {
        GOOGLE_CLOUD_PROJECT: config.projectId,
        WAREHOUSE_WRITER: config.warehouseWriter,
        ...environment,
      },
    },
    dependsOn: [...dependsOn],
  });
  const invoker = new CloudRunV2ServiceIamMember(scope, 'pusher-invokes', {
    name: deployed.name,
    location: config.region,
    role: 'roles/run.invoker',
    member: pusher.member,
  });
  for (const [id, subscription] of subscriptions) {
    pushSubscription(scope, platform, id, subscription, deployed, invoker);
  }
  return deployed;
}

function pushSubscription(
  scope: Construct,
  { projectNumber, topics, pusher }: Platform,
  id: string,
  subscription: Subscription,
  target: Cloudfunctions2Function,
  invoker: ITerraformDependable,
): void {
  const { topic, deadLetter } = subscription;
  const created = new PubsubSubscription(scope, `subscription-${id}`, {
    ...subscriptionShape(id, subscription),
    topic: topics[topic].id,
    pushConfig: {
      pushEndpoint: target.serviceConfig.uri,
      oidcToken: { serviceAccountEmail: pusher.email, audience: target.serviceConfig.uri },
    },
    ...(deadLetter && {
      deadLetterPolicy: {
        deadLetterTopic: topics[deadLetter.topic].id,
        maxDeliveryAttempts: deadLetter.maxDeliveryAttempts,
      },
    }),
    dependsOn: [invoker],
  });
  if (deadLetter === undefined) return;
  // Without both grants Pub/Sub retries for ever and says nothing:
  // https://cloud.google.com/pubsub/docs/handling-failures#grant_forwarding_permissions
  const agent = serviceAgent(projectNumber, 'gcp-sa-pubsub');
  new PubsubSubscriptionIamMember(scope, `${id}-forwards`, {
    subscription: created.name,
    role: 'roles/pubsub.subscriber',
    member: agent,
  });
  new PubsubTopicIamMember(scope, `${id}-dead-letters`, {
    topic: topics[deadLetter.topic].name,
    role: 'roles/pubsub.publisher',
    member: agent,
  });
}

/** The part of a subscription that is the same on Google Cloud and on an emulator. */
export function subscriptionShape(id: string, subscription: Subscription) {
  return {
    name: id,
    ackDeadlineSeconds: subscription.ackDeadlineSeconds,
    enableMessageOrdering: subscription.isOrdered,
    messageRetentionDuration: '604800s',
    // The default deletes a subscription that was idle for 31 days, and with it what comes later.
    expirationPolicy: { ttl: '' },
    retryPolicy: {
      minimumBackoff: `${subscription.minimumBackoffSeconds}s`,
      maximumBackoff: `${subscription.maximumBackoffSeconds}s`,
    },
  };
}
