import type { CloudRunV2Service } from '@cdktf/provider-google/lib/cloud-run-v2-service/index.js';
import type { Construct } from 'constructs';
import type { Config, Door } from '../config.ts';
import { grantInvoke, type RunService, runService } from './run-service.ts';
import { secretFiles, secretPath } from './secret-files.ts';

export interface DeviceService extends RunService {
  readonly door: Door;
  readonly keys: {
    /** The secret with the hashes of keys. */
    readonly secret: string;
    /** The variable that tells the service where the file is. */
    readonly variable: string;
  };
}

/**
 * A service that devices call. Behind `private` stands Google's IAM with the operators; with `keys` Google lets
 * everybody through, and the service refuses who brings no key: it is given the file that makes it ask.
 */
export function deviceService(
  scope: Construct,
  config: Config,
  { door, keys, ...service }: DeviceService,
): CloudRunV2Service {
  if (door !== 'keys') {
    const created = runService(scope, config, service);
    for (const operator of config.operators) {
      grantInvoke(scope, `${operator}-calls`, created, operator);
    }
    return created;
  }
  const files = secretFiles(scope, service.runsAs, [keys.secret]);
  const created = runService(scope, config, {
    ...service,
    environment: [...service.environment, { name: keys.variable, value: secretPath(keys.secret) }],
    files,
  });
  grantInvoke(scope, 'devices-call', created, 'allUsers');
  return created;
}
