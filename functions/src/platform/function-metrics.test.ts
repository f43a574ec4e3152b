import { once } from 'node:events';
import type { AddressInfo } from 'node:net';
import { http } from '@google-cloud/functions-framework';
import { getTestServer } from '@google-cloud/functions-framework/testing';
import { TransientError } from '@plumbline/contracts';
import { expect, test } from 'vitest';
import { createFunctionMetrics } from './function-metrics.ts';
import { createGroupCommit } from './group-commit.ts';
import { pushFunction } from './push-function.ts';
import type { Row, RowOutcome } from './row-writer.ts';

const COMMIT = { maxItems: 10, maxBytes: 1000, maxInFlight: 1, capItems: 10, capBytes: 1000 };

/** Takes every row but the one called `bad`. */
const writer = createGroupCommit(
  COMMIT,
  async (rows: Row[]): Promise<RowOutcome[]> =>
    rows.map(({ insertId }) =>
      insertId === 'bad' ? { stored: false, detail: 'invalid' } : { stored: true },
    ),
);

test('a function tells how its pushes ended, what became of rows and how old messages were', async () => {
  const metrics = createFunctionMetrics();
  const readings = metrics.counted('readings_raw', writer);
  const deadLetters = metrics.counted('dead_letters', writer);
  const handle = async ({ data }: { data: Buffer }) => {
    if (data.toString() === 'away') throw new TransientError('BigQuery is away');
    const ids = data.toString().split(' ');
    const outcomes = await readings.add(
      ids.map((insertId) => ({ insertId, values: {} })),
      10,
    );
    const refused = outcomes.filter(({ stored }) => !stored);
    const rows = refused.map((_, index) => ({
      insertId: `dead-${index}`,
      values: { reason: 'refused_by_warehouse' },
    }));
    await deadLetters.add(rows, 10);
  };
  http(
    'measured',
    pushFunction(handle, () => {}, metrics),
  );
  const server = getTestServer('measured');
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  const push = async (text: string, publishedAtMs: number) => {
    const message = {
      messageId: '1',
      data: Buffer.from(text).toString('base64'),
      publishTime: new Date(publishedAtMs).toISOString(),
    };
    const response = await fetch(url, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ message, subscription: 's' }),
    });
    return response.status;
  };
  try {
    expect(await push('a b bad', Date.now() - 40_000)).toBe(204);
    expect(await push('away', Date.now())).toBe(503);
    const response = await fetch(`${url}/metrics`);
    expect(response.headers.get('content-type')).toBe('text/plain; version=0.0.4; charset=utf-8');
    const text = await response.text();
    expect(text).toContain('iot_pushes_total{status="204"} 1\n');
    expect(text).toContain('iot_pushes_total{status="503"} 1\n');
    expect(text).toContain('iot_rows_total{table="readings_raw",outcome="stored"} 2\n');
    expect(text).toContain('iot_rows_total{table="readings_raw",outcome="refused"} 1\n');
    expect(text).toContain('iot_deadletter_total{reason="refused_by_warehouse"} 1\n');
    expect(text).toContain('iot_rows_waiting{table="readings_raw"} 0\n');
    expect(text).toContain('iot_message_lag_seconds_bucket{le="30"} 0\n');
    expect(text).toContain('iot_message_lag_seconds_bucket{le="60"} 1\n');
    expect(text).toContain('iot_message_lag_seconds_count 1\n');
  } finally {
    server.close();
  }
});
