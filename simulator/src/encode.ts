import { METRIC_NAMES, METRICS, type MetricName, type Reading, toWire } from '@plumbline/contracts';
import type { Profile } from './profile.ts';

/** How one reading looks on the wire, before it becomes JSON. */
export type WireForm = (reading: Reading) => Record<string, unknown>;

/** The form that a profile's devices speak. */
export function wireFormOf(form: Profile['form']): WireForm {
  return form === 'narrow' ? toNarrow : toWire;
}

/** The data of a message: one reading, or an array of them. */
export function encodeAs(form: WireForm): (readings: readonly Reading[]) => Buffer {
  return (readings) => {
    const wire = readings.map(form);
    return Buffer.from(JSON.stringify(wire.length === 1 ? wire[0] : wire));
  };
}

/** One metric a reading, with its unit, as older sensors send it. Throws if the reading has not exactly one metric. */
function toNarrow(reading: Reading): Record<string, unknown> {
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
