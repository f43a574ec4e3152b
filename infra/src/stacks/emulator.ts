import { GoogleProvider } from '@cdktf/provider-google/lib/provider/index.js';
import { PubsubSubscription } from '@cdktf/provider-google/lib/pubsub-subscription/index.js';
import { StorageBucket } from '@cdktf/provider-google/lib/storage-bucket/index.js';
import { FUNCTIONS, modelBucket, SUBSCRIPTIONS, type Subscription } from '@plumbline/contracts';
import { type App, LocalBackend, TerraformStack } from 'cdktf';
import { subscriptionShape } from '../constructs/push-function.ts';
import { topicsOf } from '../constructs/topics.ts';
import { datasetOf } from '../constructs/warehouse.ts';

/** Where the emulators listen, as `host:port`. */
export interface EmulatorAddresses {
  readonly pubsub: string;
  readonly bigquery: string;
  readonly storage: string;
}

const PROJECT = 'plumbline-emulator';

/**
 * The part of the pipeline that emulators can hold, made of the same pieces: topics, subscriptions, dataset and
 * model bucket. Lets Terraform's own provider check the resources without an account.
 */
export function emulatorStack(app: App, at: EmulatorAddresses): TerraformStack {
  const stack = new TerraformStack(app, 'emulator');
  new LocalBackend(stack, { path: '../../../state/emulator.tfstate' });
  new GoogleProvider(stack, 'google', {
    project: PROJECT,
    region: 'europe-west1',
    accessToken: 'emulator',
    pubsubCustomEndpoint: `http://${at.pubsub}/v1/`,
    bigQueryCustomEndpoint: `http://${at.bigquery}/bigquery/v2/`,
    storageCustomEndpoint: `http://${at.storage}/storage/v1/`,
    // The emulators refuse what they do not know, and labels of Terraform's own are of no use there.
    addTerraformAttributionLabel: false,
  });
  stack.addOverride('terraform.required_providers.google.source', 'hashicorp/google');

  const topics = topicsOf(stack);
  for (const [id, subscription] of Object.entries<Subscription>(SUBSCRIPTIONS)) {
    const { topic, deadLetter, pushTo } = subscription;
    new PubsubSubscription(stack, `subscription-${id}`, {
      ...subscriptionShape(id, subscription),
      topic: topics[topic].id,
      pushConfig: { pushEndpoint: `http://127.0.0.1:${FUNCTIONS[pushTo].localPort}/` },
      ...(deadLetter && {
        deadLetterPolicy: {
          deadLetterTopic: topics[deadLetter.topic].id,
          maxDeliveryAttempts: deadLetter.maxDeliveryAttempts,
        },
      }),
    });
  }
  datasetOf(stack, { dataLocation: 'EU', isProtected: false });
  new StorageBucket(stack, 'models', {
    name: modelBucket(PROJECT),
    location: 'EU',
    forceDestroy: true,
  });
  return stack;
}
