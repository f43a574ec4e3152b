import {
  encodeMessage,
  METRIC_NAMES,
  METRICS,
  type MetricName,
  type Reading,
} from '@plumbline/contracts';
import type { Profile } from './profile.ts';

/** The data of a message in the form that a profile's devices speak. */
export function encoderOf(form: Profile['form']): (readings: readonly Reading[]) => Buffer {
  return form === 'narrow' ? encodeNarrow : encodeMessage;
}

/** One metric a reading, with its unit, as older sensors send it. */
function encodeNarrow(readings: readonly Reading[]): Buffer {
  const wire = readings.map(toNarrow);
  return Buffer.from(JSON.stringify(wire.length === 1 ? wire[0] : wire));
}

/** Throws if the reading has not exactly one metric. */
export function toNarrow(reading: Reading): Record<string, unknown> {
  const names = METRIC_NAMES.filter((name) => reading.metrics[name] !== undefined);
  if (names.length !== 1) throw new Error(`${reading.deviceId} has ${names.length} metrics, not 1`);
  const name = names[0] as MetricName;
  return {
    reading_id: reading.readingId,
    sensor_id: reading.deviceId,
    sensor_type: name,
    value: reading.metrics[name],
    unit: METRICS[name].unit,
    location: reading.place.type,
    timestamp: new Date(reading.measuredAtMs).toISOString(),
    ...(reading.label !== undefined && { label: reading.label }),
  };
}
