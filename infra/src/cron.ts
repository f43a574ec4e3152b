import type { Schedule } from '@plumbline/contracts';

/**
 * A schedule of `contracts/` in cron's words.
 *
 * Throws if cron cannot say it: the period must divide an hour, or be whole hours that divide a day.
 */
export function cron({ everyMinutes, startMinute }: Schedule): string {
  if (everyMinutes < 60 && 60 % everyMinutes === 0) {
    return `${startMinute % everyMinutes}/${everyMinutes} * * * *`;
  }
  const hours = everyMinutes / 60;
  if (Number.isInteger(hours) && 24 % hours === 0) {
    return hours === 1 ? `${startMinute} * * * *` : `${startMinute} */${hours} * * *`;
  }
  throw new RangeError(`everyMinutes ${everyMinutes} divides neither an hour nor a day`);
}
