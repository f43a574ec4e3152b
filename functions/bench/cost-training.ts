import type { BigQuery } from '@google-cloud/bigquery';
import { DATASET, TABLES, TRAINING_SCHEDULE } from '@plumbline/contracts';
import { PRICES } from '../../infra/src/cost/prices.ts';
import { ENVIRONMENTS } from '../../infra/src/environments.ts';
import type { Stack } from '../../local/src/stack.ts';
import type { Price } from './cost-units.ts';

const TIB = 2 ** 40;
/** A job is billed for a minute at least: https://cloud.google.com/run/pricing. */
const MINIMUM_JOB_SECONDS = 60;
/** Devices of the fleet over which a run is spread, each a reading every ten seconds. */
const DEVICES = 1_000;
const READINGS_PER_HOUR = DEVICES * 360;

export const TRAINED_FLEET = `${DEVICES} devices, each a reading every 10 s`;

/**
 * US$ per million readings for the training of `prod`, from one run of the real trainer: the bytes that its queries
 * read, and the time that it took. A reading is read by every run until it is older than the history of a run.
 *
 * `readings`: how many the warehouse holds, all within the history that the trainer of this stack reads.
 */
export async function trainingPrices(stack: Stack, readings: number): Promise<Price[]> {
  const sinceMs = Date.now();
  await stack.train();
  const seconds = Math.max(MINIMUM_JOB_SECONDS, (Date.now() - sinceMs) / 1000);
  const [jobs] = await stack.google.bigquery.getJobs({ maxResults: 1_000 });
  const read = jobs
    .map(({ metadata }) => metadata)
    .filter(
      ({ configuration, statistics }) =>
        configuration.labels?.component === 'ml-server' &&
        sinceMs <= Number(statistics.creationTime),
    );
  if (read.length === 0) throw new Error('the trainer asked nothing');
  let bytes = 0;
  for (const { configuration } of read) {
    bytes += await bytesOf(stack.google.bigquery, configuration.query.query);
  }
  const { trainer } = ENVIRONMENTS.prod;
  const runsPerHour = 60 / TRAINING_SCHEDULE.everyMinutes;
  const runsOfAReading = trainer.historyHours * runsPerHour;
  const { perVcpuSecond, perGiBSecond } = PRICES.run;
  const usdPerSecond = trainer.cpu * perVcpuSecond + (trainer.memoryMb / 1024) * perGiBSecond;
  return [
    {
      what: `${read.length} queries a run, ${Math.round(bytes / readings)} bytes of a reading, ${trainer.historyHours} h of history`,
      usdPerMillion:
        ((bytes / readings) * runsOfAReading * 1e6 * PRICES.bigquery.queriedPerTiB) / TIB,
    },
    {
      what: `${seconds.toFixed(0)} s of a job`,
      usdPerMillion: ((seconds * usdPerSecond * runsPerHour) / READINGS_PER_HOUR) * 1e6,
    },
  ];
}

/**
 * Of all rows, the columns that a query of the view `readings` names and those that the view needs itself. The emulator
 * counts every column of a view, whichever of them is asked for; Google does not.
 */
async function bytesOf(bigquery: BigQuery, text: string): Promise<number> {
  const ofTheView = ['reading_id', 'measured_at', 'received_at'];
  const columns = TABLES.readings_raw.columns
    .map(({ name }) => name)
    .filter((name) => ofTheView.includes(name) || new RegExp(`\\b${name}\\b`).test(text));
  const query = `SELECT ${columns.join(', ')} FROM ${DATASET}.readings_raw`;
  const [job] = await bigquery.createQueryJob({ query, dryRun: true });
  return Number(job.metadata.statistics.totalBytesProcessed);
}
