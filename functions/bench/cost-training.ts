import { TRAINING_SCHEDULE } from '@plumbline/contracts';
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
  const bytes = read.reduce(
    (sum, { statistics }) => sum + Number(statistics.totalBytesProcessed),
    0,
  );
  const { trainer } = ENVIRONMENTS.prod;
  const runsPerHour = 60 / TRAINING_SCHEDULE.everyMinutes;
  const runsOfAReading = trainer.historyHours * runsPerHour;
  const { perVcpuSecond, perGiBSecond } = PRICES.run;
  const usdPerSecond = trainer.cpu * perVcpuSecond + (trainer.memoryMb / 1024) * perGiBSecond;
  return [
    {
      what: `${read.length} queries a run, ${trainer.historyHours} h of history`,
      usdPerMillion:
        ((bytes / readings) * runsOfAReading * 1e6 * PRICES.bigquery.queriedPerTiB) / TIB,
    },
    {
      what: `${seconds.toFixed(0)} s of a job`,
      usdPerMillion: ((seconds * usdPerSecond * runsPerHour) / READINGS_PER_HOUR) * 1e6,
    },
  ];
}
