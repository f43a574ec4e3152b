import { expect, test } from 'vitest';
import { trainBundle } from '../model/train-bundle.ts';
import { seededRandom } from '../random.ts';
import { decideAlone } from './decide-batch.ts';

const UNITS = { temperature: '°C', co2: 'ppm', air_quality: 'AQI' };
const random = seededRandom(2);
const { bundle } = trainBundle(
  [
    {
      points: Array.from({ length: 500 }, (_, i) => ({
        atMs: i * 60_000,
        metrics: {
          temperature: 22.25 + (random() - 0.5) / 3,
          air_quality: 50 + 8 * random(),
        },
      })),
    },
  ],
  { trainedAt: '2026-01-01T00:00:00Z' },
);
const rules = { version: 'test', rules: [{ metric: 'co2', high: 1000 }] };

function explained(metrics: Record<string, number>): string {
  return decideAlone(bundle, { atMs: 0, metrics }, rules, UNITS).explanation;
}

test('says values with their unit and as many decimals as the usual band needs', () => {
  expect(explained({ temperature: 31.2345 })).toMatch(
    /^temperature 31\.2 °C is unusually high, usually 2\d\.\d to 2\d\.\d °C$/,
  );
  expect(explained({ air_quality: 91.23 })).toMatch(
    /^air quality 91 AQI is unusually high, usually \d\d to \d\d AQI$/,
  );
});

test('says a limit as it was set', () => {
  expect(explained({ co2: 1500.04 })).toBe('co2 1500 ppm is above its limit 1000 ppm');
});

test('says what else is off, and a metric without a unit bare', () => {
  const other = { version: 'test', rules: [...rules.rules, { metric: 'sound', high: 80 }] };
  const point = { atMs: 0, metrics: { co2: 9000, sound: 90 } };
  expect(decideAlone(null, point, other, UNITS).explanation).toBe(
    'co2 9000 ppm is above its limit 1000 ppm; sound also',
  );
  expect(decideAlone(null, { atMs: 0, metrics: { sound: 90 } }, other).explanation).toBe(
    'sound 90 is above its limit 80',
  );
});
