import {
  CloudRunV2Service,
  type CloudRunV2ServiceTemplateContainersEnv,
  type CloudRunV2ServiceTemplateContainersVolumeMounts,
  type CloudRunV2ServiceTemplateVolumes,
  type CloudRunV2ServiceTemplateVpcAccess,
} from '@cdktf/provider-google/lib/cloud-run-v2-service/index.js';
import { CloudRunV2ServiceIamMember } from '@cdktf/provider-google/lib/cloud-run-v2-service-iam-member/index.js';
import type { ServiceAccount } from '@cdktf/provider-google/lib/service-account/index.js';
import type { ITerraformDependable } from 'cdktf';
import type { Construct } from 'constructs';
import type { Config } from '../config.ts';
import type { Size } from '../environments.ts';
import type { SecretFiles } from './secret-files.ts';

export interface RunService {
  readonly name: string;
  readonly description: string;
  readonly image: string;
  readonly size: Size;
  readonly runsAs: ServiceAccount;
  readonly environment: readonly CloudRunV2ServiceTemplateContainersEnv[];
  readonly network?: PrivateNetwork | undefined;
  readonly files?: SecretFiles;
  /** Has a processor while no request is in it, and is paid for it; without, only while it answers. */
  readonly worksBetweenRequests?: boolean;
  readonly dependsOn: readonly ITerraformDependable[];
}

/** What a container needs to reach something in a private network. */
export interface PrivateNetwork {
  readonly access: CloudRunV2ServiceTemplateVpcAccess;
  readonly volumes: CloudRunV2ServiceTemplateVolumes[];
  readonly mounts: CloudRunV2ServiceTemplateContainersVolumeMounts[];
}

/**
 * An HTTP service on Cloud Run. Its address is public, but every request needs an identity that was granted
 * `run.invoker`, which Google checks before the container sees it.
 */
export function runService(
  scope: Construct,
  config: Config,
  service: RunService,
): CloudRunV2Service {
  const { size, network, files, worksBetweenRequests = false } = service;
  const volumes = [...(network?.volumes ?? []), ...(files?.volumes ?? [])];
  const mounts = [...(network?.mounts ?? []), ...(files?.mounts ?? [])];
  const probe = { httpGet: { path: '/health' }, timeoutSeconds: 2 };
  return new CloudRunV2Service(scope, 'service', {
    name: service.name,
    location: config.region,
    description: service.description,
    ingress: 'INGRESS_TRAFFIC_ALL',
    deletionProtection: config.isProtected,
    template: {
      serviceAccount: service.runsAs.email,
      executionEnvironment: 'EXECUTION_ENVIRONMENT_GEN2',
      maxInstanceRequestConcurrency: size.concurrency,
      timeout: '60s',
      scaling: { minInstanceCount: size.minInstances, maxInstanceCount: size.maxInstances },
      containers: [
        {
          image: service.image,
          env: [
            { name: 'GOOGLE_CLOUD_PROJECT', value: config.projectId },
            // Everywhere else our servers listen for this machine only.
            { name: 'HOST', value: '0.0.0.0' },
            ...service.environment,
          ],
          ports: { containerPort: 8080 },
          resources: {
            limits: { cpu: String(size.cpu), memory: `${size.memoryMb}Mi` },
            cpuIdle: !worksBetweenRequests,
            startupCpuBoost: true,
          },
          startupProbe: { ...probe, periodSeconds: 2, failureThreshold: 30 },
          livenessProbe: { ...probe, periodSeconds: 30, failureThreshold: 3 },
          ...(mounts.length > 0 && { volumeMounts: mounts }),
        },
      ],
      ...(network && { vpcAccess: network.access }),
      ...(volumes.length > 0 && { volumes }),
    },
    dependsOn: [...service.dependsOn, ...(files?.dependsOn ?? [])],
  });
}

/** Lets a member send requests to a service. */
export function grantInvoke(
  scope: Construct,
  id: string,
  service: CloudRunV2Service,
  member: string,
): ITerraformDependable {
  return new CloudRunV2ServiceIamMember(scope, id, {
    name: service.name,
    location: service.location,
    role: 'roles/run.invoker',
    member,
  });
}
