import { setTimeout as sleep } from 'node:timers/promises';
import { type Reading, toWire } from '@plumbline/contracts';
import { connect } from 'mqtt';

export interface MqttPublishOptions {
  readonly url: string;
  readonly clientId: string;
  /** Messages without an acknowledgement before no more readings are taken; 200 if absent. */
  readonly maxInFlight?: number;
  readonly onPublished?: () => void;
  readonly onTrouble?: (error: Error) => void;
}

const RETRY_MS = 500;

/**
 * Publishes each reading at QoS 1 on `devices/{device_id}/readings`, again and again until the broker acknowledges it.
 *
 * Resolves with their number when the source has ended and all are acknowledged.
 */
export async function publishByMqtt(
  readings: Iterable<Reading> | AsyncIterable<Reading>,
  options: MqttPublishOptions,
): Promise<number> {
  const { url, clientId, maxInFlight = 200, onPublished, onTrouble } = options;
  const client = connect(url, { clientId, clean: true, reconnectPeriod: RETRY_MS });
  client.on('error', (error) => onTrouble?.(error));
  const inFlight = new Set<Promise<void>>();
  let count = 0;
  try {
    for await (const reading of readings) {
      const work = publish(reading).then(() => {
        inFlight.delete(work);
        count += 1;
        onPublished?.();
      });
      inFlight.add(work);
      if (maxInFlight <= inFlight.size) await Promise.race(inFlight);
    }
    await Promise.all(inFlight);
  } finally {
    await client.endAsync(true);
  }
  return count;

  async function publish(reading: Reading): Promise<void> {
    // The topic tells the device, as it does for a device with a certificate of its own.
    const { device_id: deviceId, ...payload } = toWire(reading);
    const topic = `devices/${deviceId}/readings`;
    for (;;) {
      try {
        await client.publishAsync(topic, JSON.stringify(payload), { qos: 1 });
        return;
      } catch (error) {
        onTrouble?.(error as Error);
        await sleep(RETRY_MS);
      }
    }
  }
}
