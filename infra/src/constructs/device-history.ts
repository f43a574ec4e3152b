import { ComputeNetwork } from '@cdktf/provider-google/lib/compute-network/index.js';
import { ComputeSubnetwork } from '@cdktf/provider-google/lib/compute-subnetwork/index.js';
import { RedisInstance } from '@cdktf/provider-google/lib/redis-instance/index.js';
import { SecretManagerSecret } from '@cdktf/provider-google/lib/secret-manager-secret/index.js';
import { SecretManagerSecretIamMember } from '@cdktf/provider-google/lib/secret-manager-secret-iam-member/index.js';
import { SecretManagerSecretVersion } from '@cdktf/provider-google/lib/secret-manager-secret-version/index.js';
import type { ServiceAccount } from '@cdktf/provider-google/lib/service-account/index.js';
import type { ITerraformDependable } from 'cdktf';
import { Construct } from 'constructs';
import type { Config } from '../config.ts';
import type { PrivateNetwork, RunService } from './run-service.ts';

export interface DeviceHistory {
  readonly environment: RunService['environment'];
  readonly network: PrivateNetwork;
  readonly dependsOn: readonly ITerraformDependable[];
}

const CERTIFICATE = { folder: '/etc/redis', file: 'ca.pem' };

/** Redis in a private network, so that several ML servers share the recent history of devices. */
export function deviceHistory(
  parent: Construct,
  config: Config,
  reader: ServiceAccount,
): DeviceHistory {
  const scope = new Construct(parent, 'device-history');
  const network = new ComputeNetwork(scope, 'network', {
    name: 'plumbline',
    autoCreateSubnetworks: false,
  });
  const subnetwork = new ComputeSubnetwork(scope, 'subnetwork', {
    name: 'plumbline',
    network: network.id,
    region: config.region,
    ipCidrRange: '10.8.0.0/26',
    privateIpGoogleAccess: true,
    logConfig: { aggregationInterval: 'INTERVAL_10_MIN', flowSampling: 0.1 },
  });
  const redis = new RedisInstance(scope, 'redis', {
    name: 'device-history',
    region: config.region,
    tier: config.isProtected ? 'STANDARD_HA' : 'BASIC',
    memorySizeGb: 1,
    redisVersion: 'REDIS_7_2',
    authorizedNetwork: network.id,
    authEnabled: true,
    transitEncryptionMode: 'SERVER_AUTHENTICATION',
  });

  const address = `rediss://default:\${${redis.fqn}.auth_string}@\${${redis.fqn}.host}:\${${redis.fqn}.port}`;
  const url = secret(scope, 'redis-url', address, reader);
  const certificate = secret(scope, 'redis-ca', `\${${redis.fqn}.server_ca_certs[0].cert}`, reader);
  return {
    environment: [
      { name: 'REDIS_URL', valueSource: { secretKeyRef: { secret: url.id, version: 'latest' } } },
      // Redis shows a certificate of its own authority, which Node must know before it starts.
      { name: 'NODE_EXTRA_CA_CERTS', value: `${CERTIFICATE.folder}/${CERTIFICATE.file}` },
    ],
    network: {
      access: {
        egress: 'PRIVATE_RANGES_ONLY',
        networkInterfaces: [{ network: network.id, subnetwork: subnetwork.id }],
      },
      volumes: [
        {
          name: 'redis-ca',
          secret: {
            secret: certificate.id,
            items: [{ path: CERTIFICATE.file, version: 'latest' }],
          },
        },
      ],
      mounts: [{ name: 'redis-ca', mountPath: CERTIFICATE.folder }],
    },
    dependsOn: [...url.dependsOn, ...certificate.dependsOn],
  };
}

function secret(scope: Construct, name: string, value: string, reader: ServiceAccount) {
  const created = new SecretManagerSecret(scope, name, {
    secretId: name,
    replication: { auto: {} },
  });
  const version = new SecretManagerSecretVersion(scope, `${name}-value`, {
    secret: created.id,
    secretData: value,
  });
  const readable = new SecretManagerSecretIamMember(scope, `${name}-readable`, {
    secretId: created.id,
    role: 'roles/secretmanager.secretAccessor',
    member: reader.member,
  });
  return { id: created.secretId, dependsOn: [version, readable] };
}
