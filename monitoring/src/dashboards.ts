import type { Dashboard, Query } from './grafana.ts';

const RATE = '[$__rate_interval]';

/** Median, 95 % and 99 % of a histogram, by the labels given. */
function quantiles(metric: string, selector: string, by: string): Query[] {
  return [
    { q: 0.5, name: 'p50' },
    { q: 0.95, name: 'p95' },
    { q: 0.99, name: 'p99' },
  ].map(({ q, name }) => ({
    expr: `histogram_quantile(${q}, sum by (${by}, le) (rate(${metric}_bucket{${selector}}${RATE})))`,
    legend: `{{${by}}} ${name}`,
  }));
}

/** Is the pipeline well: from what is published to what is stored and served. */
export const SYSTEM: Dashboard = {
  uid: 'plumbline-system',
  title: 'Plumbline: system',
  panels: [
    {
      title: 'Parts that answer',
      unit: 'short',
      kind: 'stat',
      description: '1 for each part that answers. Alert: target-down.',
      queries: [{ expr: 'up', legend: '{{job}}' }],
    },
    {
      title: 'Rows stored a second',
      unit: 'rowsps',
      description: 'Readings and predictions run side by side; a gap means that detect is behind.',
      queries: [
        {
          expr: `sum by (table) (rate(iot_rows_total{outcome="stored"}${RATE}))`,
          legend: '{{table}}',
        },
      ],
    },
    {
      title: 'From published to durable',
      unit: 's',
      description: 'The lag of ingest and detect. Alert: messages-wait.',
      queries: quantiles('iot_message_lag_seconds', '', 'job'),
    },
    {
      title: 'Rows that wait in the functions',
      unit: 'short',
      description: 'Bounded: at the bound pushes are answered 429 and Pub/Sub waits.',
      queries: [{ expr: 'iot_rows_waiting', legend: '{{job}} {{table}}' }],
    },
    {
      title: 'Pushes a second, by answer',
      unit: 'reqps',
      description:
        '204 is stored; 429 and 503 come again. Alerts: pushes-refused, function-crashes.',
      queries: [
        {
          expr: `sum by (job, status) (rate(iot_pushes_total${RATE}))`,
          legend: '{{job}} {{status}}',
        },
      ],
    },
    {
      title: 'Dead letters a minute, by reason',
      unit: 'short',
      description:
        'What could not be stored as a reading. Alerts: dead-letters, messages-given-up.',
      queries: [
        { expr: `60 * sum by (reason) (rate(iot_deadletter_total${RATE}))`, legend: '{{reason}}' },
      ],
    },
    {
      title: 'Requests a second, by status',
      unit: 'reqps',
      description: 'ML server and dashboard. Alert: service-errors.',
      queries: [
        {
          expr: `sum by (job, status) (rate(iot_http_requests_total${RATE}))`,
          legend: '{{job}} {{status}}',
        },
      ],
    },
    {
      title: 'Time to answer',
      unit: 's',
      description: 'ML server, by route. Alert: service-slow.',
      queries: quantiles('iot_http_request_duration_seconds', 'job="ml-server"', 'route'),
    },
    {
      title: 'Requests turned away a second',
      unit: 'reqps',
      description: 'By the ML server before any work: too many in flight, no key, over the rate.',
      queries: [
        {
          expr: `sum by (reason) (rate(iot_http_requests_refused_total${RATE}))`,
          legend: '{{reason}}',
        },
      ],
    },
    {
      title: 'Devices',
      unit: 'short',
      description:
        'Seen in the last day, and silent for far longer than their own pace. Alert: devices-silent.',
      queries: [
        { expr: 'iot_active_devices', legend: 'active' },
        { expr: 'iot_stale_devices', legend: 'silent' },
      ],
    },
    {
      title: 'Windows complete',
      unit: 'percentunit',
      description: 'Share of the expected readings that the windows of the last hour hold.',
      queries: [{ expr: 'iot_window_completeness_ratio', legend: 'complete' }],
    },
    {
      title: 'Gateways: readings a second',
      unit: 'short',
      description: 'Through HTTP and MQTT into Pub/Sub, and what waits there.',
      queries: [
        {
          expr: `sum by (job) (rate(iot_gateway_published_readings_total${RATE}))`,
          legend: '{{job}} published',
        },
        { expr: 'iot_gateway_waiting_readings', legend: '{{job}} waiting' },
      ],
    },
    {
      title: 'Processor',
      unit: 'percentunit',
      description: 'Share of one core.',
      queries: [{ expr: `rate(process_cpu_seconds_total${RATE})`, legend: '{{job}}' }],
    },
    {
      title: 'Memory',
      unit: 'bytes',
      description: 'Flat lines are good lines: everything that is held has a bound.',
      queries: [{ expr: 'process_resident_memory_bytes', legend: '{{job}}' }],
    },
  ],
};

