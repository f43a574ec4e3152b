import { randomBytes } from 'node:crypto';
import { BigQuery } from '@google-cloud/bigquery';
import { DATASET, SCHEDULED_QUERIES } from '@plumbline/contracts';
import { startBigQuery } from '@plumbline/emulators';
import { PRICES } from '../../infra/src/cost/prices.ts';
import { aggregationBytes } from '../../local/src/aggregation-bytes.ts';
import { aggregate, createWarehouse } from '../../local/src/warehouse.ts';
import { readingRow } from '../src/ingest/reading-row.ts';
import { insertAll } from '../src/platform/big-query.ts';
import { buildingReadings } from './building-readings.ts';

const TIB = 2 ** 40;
const HOUR_MS = 3_600_000;
const MINUTE_MS = 60_000;
/** An hour of readings, repeated over as many as the run that reaches furthest looks at. */
const HOURS = 50;
/** Of those, the ones whose readings are read whole. */
const WHOLE_HOURS = 6;
const READINGS_PER_HOUR = 60_000;

/**
 * US$ per million readings for the queries that aggregate them, from the bytes that each scheduled run of a day is
 * estimated to read. Without the minimum of 10 MiB a table, which a fleet that sends millions is far above.
 */
export async function aggregationUsd(): Promise<number> {
  const emulator = await startBigQuery();
  try {
    const projectId = `queries-${randomBytes(4).toString('hex')}`;
    const bigquery = new BigQuery({ projectId, apiEndpoint: `http://${emulator.host}` });
    await createWarehouse(bigquery);
    const endMs = Math.floor(Date.now() / HOUR_MS) * HOUR_MS;
    await fill(bigquery, endMs);
    const often = SCHEDULED_QUERIES['aggregate-1m'];
    const late = SCHEDULED_QUERIES['aggregate-1m-late'];
    let bytes = 0;
    // From the last run of the hour to the first: what came after each is taken away before it.
    for (const at of minutesOf(often.everyMinutes, often.startMinute)) {
      const run = new Date(endMs - HOUR_MS + at * MINUTE_MS);
      await dropAfter(bigquery, run);
      bytes += 24 * (await aggregationBytes(bigquery, run, often.reach));
      const isNearLate = Math.abs(at - late.startMinute) <= often.everyMinutes / 2;
      if (isNearLate) {
        const runsADay = (24 * 60) / late.everyMinutes;
        bytes += runsADay * (await aggregationBytes(bigquery, run, late.reach));
      }
    }
    const readings = 24 * READINGS_PER_HOUR;
    return ((bytes / readings) * 1e6 * PRICES.bigquery.queriedPerTiB) / TIB;
  } finally {
    await emulator.stop();
  }
}

/** The minutes of an hour at which a schedule runs, the last first. */
function minutesOf(everyMinutes: number, startMinute: number): number[] {
  const runs = Array.from(
    { length: 60 / everyMinutes },
    (_, run) => startMinute + run * everyMinutes,
  );
  return runs.reverse();
}

async function fill(bigquery: BigQuery, endMs: number): Promise<void> {
  const insert = insertAll(bigquery, 'readings_raw', 60_000);
  const readings = buildingReadings(READINGS_PER_HOUR, endMs - HOUR_MS, HOUR_MS);
  for (let from = 0; from < readings.length; from += 2_000) {
    const part = readings.slice(from, from + 2_000);
    await insert(
      part.map((reading) => readingRow(reading, '20261120123456789', reading.measuredAtMs + 500)),
    );
  }
  const shifted = (column: string) => `TIMESTAMP_SUB(${column}, INTERVAL hour HOUR) AS ${column}`;
  const times = `${shifted('measured_at')}, ${shifted('received_at')}`;
  await bigquery.query(`
    INSERT INTO ${DATASET}.readings_raw (reading_id, device_id, message_id, measured_at, received_at)
    SELECT 'r', 'd', 'm', ${times}
    FROM ${DATASET}.readings_raw, UNNEST(GENERATE_ARRAY(${WHOLE_HOURS}, ${HOURS - 1})) AS hour`);
  await bigquery.query(`
    INSERT INTO ${DATASET}.readings_raw
    SELECT * EXCEPT (hour) REPLACE (${times})
    FROM ${DATASET}.readings_raw, UNNEST(GENERATE_ARRAY(1, ${WHOLE_HOURS - 1})) AS hour
    WHERE measured_at >= TIMESTAMP_MILLIS(${endMs - HOUR_MS})`);
  const minutes = 60 * WHOLE_HOURS;
  await aggregate(bigquery, new Date(endMs), { lookBackMinutes: minutes, horizonMinutes: minutes });
}

async function dropAfter(bigquery: BigQuery, time: Date): Promise<void> {
  const params = { time: bigquery.timestamp(time) };
  for (const [table, column] of [
    ['readings_raw', 'measured_at'],
    ['aggregates_1m', 'window_start'],
  ]) {
    await bigquery.query({
      query: `DELETE FROM ${DATASET}.${table} WHERE ${column} > @time`,
      params,
    });
  }
}
