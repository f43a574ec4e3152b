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

interface Stretch {
  /** Before the end. */
  readonly fromMs: number;
  readonly toMs: number;
  /** Undefined: as the devices report. */
  readonly intervalMs?: number;
}

/**
 * A day, most of it coarser than the devices report, for speed; the end at their own interval, so that what
 * the detectors remember of each device is like what comes next. Many devices get less of it.
 */
function stretches(isOneProfile: boolean): readonly Stretch[] {
  const fineMs = isOneProfile ? 2 * HOUR_MS : HOUR_MS / 2;
  const intervalMs = isOneProfile ? 60_000 : 300_000;
  return [
    { fromMs: 24 * HOUR_MS, toMs: fineMs, intervalMs },
    { fromMs: fineMs, toMs: 0 },
  ];
}

const READINGS_PER_MESSAGE = 500;

/** Share of readings with a fault: enough to see some within minutes, few enough to see what is normal. */
export const FAULT_RATE = 0.02;

/**
 * A day of the devices up to `endMs`, published as fast as it goes. Resolves with the number of readings when all are
 * stored; judging them goes on, in their order, before any reading that is published later.
 */
export async function publishHistory(
  { google }: Stack,
  profiles: readonly ProfileName[],
  endMs: number,
  onProgress: (publishedCount: number) => void,
  signal: AbortSignal,
): Promise<number> {
  const send = pubSubTopic(google.pubsub, 'readings');
  let published = 0;
  for (const name of profiles) {
    for (const { fromMs, toMs, intervalMs } of stretches(profiles.length === 1)) {
      const fleet = createFleet({
        profile: PROFILES[name],
        faultRate: FAULT_RATE,
        ...(intervalMs && { intervalMs }),
      });
      const readings = fleet.readings({ fromMs: endMs - fromMs, toMs: endMs - toMs });
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
