import {
  addProcessMetrics,
  addRequestMetrics,
  type NoteRequest,
  type Registry,
} from '@plumbline/telemetry';
import type { DeviceHistory } from './device-history.ts';
import type { Gate } from './limits.ts';
import type { LiveModel } from './live-model.ts';
import type { Scorer } from './scorer.ts';

/** What the server counts and measures; names as operators of IoT pipelines know them. */
export interface ServerMetrics {
  readonly requested: NoteRequest;
  scored(seconds: number): void;
  text(): string;
}

/** Parts that know their own numbers; they are asked when the metrics are read. */
export interface Measured {
  readonly modelName: string;
  readonly model: LiveModel;
  readonly history: DeviceHistory | null;
  readonly gate: Gate;
  readonly scorer: Scorer;
  now(): number;
}

/** Upper edges in seconds: one reading takes microseconds, a batch milliseconds. */
const SCORING_SECONDS = [
  0.00001, 0.000025, 0.00005, 0.0001, 0.00025, 0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1,
  0.25, 0.5, 1, 2.5, 5,
];

export function createServerMetrics(registry: Registry, measured: Measured): ServerMetrics {
  const { modelName, model, history, gate, scorer, now } = measured;
  const requested = addRequestMetrics(registry);
  const scoringSeconds = registry.histogram(
    'iot_prediction_duration_seconds',
    'Time to judge the readings of one request',
    SCORING_SECONDS,
  );
  const sampled = (type: 'gauge' | 'counter', name: string, help: string, read: () => number) =>
    registry.sampled(type, name, help, [], () => [{ value: read() }]);

  sampled('gauge', 'iot_http_requests_in_flight', 'Requests under way', gate.inFlight);
  registry.sampled(
    'counter',
    'iot_http_requests_refused_total',
    'Requests turned away before any work',
    ['reason'],
    () => Object.entries(gate.refusals()).map(([reason, value]) => ({ value, labels: [reason] })),
  );
  registry.sampled(
    'counter',
    'iot_predictions_total',
    'Readings judged',
    ['model', 'method', 'is_anomaly'],
    () =>
      scorer.counts().map(({ method, isAnomaly, count }) => ({
        value: count,
        labels: [modelName, method, String(isAnomaly)],
      })),
  );
  registry.sampled(
    'gauge',
    'iot_feature_psi',
    'Population stability index of live readings against training; above 0.25 much has moved',
    ['metric', 'feature'],
    () =>
      scorer.drift().map(({ metric, feature, index }) => ({
        value: index,
        labels: [metric, feature],
      })),
  );
  registry.sampled(
    'counter',
    'iot_shadow_readings_total',
    'Readings that a challenger judged beside the current model',
    ['version', 'verdict'],
    () => {
      const report = scorer.shadow();
      if (report === null) return [];
      const { version, reading_count, both_count, current_only_count } = report;
      const differing = current_only_count + report.challenger_only_count;
      return [
        { value: both_count, labels: [version, 'both'] },
        { value: current_only_count, labels: [version, 'current_only'] },
        { value: report.challenger_only_count, labels: [version, 'challenger_only'] },
        { value: reading_count - both_count - differing, labels: [version, 'neither'] },
      ];
    },
  );
  if (history !== null) {
    sampled('gauge', 'iot_devices_remembered', 'Devices whose history is known', () =>
      history.deviceCount(),
    );
    sampled('counter', 'iot_devices_evicted_total', 'Devices forgotten to make room', () =>
      history.evictionCount(),
    );
    sampled('counter', 'iot_history_failures_total', 'Times that the history did not answer', () =>
      history.failureCount(),
    );
  }
  registry.sampled(
    'gauge',
    'iot_model_info',
    'The current model version',
    ['model', 'version'],
    () => {
      const version = model.current()?.version;
      return version === undefined ? [] : [{ value: 1, labels: [modelName, version] }];
    },
  );
  registry.sampled(
    'gauge',
    'iot_model_age_seconds',
    'Since the model was trained',
    ['model'],
    () => {
      const trainedAt = model.current()?.trainedAt;
      if (trainedAt === undefined) return [];
      return [{ value: (now() - Date.parse(trainedAt)) / 1000, labels: [modelName] }];
    },
  );
  sampled('counter', 'iot_model_reloads_total', 'Model versions taken into service', () =>
    model.loadCount(),
  );
  registry.sampled(
    'counter',
    'iot_model_reload_failures_total',
    'Times that a model version was refused or the bucket did not answer',
    ['reason'],
    () => [...model.failureCounts()].map(([reason, value]) => ({ value, labels: [reason] })),
  );
  addProcessMetrics(registry);

  return {
    requested,
    scored: scoringSeconds.of(),
    text: () => registry.text(),
  };
}
