import { ServiceAccountIamMember } from '@cdktf/provider-google/lib/service-account-iam-member/index.js';
import type { FunctionName } from '@plumbline/contracts';
import { Construct } from 'constructs';
import type { Config } from '../config.ts';
import type { Zip } from '../zips.ts';
import { type Platform, pushFunction } from './push-function.ts';
import { serviceAccount, serviceAgent } from './service-account.ts';
import { grantPublish, topicsOf } from './topics.ts';
import type { Warehouse } from './warehouse.ts';

/** From a published message to a row: topics, who may publish, and the functions `ingest` and `dead-letter`. */
export function ingestion(
  parent: Construct,
  config: Config,
  projectNumber: string,
  zips: Readonly<Record<FunctionName, Zip>>,
  warehouse: Warehouse,
): Platform {
  const scope = new Construct(parent, 'ingestion');
  const pusher = serviceAccount(
    scope,
    'pubsub-push',
    'Pub/Sub calls the functions as this identity',
  );
  // Projects made before April 2021 need it: https://cloud.google.com/pubsub/docs/authenticate-push-subscriptions
  new ServiceAccountIamMember(scope, 'pubsub-signs-as-pusher', {
    serviceAccountId: pusher.name,
    role: 'roles/iam.serviceAccountTokenCreator',
    member: serviceAgent(projectNumber, 'gcp-sa-pubsub'),
  });
  const platform: Platform = { config, projectNumber, zips, pusher, topics: topicsOf(scope) };

  const ingest = serviceAccount(scope, 'ingest', 'The function ingest');
  pushFunction(scope, platform, {
    name: 'ingest',
    runsAs: ingest,
    dependsOn: [
      warehouse.grantWrite(ingest, 'readings_raw'),
      warehouse.grantWrite(ingest, 'dead_letters'),
    ],
  });
  const deadLetter = serviceAccount(scope, 'dead-letter', 'The function dead-letter');
  pushFunction(scope, platform, {
    name: 'dead-letter',
    runsAs: deadLetter,
    dependsOn: [warehouse.grantWrite(deadLetter, 'dead_letters')],
  });

  addPublishers(scope, platform);
  return platform;
}

function addPublishers(scope: Construct, { config, topics }: Platform): void {
  const gateway = serviceAccount(
    scope,
    'gateway',
    'Gateways outside of the project publish as this identity',
  );
  for (const [id, member] of [
    ['gateway', gateway.member],
    ...config.operators.map((operator) => [operator, operator]),
  ] as [string, string][]) {
    grantPublish(scope, `${id}-publishes`, topics.readings, member);
  }
  // What a gateway cannot make a reading of, it gives up by name.
  grantPublish(scope, 'gateway-dead-letters', topics['readings-dead'], gateway.member);
}
