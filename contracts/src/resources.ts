/** Names and shapes of everything that exists in the cloud or in the emulators. `infra/` and `local/` create what this file lists. */

export const DATASET = 'iot_data';

export const TOPICS = {
  readings: { description: 'Readings from devices, one or an array a message', retentionHours: 24 },
  'readings-dead': {
    description: 'Messages whose every delivery failed',
    retentionHours: 168,
  },
  anomalies: {
    description: 'One message for each alert: the first anomaly of an episode',
    retentionHours: 24,
  },
} as const;
export type TopicName = keyof typeof TOPICS;

export interface Subscription {
  readonly topic: TopicName;
  /** The Cloud Function that Pub/Sub pushes to. */
  readonly pushTo: FunctionName;
  /** Time for the function to answer; also the push timeout. */
  readonly ackDeadlineSeconds: number;
  /** Messages with the same ordering key come one after the other, in the order of publishing. */
  readonly isOrdered: boolean;
  readonly minimumBackoffSeconds: number;
  readonly maximumBackoffSeconds: number;
  readonly deadLetter?: { readonly topic: TopicName; readonly maxDeliveryAttempts: number };
}

export type FunctionName = 'ingest' | 'detect' | 'dead-letter';

export const SUBSCRIPTIONS = {
  'readings-ingest': {
    topic: 'readings',
    pushTo: 'ingest',
    ackDeadlineSeconds: 60,
    isOrdered: false,
    minimumBackoffSeconds: 1,
    maximumBackoffSeconds: 600,
    // Many attempts: an outage of BigQuery must not turn good readings into dead letters.
    deadLetter: { topic: 'readings-dead', maxDeliveryAttempts: 100 },
  },
  'readings-detect': {
    topic: 'readings',
    pushTo: 'detect',
    ackDeadlineSeconds: 60,
    // Detectors learn from each device's readings in their order.
    isOrdered: true,
    minimumBackoffSeconds: 1,
    maximumBackoffSeconds: 600,
  },
  'readings-dead-letter': {
    topic: 'readings-dead',
    pushTo: 'dead-letter',
    ackDeadlineSeconds: 60,
    isOrdered: false,
    minimumBackoffSeconds: 10,
    maximumBackoffSeconds: 600,
  },
} as const satisfies Record<string, Subscription>;
export type SubscriptionName = keyof typeof SUBSCRIPTIONS;

/** Cloud Functions serve HTTP locally on these ports; on Google Cloud the platform gives PORT. */
export const FUNCTIONS: Record<FunctionName, { readonly localPort: number }> = {
  ingest: { localPort: 8091 },
  detect: { localPort: 8092 },
  'dead-letter': { localPort: 8093 },
};

/** A query or a job that runs by the clock. BigQuery allows scheduled queries every 5 minutes at the most, off the hour. */
export interface Schedule {
  readonly everyMinutes: number;
  /** Minute of the hour of the first run; never 0, where Google may fire twice. */
  readonly startMinute: number;
  readonly description: string;
}

/** How far one run of the aggregation reaches. */
export interface AggregationReach {
  /** Windows since the first that a reading received this long before the run touched; longer than a period. */
  readonly lookBackMinutes: number;
  /** Readings measured earlier than this before the run are left to another; bounds the partitions scanned. */
  readonly horizonMinutes: number;
}

/**
 * Two runs of the same query, as what comes late is rare and reading two days of partitions every five minutes is not
 * cheap. The second also mends what the first missed while it could not run.
 */
export const SCHEDULED_QUERIES = {
  'aggregate-1m': {
    everyMinutes: 5,
    startMinute: 3,
    description: 'Recomputes the 1-minute windows of the last minutes',
    reach: { lookBackMinutes: 11, horizonMinutes: 12 },
  },
  'aggregate-1m-late': {
    everyMinutes: 240,
    startMinute: 9,
    description:
      'Recomputes the 1-minute windows since the first that readings touched up to two days late',
    reach: { lookBackMinutes: 255, horizonMinutes: 2_880 },
  },
} as const satisfies Record<string, Schedule & { readonly reach: AggregationReach }>;
export type ScheduledQueryName = keyof typeof SCHEDULED_QUERIES;

export const TRAINING_SCHEDULE: Schedule = {
  everyMinutes: 60,
  startMinute: 7,
  description: 'Trains a model version on recent history',
};

/** Bucket names are global on Google Cloud, so they carry the project. */
export function modelBucket(projectId: string): string {
  return `${projectId}-models`;
}

/** One model name for one fleet: `models/{name}/versions/{version}/…` and `models/{name}/current.json`. */
export const MODEL_NAME = 'sensors';

/** Default ports on 127.0.0.1. */
export const LOCAL_PORTS = {
  dashboard: 8501,
  mlServer: 8000,
  pubsub: 8085,
  bigquery: 9050,
  storage: 4443,
} as const;
