import { BigQuery } from '@google-cloud/bigquery';
import { DATASET, SCHEDULED_QUERIES } from '@plumbline/contracts';
import { seededRandom } from '@plumbline/detection';
import { startBigQuery } from '@plumbline/emulators';
import { expect, onTestFinished, test } from 'vitest';
import { aggregate, createWarehouse } from '../../local/src/warehouse.ts';

const HOUR_MS = 3_600_000;
const START_MS = Math.floor(Date.now() / 86_400_000 - 2) * 86_400_000;
/** Hours of readings, and hours after them in which late ones still come. */
const HOURS = 24;
const LATE_HOURS = 6;

/** A run an hour, with a minute to spare; and the late run as it is scheduled. */
const HOURLY = { lookBackMinutes: 65, horizonMinutes: 70 };
const LATE = SCHEDULED_QUERIES['aggregate-1m-late'];

/** Of what each window is made, straight from the view: no code or SQL of the aggregation is in it. */
const RECOMPUTED = `
  SELECT TIMESTAMP_SECONDS(60 * DIV(UNIX_SECONDS(measured_at), 60)) AS window_start, building, metric,
    COUNT(*) AS reading_count, ROUND(SUM(value), 6) AS sum, ROUND(SUM(value * value), 6) AS sum_of_squares,
    MIN(value) AS min, MAX(value) AS max,
    COUNTIF(UNIX_MILLIS(received_at) > 60000 * (DIV(UNIX_SECONDS(measured_at), 60) + 2)) AS late_count
  FROM (
    SELECT measured_at, received_at, building, 'temperature' AS metric, temperature AS value FROM readings
    UNION ALL
    SELECT measured_at, received_at, building, 'co2', co2 FROM readings WHERE co2 IS NOT NULL
  )
  GROUP BY window_start, building, metric
  ORDER BY window_start, building, metric`;
const STORED = `
  SELECT window_start, building, metric, reading_count, ROUND(sum, 6) AS sum,
    ROUND(sum_of_squares, 6) AS sum_of_squares, min, max, late_count
  FROM aggregates_1m
  ORDER BY window_start, building, metric`;

/** A day of four devices: some readings come twice, some hours late. In the order in which they are received. */
function dayOfRows(random: () => number) {
  const rows: { readonly received_at: string; readonly [column: string]: unknown }[] = [];
  for (let index = 0; index < HOURS * 40; index++) {
    const measuredMs = START_MS + index * 90_000 + Math.floor(random() * 60_000);
    const isLate = random() < 0.05;
    const delayMs = isLate ? random() * LATE_HOURS * HOUR_MS : random() * 5_000;
    const reading = {
      reading_id: `r${index}`,
      device_id: `device-${index % 4}`,
      building: index % 2 === 0 ? 'A' : 'B',
      measured_at: new Date(measuredMs).toISOString(),
      temperature: Math.round(random() * 300) / 10,
      ...(random() < 0.5 && { co2: 400 + Math.floor(random() * 600) }),
    };
    const copies = random() < 0.05 ? [delayMs, delayMs + random() * HOUR_MS] : [delayMs];
    for (const ms of copies) {
      const receivedMs = Math.round(measuredMs + ms);
      const message_id = `m${rows.length}`;
      rows.push({ ...reading, message_id, received_at: new Date(receivedMs).toISOString() });
    }
  }
  return rows.sort((a, b) => a.received_at.localeCompare(b.received_at));
}

test('a day with late data is what the view says: run twice, late, out of order and while rows arrive', async () => {
  const emulator = await startBigQuery();
  onTestFinished(() => emulator.stop());
  const bigquery = new BigQuery({ projectId: 'day', apiEndpoint: `http://${emulator.host}` });
  await createWarehouse(bigquery);
  const table = bigquery.dataset(DATASET).table('readings_raw');
  const read = async (query: string) =>
    (await bigquery.query({ query, defaultDataset: { datasetId: DATASET } }))[0];
  const random = seededRandom(7);
  const rows = dayOfRows(random);
  let sent = 0;
  const receivedBefore = (ms: number) => {
    const from = sent;
    while (sent < rows.length && Date.parse(rows[sent]?.received_at ?? '') < ms) sent++;
    return rows.slice(from, sent);
  };
  const runs: number[] = [];
  for (let hour = 1; hour <= HOURS + LATE_HOURS + 1; hour++) {
    const runMs = START_MS + hour * HOUR_MS;
    const arriving = receivedBefore(runMs);
    const half = arriving.splice(0, arriving.length / 2);
    if (half.length > 0) await table.insert(half);
    // Hours are skipped and made up for later, an older one after a newer one; some run twice.
    if (hour % 3 === 0) runs.unshift(runMs);
    else runs.push(runMs);
    const due = hour % 2 === 0 ? runs.splice(0) : [];
    await Promise.all([
      arriving.length > 0 && table.insert(arriving),
      (async () => {
        for (const ms of due.flatMap((one) => (random() < 0.3 ? [one, one] : [one]))) {
          await aggregate(bigquery, new Date(ms), HOURLY);
        }
      })(),
    ]);
    if (hour % (LATE.everyMinutes / 60) === 0)
      await aggregate(bigquery, new Date(runMs), LATE.reach);
  }
  const lastMs = START_MS + (HOURS + LATE_HOURS + 2) * HOUR_MS;
  await aggregate(bigquery, new Date(lastMs), LATE.reach);

  const stored = await read(STORED);
  expect(stored.length).toBeGreaterThan(HOURS * 40);
  expect(stored.some(({ late_count: count }) => count > 0)).toBe(true);
  expect(stored).toEqual(await read(RECOMPUTED));
  await aggregate(bigquery, new Date(lastMs), LATE.reach);
  expect(await read(STORED)).toEqual(stored);
}, 60_000);
