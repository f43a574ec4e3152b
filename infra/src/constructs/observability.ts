import { MonitoringDashboard } from '@cdktf/provider-google/lib/monitoring-dashboard/index.js';
import { Construct } from 'constructs';

interface Chart {
  readonly title: string;
  readonly filter: string;
  readonly aligner: string;
  readonly reducer: string;
  readonly groupBy: readonly string[];
  readonly unit: string;
}

const pubsub = (metric: string) =>
  `resource.type = "pubsub_subscription" AND metric.type = "pubsub.googleapis.com/subscription/${metric}"`;
const run = (metric: string) =>
  `resource.type = "cloud_run_revision" AND metric.type = "run.googleapis.com/${metric}"`;

/** In the order of the data: what comes in, what waits, what is lost, how the services do. */
const CHARTS: readonly Chart[] = [
  {
    title: 'Messages published a second',
    filter:
      'resource.type = "pubsub_topic" AND metric.type = "pubsub.googleapis.com/topic/send_message_operation_count"',
    aligner: 'ALIGN_RATE',
    reducer: 'REDUCE_SUM',
    groupBy: ['resource.label.topic_id'],
    unit: '1/s',
  },
  {
    title: 'Pushes a second, by answer',
    filter: pubsub('push_request_count'),
    aligner: 'ALIGN_RATE',
    reducer: 'REDUCE_SUM',
    groupBy: ['resource.label.subscription_id', 'metric.label.response_class'],
    unit: '1/s',
  },
  {
    title: 'Age of the oldest waiting message',
    filter: pubsub('oldest_unacked_message_age'),
    aligner: 'ALIGN_MAX',
    reducer: 'REDUCE_MAX',
    groupBy: ['resource.label.subscription_id'],
    unit: 's',
  },
  {
    title: 'Messages given up',
    filter: pubsub('dead_letter_message_count'),
    aligner: 'ALIGN_DELTA',
    reducer: 'REDUCE_SUM',
    groupBy: ['resource.label.subscription_id'],
    unit: '1',
  },
  {
    title: 'Requests a second, by status',
    filter: run('request_count'),
    aligner: 'ALIGN_RATE',
    reducer: 'REDUCE_SUM',
    groupBy: ['resource.label.service_name', 'metric.label.response_code_class'],
    unit: '1/s',
  },
  {
    title: 'Latency, 95 of 100 answers are faster',
    filter: run('request_latencies'),
    aligner: 'ALIGN_PERCENTILE_95',
    reducer: 'REDUCE_MAX',
    groupBy: ['resource.label.service_name'],
    unit: 'ms',
  },
  {
    title: 'Instances',
    filter: run('container/instance_count'),
    aligner: 'ALIGN_MAX',
    reducer: 'REDUCE_SUM',
    groupBy: ['resource.label.service_name', 'metric.label.state'],
    unit: '1',
  },
  {
    title: 'Training runs',
    filter:
      'resource.type = "cloud_run_job" AND metric.type = "run.googleapis.com/job/completed_execution_count"',
    aligner: 'ALIGN_DELTA',
    reducer: 'REDUCE_SUM',
    groupBy: ['metric.label.result'],
    unit: '1',
  },
  {
    title: 'Runs of the aggregation',
    filter:
      'resource.type = "bigquery_dts_config" AND metric.type = "bigquerydatatransfer.googleapis.com/transfer_config/completed_runs"',
    aligner: 'ALIGN_DELTA',
    reducer: 'REDUCE_SUM',
    groupBy: ['metric.label.completion_state'],
    unit: '1',
  },
];

const COLUMNS = 3;
const TILE = { width: 16, height: 14 };

/** One page of charts in Cloud Monitoring. */
export function observability(parent: Construct): MonitoringDashboard {
  const scope = new Construct(parent, 'observability');
  return new MonitoringDashboard(scope, 'dashboard', {
    dashboardJson: JSON.stringify({
      displayName: 'Plumbline',
      mosaicLayout: {
        columns: COLUMNS * TILE.width,
        tiles: CHARTS.map((chart, index) => ({
          ...(index % COLUMNS > 0 && { xPos: (index % COLUMNS) * TILE.width }),
          ...(index >= COLUMNS && { yPos: Math.floor(index / COLUMNS) * TILE.height }),
          ...TILE,
          widget: { title: chart.title, xyChart: chartOf(chart) },
        })),
      },
    }),
  });
}

function chartOf({ filter, aligner, reducer, groupBy, unit }: Chart) {
  return {
    dataSets: [
      {
        plotType: 'LINE',
        targetAxis: 'Y1',
        timeSeriesQuery: {
          unitOverride: unit,
          timeSeriesFilter: {
            filter,
            aggregation: {
              alignmentPeriod: '60s',
              perSeriesAligner: aligner,
              crossSeriesReducer: reducer,
              groupByFields: groupBy,
            },
          },
        },
      },
    ],
  };
}
