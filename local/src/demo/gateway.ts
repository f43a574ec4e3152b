import { setTimeout as sleep } from 'node:timers/promises';
import type { BigQuery } from '@google-cloud/bigquery';
import { DATASET, MAX_BYTES_BILLED, type Reading, toWire } from '@plumbline/contracts';
import { connectAsync } from 'mqtt';
import type { Stack } from '../stack.ts';

/** What came through one door of the gateway. */
export interface GatewayTotals {
  /** Readings that the gateway acknowledged to the device. */
  readonly acknowledged: number;
  /** Of them, those in the view `readings`. */
  readonly stored: number;
}

const AT_ONCE = 100;
const HTTP_TIMEOUT_MS = 30_000;

/** Publishes readings at QoS 1, one a message, each device on its own topic, and waits for every acknowledgement. */
export async function sendByMqtt({ mqttUrl }: Stack, readings: readonly Reading[]): Promise<void> {
  const client = await connectAsync(mqttUrl, { clientId: 'demo-devices' });
  try {
    for (let at = 0; at < readings.length; at += AT_ONCE) {
      await Promise.all(
        readings.slice(at, at + AT_ONCE).map((reading) => {
          const { device_id: deviceId, ...rest } = toWire(reading);
          const topic = `devices/${deviceId}/readings`;
          return client.publishAsync(topic, JSON.stringify(rest), { qos: 1 });
        }),
      );
    }
  } finally {
    await client.endAsync();
  }
}

/** Posts readings in batches. Throws unless every one of them is accepted. */
export async function sendByHttp({ ports }: Stack, readings: readonly Reading[]): Promise<void> {
  for (let at = 0; at < readings.length; at += AT_ONCE) {
    const batch = readings.slice(at, at + AT_ONCE);
    const response = await fetch(`http://127.0.0.1:${ports.gateway}/v1/readings`, {
      method: 'POST',
      headers: { 'content-type': 'application/json', 'idempotency-key': `demo-${at}` },
      body: JSON.stringify(batch.map(toWire)),
      signal: AbortSignal.timeout(HTTP_TIMEOUT_MS),
    });
    if (response.status === 429) {
      await sleep(1_000 * Number(response.headers.get('retry-after') ?? 1));
      at -= AT_ONCE;
    } else if (response.status !== 200) {
      throw new Error(`the HTTP gateway: ${response.status} ${await response.text()}`);
    }
  }
}

/** Those of the readings that the view `readings` has. */
export async function countStored(
  bigquery: BigQuery,
  readings: readonly Reading[],
): Promise<GatewayTotals> {
  const [rows] = await bigquery.query({
    query: `SELECT COUNT(*) AS stored FROM ${DATASET}.readings WHERE reading_id IN UNNEST(@ids)`,
    params: { ids: readings.map(({ readingId }) => readingId) },
    maximumBytesBilled: MAX_BYTES_BILLED,
  });
  const [{ stored } = { stored: 0 }] = rows as { stored: number }[];
  return { acknowledged: readings.length, stored: Number(stored) };
}
