import Type, { type Static } from 'typebox';
import { METRIC_NAMES, METRICS, type MetricName } from './metrics.ts';
import { DEVICE_ID_PATTERN, type Reading } from './reading.ts';

/** Readings in one `POST /detect/batch`. */
export const MAX_BATCH_READINGS = 1_000;

const strict = { additionalProperties: false } as const;

const metricProperties = Object.fromEntries(
  METRIC_NAMES.map((name) => {
    const { min, max, unit, description } = METRICS[name];
    return [
      name,
      Type.Optional(
        Type.Number({ minimum: min, maximum: max, description: `${description}, in ${unit}` }),
      ),
    ];
  }),
) as Record<MetricName, ReturnType<typeof Type.Optional<ReturnType<typeof Type.Number>>>>;

const readingProperties = {
  device_id: Type.String({
    pattern: DEVICE_ID_PATTERN,
    description: 'The device that measured; its recent history is remembered under this id',
    examples: ['sensor_001'],
  }),
  timestamp: Type.Optional(
    Type.String({
      format: 'date-time',
      maxLength: 40,
      description: 'When the device measured, RFC 3339; the time of the request if missing',
    }),
  ),
  ...metricProperties,
  place: Type.Optional(
    Type.Object(
      {
        building: Type.Optional(Type.String({ minLength: 1, maxLength: 64 })),
        floor: Type.Optional(Type.Integer({ minimum: -1000, maximum: 1000 })),
        room: Type.Optional(Type.String({ minLength: 1, maxLength: 64 })),
        type: Type.Optional(
          Type.String({ minLength: 1, maxLength: 64, examples: ['server_room'] }),
        ),
      },
      strict,
    ),
  ),
};

/** What `POST /detect` takes: one reading in the flat form, at least one metric. */
export const DetectRequest = Type.Object(readingProperties, strict);
export type DetectRequest = Static<typeof DetectRequest>;

/** What `POST /detect/batch` takes. Each reading is judged alone: a bad one gets an error, the others their results. */
export const BatchReading = Type.Object(
  {
    reading_id: Type.Optional(Type.String({ minLength: 1, maxLength: 128 })),
    ...readingProperties,
  },
  strict,
);
export type BatchReading = Static<typeof BatchReading>;

export const Severity = Type.Union([
  Type.Literal('normal'),
  Type.Literal('warning'),
  Type.Literal('critical'),
]);
export type Severity = Static<typeof Severity>;

const nullableNumber = Type.Union([Type.Number(), Type.Null()]);

/** One metric's part in a decision. */
export const MetricDecision = Type.Object({
  metric: Type.String(),
  value: Type.Number({ description: "in the metric's unit" }),
  expected: Type.Union([Type.Number(), Type.Null()], {
    description: 'what was expected here and now; null if nothing was learned yet',
  }),
  low: nullableNumber,
  high: nullableNumber,
  score: Type.Number({ minimum: 0 }),
  threshold: Type.Number({ minimum: 0 }),
  is_anomaly: Type.Boolean(),
  share: Type.Number({
    minimum: 0,
    maximum: 1,
    description: 'share in the decision; shares sum to 1',
  }),
});
export type MetricDecision = Static<typeof MetricDecision>;

/** The detector that says how strange a reading is among the newest of its series, and makes no anomaly of it. */
export const RANDOM_CUT_FOREST = 'random_cut_forest';

/** What one detector said. */
export const DetectorDecision = Type.Object({
  detector: Type.String({ examples: ['rule', 'forest'] }),
  score: Type.Number({ minimum: 0 }),
  threshold: Type.Number({ minimum: 0 }),
  is_anomaly: Type.Boolean(),
});
export type DetectorDecision = Static<typeof DetectorDecision>;

/** The answer for one reading. */
export const Decision = Type.Object({
  is_anomaly: Type.Boolean(),
  score: Type.Number({
    minimum: 0,
    description: 'higher is stranger; compare with threshold only',
  }),
  threshold: Type.Number({ minimum: 0 }),
  severity: Severity,
  anomaly_types: Type.Array(Type.String(), { examples: [['overheating']] }),
  is_alert: Type.Boolean({
    description: 'true for the first anomaly of an episode: one fault, one alert',
  }),
  explanation: Type.String({
    description: 'a sentence that says what is off and what was expected',
  }),
  detectors: Type.Array(DetectorDecision),
  metrics: Type.Array(MetricDecision),
  model_version: Type.Union([Type.String(), Type.Null()], {
    description: 'null until a first model is trained: rules answer alone',
  }),
});
export type Decision = Static<typeof Decision>;

/** What `POST /detect` answers: the reading, the fields of the older Python server, and the decision. */
export const DetectResponse = Type.Object({
  device_id: Type.String(),
  timestamp: Type.String(),
  ...metricProperties,
  is_temp_anomaly: Type.Boolean(),
  is_vibration_anomaly: Type.Boolean(),
  temp_anomaly_score: Type.Number({ minimum: 0 }),
  vibration_anomaly_score: Type.Number({ minimum: 0 }),
  ...Decision.properties,
});
export type DetectResponse = Static<typeof DetectResponse>;

/** A reading of a batch that could not be judged. */
export const BatchError = Type.Object({
  pointer: Type.String({
    description: 'JSON pointer to the wrong field',
    examples: ['/readings/3/temperature'],
  }),
  code: Type.String({ examples: ['type'] }),
  detail: Type.String(),
});

/** One entry for each reading of the request, in its order. */
export const BatchResult = Type.Union([
  Type.Object({
    reading_id: Type.Optional(Type.String()),
    device_id: Type.String(),
    timestamp: Type.String(),
    ...Decision.properties,
  }),
  Type.Object({ reading_id: Type.Optional(Type.String()), error: BatchError }),
]);
export type BatchResult = Static<typeof BatchResult>;

export const BatchResponse = Type.Object({ results: Type.Array(BatchResult) });
export type BatchResponse = Static<typeof BatchResponse>;

/** The form in which a stored reading goes to the ML server: without its label, which no detector may see. */
export function toBatchReading(reading: Reading): BatchReading {
  return {
    reading_id: reading.readingId,
    device_id: reading.deviceId,
    timestamp: new Date(reading.measuredAtMs).toISOString(),
    ...reading.metrics,
    ...(Object.keys(reading.place).length > 0 && { place: reading.place }),
  };
}
