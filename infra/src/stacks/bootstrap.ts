import { ArtifactRegistryRepository } from '@cdktf/provider-google/lib/artifact-registry-repository/index.js';
import { ArtifactRegistryRepositoryIamMember } from '@cdktf/provider-google/lib/artifact-registry-repository-iam-member/index.js';
import { ProjectIamMember } from '@cdktf/provider-google/lib/project-iam-member/index.js';
import { ProjectService } from '@cdktf/provider-google/lib/project-service/index.js';
import { StorageBucket } from '@cdktf/provider-google/lib/storage-bucket/index.js';
import { StorageBucketIamMember } from '@cdktf/provider-google/lib/storage-bucket-iam-member/index.js';
import {
  type App,
  type ITerraformDependable,
  LocalBackend,
  TerraformResource,
  TerraformStack,
} from 'cdktf';
import type { Config } from '../config.ts';
import { privateBucket } from '../constructs/private-bucket.ts';
import { serviceAccount } from '../constructs/service-account.ts';
import { BUILDER, buckets, REPOSITORY } from '../names.ts';
import { googleBetaProvider, googleProvider } from './google.ts';

/**
 * What must exist before the pipeline can be built: APIs, Google's own identities, the buckets for state and
 * sources, the image repository and the identity that builds.
 *
 * Its state is a local file, because the bucket for states is made here. It holds no secret.
 */
export function bootstrapStack(app: App, config: Config): TerraformStack {
  const stack = new TerraformStack(app, `bootstrap-${config.name}`);
  new LocalBackend(stack, { path: `../../../state/bootstrap-${config.name}.tfstate` });
  googleProvider(stack, config);

  const apis = apisOf(config).map(
    (api) =>
      new ProjectService(stack, `api-${api}`, {
        service: `${api}.googleapis.com`,
        // Turning an API off on `destroy` would take down whatever else the project uses it for.
        disableOnDestroy: false,
      }),
  );
  addServiceAgents(stack, config, apis);
  const source = addBuckets(stack, config, apis);
  addBuilder(stack, config, source, apis);
  return stack;
}

function apisOf(config: Config): string[] {
  return [
    'artifactregistry',
    'bigquery',
    'bigquerydatatransfer',
    'bigquerystorage',
    'cloudbuild',
    'cloudfunctions',
    'cloudquotas',
    'cloudresourcemanager',
    'cloudscheduler',
    'iam',
    'iamcredentials',
    'logging',
    'monitoring',
    'pubsub',
    'run',
    'serviceusage',
    'storage',
    ...(config.budget ? ['billingbudgets'] : []),
    ...(config.dashboardAccess === 'iap' ? ['iap'] : []),
    ...(config.hasRedis ? ['compute', 'redis'] : []),
    ...(readsSecrets(config) ? ['secretmanager'] : []),
  ];
}

function readsSecrets(config: Config): boolean {
  const { hasRedis, httpGateway, coordinator, mqtt } = config;
  return hasRedis || [httpGateway, coordinator].includes('keys') || (mqtt?.secrets.length ?? 0) > 0;
}

/**
 * Google makes its agents on first use, which is too late for a stack that grants them roles. The resource for
 * asking exists in the beta provider only.
 */
function addServiceAgents(
  stack: TerraformStack,
  config: Config,
  apis: ITerraformDependable[],
): void {
  const services = [
    'pubsub',
    'bigquerydatatransfer',
    ...(config.dashboardAccess === 'iap' ? ['iap'] : []),
  ];
  googleBetaProvider(stack, config);
  const agents = services.map((service) => {
    const agent = new TerraformResource(stack, `agent-${service}`, {
      terraformResourceType: 'google_project_service_identity',
      dependsOn: apis,
    });
    agent.addOverride('provider', 'google-beta');
    agent.addOverride('service', `${service}.googleapis.com`);
    return agent;
  });
  // APIs and identities are eventually consistent and nothing tells when they are there:
  // https://registry.terraform.io/providers/hashicorp/google/latest/docs/guides/google_project_service
  stack.addOverride('terraform.required_providers.time', {
    source: 'hashicorp/time',
    version: '~> 0.13',
  });
  const settled = new TerraformResource(stack, 'settled', {
    terraformResourceType: 'time_sleep',
    dependsOn: agents,
  });
  settled.addOverride('create_duration', '60s');
}

function addBuckets(
  stack: TerraformStack,
  config: Config,
  dependsOn: ITerraformDependable[],
): StorageBucket {
  const names = buckets(config.projectId);
  new StorageBucket(stack, 'state-bucket', {
    ...privateBucket(config, names.state),
    forceDestroy: false,
    lifecycleRule: [{ action: { type: 'Delete' }, condition: { numNewerVersions: 30 } }],
    dependsOn,
  });
  return new StorageBucket(stack, 'source-bucket', {
    ...privateBucket(config, names.source),
    dependsOn,
  });
}

function addBuilder(
  stack: TerraformStack,
  config: Config,
  source: StorageBucket,
  dependsOn: ITerraformDependable[],
): void {
  const repository = new ArtifactRegistryRepository(stack, 'images', {
    repositoryId: REPOSITORY,
    format: 'DOCKER',
    location: config.region,
    description: 'Images of services and functions',
    cleanupPolicyDryRun: false,
    cleanupPolicies: [
      { id: 'keep-recent', action: 'KEEP', mostRecentVersions: { keepCount: 10 } },
      { id: 'delete-old', action: 'DELETE', condition: { olderThan: '2592000s' } },
    ],
    dependsOn,
  });
  const builder = serviceAccount(
    stack,
    BUILDER,
    'Builds functions and images, and can do nothing else',
    dependsOn,
  );
  new ProjectIamMember(stack, 'builder-logs', {
    project: config.projectId,
    role: 'roles/logging.logWriter',
    member: builder.member,
  });
  // Cloud Functions copies a zip into a bucket of its own, which it makes with the first function: too late to grant
  // a right on it, so the right is on the project and the condition names the bucket.
  // https://github.com/hashicorp/terraform-provider-google/issues/20571
  new ProjectIamMember(stack, 'builder-function-sources', {
    project: config.projectId,
    role: 'roles/storage.objectViewer',
    member: builder.member,
    condition: {
      title: 'function-sources',
      description: 'The buckets into which Cloud Functions copies sources',
      expression: 'resource.name.startsWith("projects/_/buckets/gcf-v2-sources-")',
    },
  });
  new ArtifactRegistryRepositoryIamMember(stack, 'builder-images', {
    location: repository.location,
    repository: repository.name,
    role: 'roles/artifactregistry.writer',
    member: builder.member,
  });
  new StorageBucketIamMember(stack, 'builder-source', {
    bucket: source.name,
    role: 'roles/storage.objectViewer',
    member: builder.member,
  });
}
