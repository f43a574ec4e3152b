import {
  createFleet,
  PROFILES,
  type ProfileName,
  publishReadings,
  pubSubTopic,
} from '@plumbline/simulator';
import { waitForCounts } from '../counts.ts';
import type { Stack } from '../stack.ts';

const DAY_MS = 86_400_000;
/** Devices report more often; a reading a minute shows the day and takes seconds. */
const HISTORY_INTERVAL_MS = 60_000;
const READINGS_PER_MESSAGE = 500;

/** Share of readings with a fault: enough to see some within minutes, few enough to see what is normal. */
export const FAULT_RATE = 0.02;

/** The last day of the devices, sent through the whole pipeline as fast as it goes. Gives the number of readings. */
export async function publishHistory(
  { google }: Stack,
  profiles: readonly ProfileName[],
  nowMs: number,
  onProgress: (done: number, total: number) => void,
  signal: AbortSignal,
): Promise<number> {
  const send = pubSubTopic(google.pubsub, 'readings');
  let published = 0;
  for (const name of profiles) {
    const fleet = createFleet({
      profile: PROFILES[name],
      intervalMs: HISTORY_INTERVAL_MS,
      faultRate: FAULT_RATE,
    });
    const readings = fleet.readings({ fromMs: nowMs - DAY_MS, toMs: nowMs });
    const totals = await publishReadings(send, readings, {
      perMessage: READINGS_PER_MESSAGE,
      signal,
    });
    published += totals.published;
  }
  await waitForCounts(
    google.bigquery,
    ({ stored, deadLettered, predicted }) =>
      signal.aborted || (published <= stored + deadLettered && stored <= predicted),
    ({ stored, predicted }) => onProgress(Math.min(stored, predicted), published),
  );
  return published;
}
