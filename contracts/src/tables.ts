import { type DataKind, nullable, repeated, required, type Table } from './columns.ts';
import { FEDERATED_TABLES } from './federated-tables.ts';
import { METRIC_NAMES, METRICS } from './metrics.ts';

const readingKey = [
  required('reading_id', 'STRING', 'The reading, as its producer or its content names it'),
  required('device_id', 'STRING', 'The device that measured'),
  required('measured_at', 'TIMESTAMP', 'When the device measured, by its own clock'),
];

const placeColumns = [
  nullable('building', 'STRING', 'Building of the device'),
  nullable('floor', 'INT64', 'Floor of the device; 0 is the ground floor'),
  nullable('place_type', 'STRING', 'Kind of room in snake_case, e.g. server_room'),
];

const metricColumns = METRIC_NAMES.map((name) =>
  nullable(name, 'FLOAT64', `${METRICS[name].description}, in ${METRICS[name].unit}`),
);

const decisionColumns = [
  required('is_anomaly', 'BOOL', 'True if score is at or above threshold, or a rule is broken'),
  required('score', 'FLOAT64', '0 or more, higher is stranger; compare with threshold only'),
  required('threshold', 'FLOAT64', 'The score from which this reading is an anomaly'),
  required('severity', 'STRING', 'normal, warning or critical'),
  repeated('anomaly_types', 'STRING', 'What kind of anomaly, e.g. overheating'),
  repeated('detectors', 'STRING', 'The detectors that called it an anomaly, e.g. rule, forest'),
  nullable('model_version', 'STRING', 'The model version that scored; NULL if rules alone did'),
];

