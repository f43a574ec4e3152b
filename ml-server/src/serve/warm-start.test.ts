import { expect, test } from 'vitest';
import { startModelBucket } from '../../test/model-bucket.ts';
import { startServer } from '../../test/start-server.ts';
import { type StoredReading, startWarehouse } from '../../test/warehouse.ts';
import { queryHistory } from '../warehouse/reading-history.ts';

const READING_COUNT = 120;
const JUDGED_COUNT = 110;

test('a server that starts with the past in the warehouse answers as one that was there', async () => {
  const endMs = Date.now();
  const past = Array.from(
    { length: READING_COUNT },
    (_, i): StoredReading => ({
      deviceId: 'm1',
      atMs: endMs - (READING_COUNT - i) * 10_000,
      temperature: 22 + (i % 7) / 10,
    }),
  );
  const { bigquery, store, judged } = await startWarehouse();
  await store(past);
  await judged(past.slice(0, JUDGED_COUNT));
  const { bucket } = await startModelBucket();
  const wasThere = await startServer(bucket);
  await wasThere.batch(past.slice(0, JUDGED_COUNT).map(toRequest));

  const warehouse = queryHistory(bigquery, 1e9);
  const restarted = await startServer(bucket, { WARM_START_HOURS: '1' }, { warehouse });
  while ((await restarted.get('/ready')).status !== 200);
  // Stored already, but not judged: it comes after the restart.
  for (const late of past.slice(JUDGED_COUNT)) {
    expect(await restarted.detect(toRequest(late))).toEqual(await wasThere.detect(toRequest(late)));
  }
  const next = toRequest({ deviceId: 'm1', atMs: endMs, temperature: 25 });
  expect(await restarted.detect(next)).toEqual(await wasThere.detect(next));
});

test('a server whose warehouse does not answer starts without the past and says so', async () => {
  const { bucket } = await startModelBucket();
  const server = await startServer(bucket, { WARM_START_HOURS: '1' });
  while ((await server.get('/ready')).status !== 200);
  expect(server.logged).toContainEqual(
    expect.objectContaining({
      severity: 'ERROR',
      message: expect.stringContaining('no warm start'),
    }),
  );
  expect((await server.detect({ device_id: 'm1', temperature: 40 })).is_anomaly).toBe(true);
});

function toRequest({ deviceId, atMs, temperature }: StoredReading) {
  return { device_id: deviceId, timestamp: new Date(atMs).toISOString(), temperature };
}
