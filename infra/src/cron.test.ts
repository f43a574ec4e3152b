import { expect, test } from 'vitest';
import { cron } from './cron.ts';

test.each([
  [60, 7, '7 * * * *'],
  [15, 7, '7/15 * * * *'],
  [15, 22, '7/15 * * * *'],
  [1440, 17, '17 */24 * * *'],
  [360, 17, '17 */6 * * *'],
])('every %i minutes from minute %i is %s', (everyMinutes, startMinute, expected) => {
  expect(cron({ everyMinutes, startMinute, description: '' })).toBe(expected);
});

test('a period that cron cannot say is refused', () => {
  expect(() => cron({ everyMinutes: 7, startMinute: 1, description: '' })).toThrow(
    'everyMinutes 7',
  );
  expect(() => cron({ everyMinutes: 90, startMinute: 1, description: '' })).toThrow(
    'everyMinutes 90',
  );
});