/** Tables of the dataset `iot_data`, in the order in which data reaches them. */
export const TABLES = {
  readings_raw: {
    description:
      'Every reading as often as it was delivered (at least once). Query the view readings instead.',
    kind: 'readings',
    columns: [
      ...readingKey,
      required('received_at', 'TIMESTAMP', 'When the function ingest took the message'),
      required('message_id', 'STRING', 'The Pub/Sub message that brought it'),
      ...placeColumns,
      nullable('room', 'STRING', 'Room of the device'),
      ...metricColumns,
      nullable(
        'label',
        'STRING',
        'The fault known from simulator or data set, for evaluation only; detectors never see it',
      ),
    ],
    partitionBy: 'measured_at',
    partitionUnit: 'HOUR',
    clusterBy: ['device_id'],
    expirationDays: 400,
  },
  aggregates_1m: {
    description:
      'One row for each 1-minute window, place and metric; recomputed when late readings come',
    kind: 'aggregates',
    columns: [
      required(
        'window_start',
        'TIMESTAMP',
        'Start of the window, inclusive; it ends a minute later',
      ),
      required('place', 'STRING', 'building/floor/place_type, a part empty where unknown'),
      ...placeColumns,
      required('metric', 'STRING', 'What was measured'),
      required('reading_count', 'INT64', 'Readings with this metric'),
      required('device_count', 'INT64', 'Devices that sent them'),
      required('sum', 'FLOAT64', 'Sum of the values'),
      required(
        'sum_of_squares',
        'FLOAT64',
        'Sum of the squared values; with sum and count it rolls up exactly',
      ),
      required('mean', 'FLOAT64', 'Mean of the values'),
      required('min', 'FLOAT64', 'Smallest value'),
      required('max', 'FLOAT64', 'Largest value'),
      nullable('deviation', 'FLOAT64', 'Standard deviation of a sample; NULL for a single reading'),
      required('rule_anomaly_count', 'INT64', 'Readings outside the limits of their metric'),
      required(
        'z_score_anomaly_count',
        'INT64',
        'Readings more than 3 deviations from the mean of the window',
      ),
      required(
        'late_count',
        'INT64',
        'Readings received more than a minute after the window ended',
      ),
      required('computed_at', 'TIMESTAMP', 'The run that computed this row'),
    ],
    partitionBy: 'window_start',
    partitionUnit: 'HOUR',
    clusterBy: ['building', 'metric'],
    expirationDays: 400,
  },
  predictions: {
    description: 'What the ML server said of each reading',
    kind: 'decisions',
    columns: [
      ...readingKey,
      required('predicted_at', 'TIMESTAMP', 'When the function detect got the answer'),
      ...decisionColumns,
      nullable(
        'random_cut_forest_score',
        'FLOAT64',
        'How strange the reading is among the newest of its series, 0 to 128; NULL without a forest, as for all but sound',
      ),
    ],
    partitionBy: 'measured_at',
    partitionUnit: 'DAY',
    clusterBy: ['device_id'],
    expirationDays: 400,
  },
  anomalies: {
    description: 'The predictions that are anomalies, with what is needed to act on them',
    kind: 'decisions',
    columns: [
      ...readingKey,
      required('predicted_at', 'TIMESTAMP', 'When the function detect got the answer'),
      ...placeColumns,
      nullable('room', 'STRING', 'Room of the device'),
      ...decisionColumns,
      required(
        'is_alert',
        'BOOL',
        'True for the first anomaly of an episode: one fault, one alert',
      ),
      required('explanation', 'STRING', 'A sentence that says what is off and what was expected'),
      repeated(
        'contributions',
        'RECORD',
        'The metrics of the reading, by their share in the decision',
        [
          required('metric', 'STRING', 'What was measured'),
          required('value', 'FLOAT64', 'What the device said'),
          nullable('expected', 'FLOAT64', 'What was expected; NULL if nothing was learned yet'),
          nullable('low', 'FLOAT64', 'Lower end of the expected band'),
          nullable('high', 'FLOAT64', 'Upper end of the expected band'),
          required(
            'share',
            'FLOAT64',
            'Share in the decision, 0 to 1; the shares of a row sum to 1',
          ),
        ],
      ),
    ],
    partitionBy: 'measured_at',
    partitionUnit: 'DAY',
    clusterBy: ['device_id'],
    expirationDays: 800,
  },
  dead_letters: {
    description: 'Everything that could not be stored as a reading, with the reason',
    kind: 'operations',
    columns: [
      required('dead_letter_id', 'STRING', 'Equal for every copy of the same dead letter'),
      required('received_at', 'TIMESTAMP', 'When a function gave it up'),
      required('message_id', 'STRING', 'The Pub/Sub message that brought it'),
      required('reading_index', 'INT64', 'Position of the reading in its message'),
      required('reason', 'STRING', 'One of a closed set, e.g. invalid_field'),
      required('detail', 'STRING', 'The field, what was found and what was expected'),
      required('payload', 'STRING', 'What was received, cut at 64 kB'),
      required('is_truncated', 'BOOL', 'True if payload was cut'),
    ],
    partitionBy: 'received_at',
    partitionUnit: 'DAY',
    clusterBy: ['reason'],
    expirationDays: 90,
  },
  model_versions: {
    description:
      'What became of each model version: a row when it was trained, and one each time it is given a role',
    kind: 'operations',
    columns: [
      required('recorded_at', 'TIMESTAMP', 'When this happened'),
      required('model_name', 'STRING', 'The fleet that the model is for'),
      required('version', 'STRING', 'The model version, as predictions name it'),
      required(
        'outcome',
        'STRING',
        'promoted: it became current; challenger: it judged beside; superseded: another was faster',
      ),
      repeated('reasons', 'STRING', 'Why it was not promoted; empty if it was'),
      required('trained_at', 'TIMESTAMP', 'When it was trained'),
      required('engine', 'STRING', 'What grew its trees: plumbline, npm, or imported'),
      nullable('trained_from', 'TIMESTAMP', 'Start of the history that it learned from'),
      nullable('trained_until', 'TIMESTAMP', 'End of that history'),
      nullable('reading_count', 'INT64', 'Readings that it learned from'),
      nullable('device_count', 'INT64', 'Devices that sent them'),
      nullable('hour_coverage', 'FLOAT64', 'Share of the hours of that history with readings'),
      nullable('event_count', 'INT64', 'Labelled faults set aside to judge it by'),
      nullable('found_count', 'INT64', 'Those of them that it found'),
      nullable('false_alarm_count', 'INT64', 'Alarms that it raised beside them'),
    ],
    partitionBy: 'recorded_at',
    partitionUnit: 'DAY',
    clusterBy: ['model_name', 'version'],
    expirationDays: 3_650,
  },
  ...FEDERATED_TABLES,
} as const satisfies Record<string, Table>;

export type TableName = keyof typeof TABLES;

/** The labels of a table, and those of all views: lower case, as Google wants them. */
export function labelsOf(kind: DataKind | 'views'): {
  readonly app: string;
  readonly data: string;
} {
  return { app: 'plumbline', data: kind };
}

/** Views of the dataset, in the order in which they must be created. Each is `contracts/sql/{name}.sql`. */
export const VIEWS = {
  readings:
    'Each reading once, however often it was delivered. Filter on measured_at to scan less.',
  measurements: 'Long form of readings: one row for each metric of each reading',
  limits: 'The limits of the rules by metric and place type; a NULL place type is for all others',
  latest_readings: 'The newest reading of each device in the last day',
  aggregates_1h: 'The 1-minute aggregates rolled up to hours, exactly',
  aggregates_1m_by_floor: 'The 1-minute aggregates rolled up to building and floor, exactly',
  aggregates_1m_by_building: 'The 1-minute aggregates rolled up to buildings, exactly',
  metric_correlation_1d: 'How the metrics of a place move together, by day',
  completeness_1h:
    'Readings of each device and hour of the last week, beside what is usual for the device',
  detector_agreement: 'How often rules and models agree, by day',
  model_performance: 'Each model version: what training said of it, and how it has judged since',
  distinct_dead_letters:
    'Each dead letter once: when it was seen first and last, and how often, with what was said of it last',
} as const;
export type ViewName = keyof typeof VIEWS;
