import type { Topic } from '@google-cloud/pubsub';
import type { Judged } from './decision-rows.ts';

/** Publishes one message for each alert: what is off, where, since when, and why. */
export async function publishAlerts(topic: Topic, alerts: readonly Judged[]): Promise<void> {
  await Promise.all(
    alerts.map(({ reading, decision }) =>
      topic.publishMessage({
        json: {
          reading_id: reading.readingId,
          device_id: reading.deviceId,
          measured_at: new Date(reading.measuredAtMs).toISOString(),
          place: reading.place,
          severity: decision.severity,
          anomaly_types: decision.anomaly_types,
          explanation: decision.explanation,
          model_version: decision.model_version,
        },
        attributes: { schema: 'alert/1', severity: decision.severity },
      }),
    ),
  );
}
