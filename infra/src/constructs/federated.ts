import type { CloudRunV2Service } from '@cdktf/provider-google/lib/cloud-run-v2-service/index.js';
import type { StorageBucket } from '@cdktf/provider-google/lib/storage-bucket/index.js';
import { Construct } from 'constructs';
import type { Config } from '../config.ts';
import { imageOf } from '../names.ts';
import { deviceService } from './device-service.ts';
import { grantChange, grantRead } from './private-bucket.ts';
import { serviceAccount } from './service-account.ts';
import type { Warehouse } from './warehouse.ts';

/** The coordinator of a fleet that learns together: exactly one instance, which works between requests as well. */
export function federated(
  parent: Construct,
  config: Config,
  warehouse: Warehouse,
  models: StorageBucket,
): CloudRunV2Service {
  const scope = new Construct(parent, 'federated');
  const runsAs = serviceAccount(scope, 'coordinator', 'The coordinator of federated learning');
  return deviceService(scope, config, {
    name: 'coordinator',
    description: `Federated learning of the fleet ${config.fleet}: GET /v1/task, POST /v1/updates`,
    image: imageOf(config, 'federated'),
    size: { ...config.federated, concurrency: 80, minInstances: 1, maxInstances: 1 },
    worksBetweenRequests: true,
    runsAs,
    door: config.coordinator,
    keys: { secret: 'client-keys', variable: 'CLIENT_KEYS_FILE' },
    environment: [{ name: 'FLEET', value: config.fleet }],
    dependsOn: [
      warehouse.grantWrite(runsAs, 'federated_rounds'),
      warehouse.grantWrite(runsAs, 'federated_participants'),
      // Without it Google says "forbidden" of an object that is not there, and the first start would fail.
      grantRead(scope, runsAs, models),
      grantChange(scope, runsAs, models, {
        title: 'only-federated',
        description: 'The weights of rounds, which are written again after a crash',
        paths: [`federated/${config.fleet}/*`],
      }),
    ],
  });
}
