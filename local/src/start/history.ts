import {
  createFleet,
  PROFILES,
  type ProfileName,
  publishReadings,
  pubSubTopic,
} from '@plumbline/simulator';
import { waitForCounts } from '../counts.ts';
import type { Stack } from '../stack.ts';

const HOUR_MS = 3_600_000;
/**
 * A day, most of it coarser than the devices report, for speed; the end at their own interval, so that what
 * the detectors remember of each device is like what comes next.
 */
const STRETCHES = [
  { fromMs: 24 * HOUR_MS, toMs: 2 * HOUR_MS, intervalMs: 60_000 },
  { fromMs: 2 * HOUR_MS, toMs: 0, intervalMs: undefined },
] as const;
const READINGS_PER_MESSAGE = 500;

/** Share of readings with a fault: enough to see some within minutes, few enough to see what is normal. */
export const FAULT_RATE = 0.02;

/**
 * The last day of the devices, published as fast as it goes. Resolves with the number of readings when all are
 * stored; judging them goes on, in their order, before any reading that is published later.
 */
export async function publishHistory(
  { google }: Stack,
  profiles: readonly ProfileName[],
  nowMs: number,
  onProgress: (publishedCount: number) => void,
  signal: AbortSignal,
): Promise<number> {
  const send = pubSubTopic(google.pubsub, 'readings');
  let published = 0;
  for (const name of profiles) {
    for (const { fromMs, toMs, intervalMs } of STRETCHES) {
      const fleet = createFleet({
        profile: PROFILES[name],
        faultRate: FAULT_RATE,
        ...(intervalMs && { intervalMs }),
      });
      const readings = fleet.readings({ fromMs: nowMs - fromMs, toMs: nowMs - toMs });
      await publishReadings(send, readings, {
        perMessage: READINGS_PER_MESSAGE,
        signal,
        onPublished: ({ length }) => {
          published += length;
          onProgress(published);
        },
      });
    }
  }
  await waitForCounts(
    google.bigquery,
    ({ stored, deadLettered }) => signal.aborted || published <= stored + deadLettered,
  );
  return published;
}
