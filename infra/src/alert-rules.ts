import { FUNCTIONS, SUBSCRIPTIONS } from '@plumbline/contracts';

/**
 * When a person is told, and about what. Each rule has a section of the same name in `docs/runbook.md`.
 *
 * Names of metrics: https://cloud.google.com/monitoring/api/metrics_gcp
 */
export interface AlertRule {
  /** Heading of its section in the runbook, in kebab-case. */
  readonly id: string;
  readonly title: string;
  readonly severity: 'CRITICAL' | 'WARNING';
  readonly condition: Threshold | Absence;
}

/** The aligned value stays above `above` for `forSeconds`. */
export interface Threshold {
  readonly kind: 'threshold';
  readonly filter: string;
  readonly aligner: 'ALIGN_DELTA' | 'ALIGN_MAX' | 'ALIGN_RATE' | 'ALIGN_PERCENTILE_95';
  readonly alignSeconds: number;
  readonly above: number;
  readonly forSeconds: number;
  /** One alert for each value of these labels; all series are added up without them. */
  readonly groupBy?: readonly string[];
}

/** Nothing was measured for `forSeconds`. Starts to watch once there was a first value. */
export interface Absence {
  readonly kind: 'absence';
  readonly filter: string;
  readonly alignSeconds: number;
  readonly forSeconds: number;
}

const bySubscription = ['resource.label.subscription_id'];
const ours = (label: string, names: readonly string[]) =>
  `resource.label.${label} = one_of(${names.map((name) => `"${name}"`).join(', ')})`;
const subscriptions = ours('subscription_id', Object.keys(SUBSCRIPTIONS));
const services = ['ml-server', 'dashboard', 'gateway-http', 'coordinator'];

const filter = (resource: string, metric: string, ...conditions: readonly string[]) =>
  [`resource.type = "${resource}"`, `metric.type = "${metric}"`, ...conditions].join(' AND ');

export const ALERT_RULES: readonly AlertRule[] = [
  {
    id: 'messages-given-up',
    title: 'Messages were given up after every delivery failed',
    severity: 'CRITICAL',
    condition: {
      kind: 'threshold',
      filter: filter(
        'pubsub_subscription',
        'pubsub.googleapis.com/subscription/dead_letter_message_count',
        subscriptions,
      ),
      aligner: 'ALIGN_DELTA',
      alignSeconds: 300,
      above: 0,
      forSeconds: 0,
      groupBy: bySubscription,
    },
  },
  {
    id: 'messages-wait',
    title: 'Messages wait longer than 5 minutes',
    severity: 'CRITICAL',
    condition: {
      kind: 'threshold',
      filter: filter(
        'pubsub_subscription',
        'pubsub.googleapis.com/subscription/oldest_unacked_message_age',
        subscriptions,
      ),
      aligner: 'ALIGN_MAX',
      alignSeconds: 60,
      above: 300,
      forSeconds: 300,
      groupBy: bySubscription,
    },
  },
  {
    id: 'pushes-refused',
    title: 'A function refuses pushes',
    severity: 'WARNING',
    condition: {
      kind: 'threshold',
      filter: filter(
        'pubsub_subscription',
        'pubsub.googleapis.com/subscription/push_request_count',
        subscriptions,
        'metric.label.response_class != "ack"',
      ),
      aligner: 'ALIGN_RATE',
      alignSeconds: 60,
      above: 0.1,
      forSeconds: 600,
      groupBy: bySubscription,
    },
  },
  {
    id: 'no-readings',
    title: 'No message was published for an hour',
    severity: 'WARNING',
    condition: {
      kind: 'absence',
      filter: filter(
        'pubsub_topic',
        'pubsub.googleapis.com/topic/send_message_operation_count',
        'resource.label.topic_id = "readings"',
      ),
      alignSeconds: 300,
      forSeconds: 3_600,
    },
  },
  {
    id: 'function-crashes',
    title: 'A function answers with errors of its own',
    severity: 'WARNING',
    condition: {
      kind: 'threshold',
      // 500 is a bug; 429 and 503 ask Pub/Sub for patience and are watched by pushes-refused.
      filter: filter(
        'cloud_run_revision',
        'run.googleapis.com/request_count',
        ours('service_name', Object.keys(FUNCTIONS)),
        'metric.label.response_code = "500"',
      ),
      aligner: 'ALIGN_DELTA',
      alignSeconds: 300,
      above: 0,
      forSeconds: 0,
      groupBy: ['resource.label.service_name'],
    },
  },
  {
    id: 'service-errors',
    title: 'A service answers with errors',
    severity: 'CRITICAL',
    condition: {
      kind: 'threshold',
      filter: filter(
        'cloud_run_revision',
        'run.googleapis.com/request_count',
        ours('service_name', services),
        'metric.label.response_code_class = "5xx"',
      ),
      aligner: 'ALIGN_RATE',
      alignSeconds: 60,
      above: 0.1,
      forSeconds: 300,
      groupBy: ['resource.label.service_name'],
    },
  },
  {
    id: 'service-slow',
    title: 'One answer in twenty takes longer than a second',
    severity: 'WARNING',
    condition: {
      kind: 'threshold',
      filter: filter(
        'cloud_run_revision',
        'run.googleapis.com/request_latencies',
        ours('service_name', ['ml-server']),
      ),
      aligner: 'ALIGN_PERCENTILE_95',
      alignSeconds: 60,
      above: 1_000,
      forSeconds: 600,
      groupBy: ['resource.label.service_name'],
    },
  },
  {
    id: 'training-fails',
    title: 'A training run failed',
    severity: 'WARNING',
    condition: {
      kind: 'threshold',
      filter: filter(
        'cloud_run_job',
        'run.googleapis.com/job/completed_execution_count',
        'resource.label.job_name = "trainer"',
        'metric.label.result = "failed"',
      ),
      aligner: 'ALIGN_DELTA',
      alignSeconds: 300,
      above: 0,
      forSeconds: 0,
    },
  },
  {
    id: 'training-stops',
    title: 'No model was trained for three hours',
    severity: 'WARNING',
    condition: {
      kind: 'absence',
      filter: filter(
        'cloud_run_job',
        'run.googleapis.com/job/completed_execution_count',
        'resource.label.job_name = "trainer"',
        'metric.label.result = "succeeded"',
      ),
      alignSeconds: 300,
      forSeconds: 10_800,
    },
  },
  {
    id: 'aggregation-fails',
    title: 'A run of a scheduled query failed',
    severity: 'WARNING',
    condition: {
      kind: 'threshold',
      filter: filter(
        'bigquery_dts_config',
        'bigquerydatatransfer.googleapis.com/transfer_config/completed_runs',
        'metric.label.completion_state = "FAILED"',
      ),
      aligner: 'ALIGN_DELTA',
      alignSeconds: 300,
      above: 0,
      forSeconds: 0,
    },
  },
  {
    id: 'aggregation-stops',
    title: 'Aggregates are older than half an hour',
    severity: 'CRITICAL',
    condition: {
      kind: 'absence',
      filter: filter(
        'bigquery_dts_config',
        'bigquerydatatransfer.googleapis.com/transfer_config/completed_runs',
        'metric.label.completion_state = "SUCCEEDED"',
      ),
      alignSeconds: 300,
      forSeconds: 1_800,
    },
  },
];
