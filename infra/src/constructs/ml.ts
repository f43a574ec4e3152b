import { CloudRunV2Job } from '@cdktf/provider-google/lib/cloud-run-v2-job/index.js';
import { CloudRunV2JobIamMember } from '@cdktf/provider-google/lib/cloud-run-v2-job-iam-member/index.js';
import type { CloudRunV2Service } from '@cdktf/provider-google/lib/cloud-run-v2-service/index.js';
import { CloudSchedulerJob } from '@cdktf/provider-google/lib/cloud-scheduler-job/index.js';
import type { ServiceAccount } from '@cdktf/provider-google/lib/service-account/index.js';
import { StorageBucket } from '@cdktf/provider-google/lib/storage-bucket/index.js';
import { StorageBucketIamMember } from '@cdktf/provider-google/lib/storage-bucket-iam-member/index.js';
import { MODEL_NAME, TRAINING_SCHEDULE } from '@plumbline/contracts';
import { Construct } from 'constructs';
import type { Config } from '../config.ts';
import { cron } from '../cron.ts';
import { devicesRemembered } from '../environments.ts';
import { buckets, imageOf } from '../names.ts';
import { deviceHistory } from './device-history.ts';
import { grantChange, grantRead, privateBucket } from './private-bucket.ts';
import { type Platform, pushFunction } from './push-function.ts';
import { grantInvoke, runService } from './run-service.ts';
import { serviceAccount } from './service-account.ts';
import { grantPublish } from './topics.ts';
import type { Warehouse } from './warehouse.ts';

export interface Ml {
  readonly server: CloudRunV2Service;
  readonly trainer: CloudRunV2Job;
  readonly models: StorageBucket;
}

/** From history to model versions (trainer), from readings to scores (ML server), from scores to anomalies (`detect`). */
export function ml(parent: Construct, platform: Platform, warehouse: Warehouse): Ml {
  const scope = new Construct(parent, 'ml');
  const { config } = platform;
  const models = new StorageBucket(scope, 'models', {
    ...privateBucket(config, buckets(config.projectId).models),
    // Model versions are never overwritten; only pointers are. Their history is worth a month.
    lifecycleRule: [
      {
        action: { type: 'Delete' },
        condition: { daysSinceNoncurrentTime: 30, withState: 'ARCHIVED' },
      },
    ],
  });
  const image = imageOf(config, 'ml-server');
  const server = mlServer(scope, config, models, image);
  const trainer = trainerJob(scope, config, models, image, warehouse);
  addDetect(scope, platform, warehouse, server);
  for (const operator of config.operators) {
    grantInvoke(scope, `${operator}-calls-server`, server, operator);
  }
  return { server, trainer, models };
}

function mlServer(
  parent: Construct,
  config: Config,
  models: StorageBucket,
  image: string,
): CloudRunV2Service {
  const scope = new Construct(parent, 'server');
  const runsAs = serviceAccount(scope, 'ml-server', 'The ML server');
  const history = config.hasRedis ? deviceHistory(scope, config, runsAs) : undefined;
  return runService(scope, config, {
    name: 'ml-server',
    description: 'Scores readings: POST /detect',
    image,
    size: config.mlServer,
    runsAs,
    environment: [
      { name: 'DETECTORS', value: config.detectors },
      { name: 'MAX_DEVICES', value: String(devicesRemembered(config.mlServer)) },
      ...(history?.environment ?? []),
    ],
    network: history?.network,
    dependsOn: [grantRead(scope, runsAs, models), ...(history?.dependsOn ?? [])],
  });
}

function trainerJob(
  parent: Construct,
  config: Config,
  models: StorageBucket,
  image: string,
  warehouse: Warehouse,
): CloudRunV2Job {
  const scope = new Construct(parent, 'training');
  const runsAs = serviceAccount(scope, 'trainer', 'The trainer job');
  const { cpu, memoryMb, timeoutMinutes, historyHours } = config.trainer;
  const job = new CloudRunV2Job(scope, 'job', {
    name: 'trainer',
    location: config.region,
    deletionProtection: config.isProtected,
    template: {
      template: {
        serviceAccount: runsAs.email,
        // Training again is the next run's work.
        maxRetries: 0,
        timeout: `${timeoutMinutes * 60}s`,
        containers: [
          {
            image,
            args: ['src/train/main.js'],
            env: [
              { name: 'GOOGLE_CLOUD_PROJECT', value: config.projectId },
              { name: 'TRAINING_WINDOW_HOURS', value: String(historyHours) },
            ],
            resources: { limits: { cpu: String(cpu), memory: `${memoryMb}Mi` } },
          },
        ],
      },
    },
    dependsOn: [
      grantRead(scope, runsAs, models),
      ...writesModels(scope, runsAs, models),
      ...warehouse.grantQuery(runsAs),
      warehouse.grantWrite(runsAs, 'model_versions'),
    ],
  });

  const scheduler = serviceAccount(scope, 'scheduler', 'Starts the trainer job by the clock');
  const mayRun = new CloudRunV2JobIamMember(scope, 'scheduler-runs', {
    name: job.name,
    location: job.location,
    role: 'roles/run.invoker',
    member: scheduler.member,
  });
  new CloudSchedulerJob(scope, 'schedule', {
    name: 'train',
    region: config.region,
    description: TRAINING_SCHEDULE.description,
    schedule: cron(TRAINING_SCHEDULE),
    timeZone: 'Etc/UTC',
    attemptDeadline: '180s',
    retryConfig: { retryCount: 3, minBackoffDuration: '10s' },
    httpTarget: {
      httpMethod: 'POST',
      uri: `https://run.googleapis.com/v2/projects/${config.projectId}/locations/${config.region}/jobs/${job.name}:run`,
      // An access token, not an identity token: the target is a Google API.
      oauthToken: { serviceAccountEmail: scheduler.email },
    },
    dependsOn: [mayRun],
  });
  return job;
}

function addDetect(
  scope: Construct,
  platform: Platform,
  warehouse: Warehouse,
  server: CloudRunV2Service,
): void {
  const runsAs = serviceAccount(scope, 'detect', 'The function detect');
  pushFunction(scope, platform, {
    name: 'detect',
    runsAs,
    environment: { ML_SERVER_URL: server.uri },
    dependsOn: [
      warehouse.grantWrite(runsAs, 'predictions'),
      warehouse.grantWrite(runsAs, 'anomalies'),
      grantInvoke(scope, 'detect-calls-server', server, runsAs.member),
      grantPublish(scope, 'detect-publishes', platform.topics.anomalies, runsAs.member),
    ],
  });
}

/** A model version may be added but never overwritten or deleted; only the pointers to versions may change. */
function writesModels(scope: Construct, account: ServiceAccount, models: StorageBucket) {
  return [
    new StorageBucketIamMember(scope, 'adds-models', {
      bucket: models.name,
      role: 'roles/storage.objectCreator',
      member: account.member,
    }),
    grantChange(scope, account, models, {
      title: 'only-pointers',
      description: 'The pointers to the current version and to its challenger',
      paths: [`models/${MODEL_NAME}/current.json`, `models/${MODEL_NAME}/challenger.json`],
    }),
  ];
}
