import { expect, test } from 'vitest';
import { nextRunMs } from './schedule.ts';

const at = (time: string) => Date.parse(`2026-11-20T${time}Z`);
const every5 = { everyMinutes: 5, startMinute: 2, description: '' };

test.each([
  ['09:00:00', '09:02:00'],
  ['09:02:00', '09:07:00'],
  ['09:06:59.999', '09:07:00'],
  ['09:58:00', '10:02:00'],
])('after %s a query of every 5 minutes from minute 2 runs at %s', (now, next) => {
  expect(new Date(nextRunMs(every5, at(now))).toISOString()).toBe(new Date(at(next)).toISOString());
});

test('an hourly job runs once an hour', () => {
  const hourly = { everyMinutes: 60, startMinute: 7, description: '' };
  expect(nextRunMs(hourly, at('09:07:00'))).toBe(at('10:07:00'));
  expect(nextRunMs(hourly, at('09:00:00'))).toBe(at('09:07:00'));
});