/** Can the models be trusted: what they say, and whether the world is still the one they know. */
export const MODELS: Dashboard = {
  uid: 'plumbline-models',
  title: 'Plumbline: models',
  panels: [
    {
      title: 'Age of the current model',
      unit: 's',
      kind: 'stat',
      description: 'Since it was trained. Alert: model-old.',
      queries: [{ expr: 'iot_model_age_seconds', legend: '{{model}}' }],
    },
    {
      title: 'Current version',
      unit: 'short',
      description: 'Each version is a line; one ends where the next begins.',
      queries: [{ expr: 'iot_model_info', legend: '{{version}}' }],
    },
    {
      title: 'Readings judged a second',
      unit: 'short',
      description: 'By the trained model, or by rules alone before there is one.',
      queries: [
        { expr: `sum by (method) (rate(iot_predictions_total${RATE}))`, legend: '{{method}}' },
      ],
    },
    {
      title: 'Share of anomalies',
      unit: 'percentunit',
      description:
        'A step up on all devices is more often a model or a sensor batch than a hundred faults. Alert: anomaly-storm.',
      queries: [
        {
          expr: `sum(rate(iot_predictions_total{is_anomaly="true"}${RATE})) / sum(rate(iot_predictions_total${RATE}))`,
          legend: 'anomalies',
        },
      ],
    },
    {
      title: 'Scores, as multiples of their threshold',
      unit: 'short',
      kind: 'heatmap',
      description: 'The mass lies well below 1. When it creeps up, train again.',
      queries: [
        { expr: `sum by (le) (increase(iot_prediction_score_bucket${RATE}))`, legend: '{{le}}' },
      ],
    },
    {
      title: 'Models and rules',
      unit: 'short',
      description: 'Anomalies a minute found by both, by the models alone and by the rules alone.',
      queries: [
        {
          expr: `60 * sum by (found_by) (rate(iot_anomalies_total${RATE}))`,
          legend: '{{found_by}}',
        },
      ],
    },
    {
      title: 'Drift of features (PSI)',
      unit: 'short',
      description:
        'Against training. Below 0.1 nothing moved, above 0.25 much has. Alert: data-drift.',
      queries: [
        { expr: 'max by (metric, feature) (iot_feature_psi)', legend: '{{metric}} {{feature}}' },
      ],
    },
    {
      title: 'Challenger beside the current model, a minute',
      unit: 'short',
      description:
        'How often both, one or neither called a reading an anomaly; empty without a challenger.',
      queries: [
        {
          expr: `60 * sum by (version, verdict) (rate(iot_shadow_readings_total${RATE}))`,
          legend: '{{version}} {{verdict}}',
        },
      ],
    },
    {
      title: 'Versions taken into service and refused',
      unit: 'short',
      description: 'A refused version leaves the old one in service. Alert: model-refused.',
      queries: [
        { expr: 'iot_model_reloads_total', legend: 'taken' },
        { expr: 'iot_model_reload_failures_total', legend: 'refused: {{reason}}' },
      ],
    },
    {
      title: 'Time to judge the readings of a request',
      unit: 's',
      description: 'Without HTTP around it.',
      queries: quantiles('iot_prediction_duration_seconds', '', 'job'),
    },
    {
      title: 'Federated rounds an hour',
      unit: 'short',
      description: 'By how they ended.',
      queries: [
        {
          expr: 'sum by (outcome) (increase(iot_federated_rounds_total[1h]))',
          legend: '{{outcome}}',
        },
      ],
    },
    {
      title: 'Devices remembered',
      unit: 'short',
      description: 'Whose history the ML server holds, and how many it had to forget.',
      queries: [
        { expr: 'iot_devices_remembered', legend: 'remembered' },
        { expr: 'iot_devices_evicted_total', legend: 'forgotten' },
      ],
    },
  ],
};
