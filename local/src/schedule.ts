import type { Schedule } from '@plumbline/contracts';

const MINUTE_MS = 60_000;
const HOUR_MS = 60 * MINUTE_MS;

/** The first run of a schedule after `nowMs`. Runs are at the same minutes of every hour, in UTC. */
export function nextRunMs({ everyMinutes, startMinute }: Schedule, nowMs: number): number {
  const periodMs = everyMinutes * MINUTE_MS;
  const firstMs = Math.floor(nowMs / HOUR_MS) * HOUR_MS + startMinute * MINUTE_MS;
  return firstMs + (Math.floor((nowMs - firstMs) / periodMs) + 1) * periodMs;
}

/**
 * Runs a job by its schedule until the returned function is called. Runs never overlap; one that fails is
 * reported and the next comes as planned.
 */
export function runOnSchedule(
  schedule: Schedule,
  job: (runTime: Date) => Promise<void>,
  report: (error: unknown) => void,
): () => void {
  let timer = plan();
  return () => clearTimeout(timer);

  function plan(): NodeJS.Timeout {
    const atMs = nextRunMs(schedule, Date.now());
    return setTimeout(async () => {
      await job(new Date(atMs)).catch(report);
      timer = plan();
    }, atMs - Date.now());
  }
}
