import { type MetricName, RULE_LIMITS } from '@plumbline/contracts';
import { describe, expect, test } from 'vitest';
import { createFleet, type Fleet, type FleetOptions } from './fleet.ts';
import { PROFILE_NAMES, PROFILES, type ProfileName } from './profiles/index.ts';

const HOUR_MS = 3_600_000;
const DAY_MS = 24 * HOUR_MS;
/** A Monday, 00:00 in Berlin. */
const MONDAY_MS = Date.parse('2026-03-02T00:00:00+01:00');

function fleetOf(profile: ProfileName, options: Partial<FleetOptions> = {}): Fleet {
  return createFleet({ profile: PROFILES[profile], ...options });
}

describe('signal', () => {
  /** Values of one device without faults. */
  function series(fleet: Fleet, device: number, metric: MetricName, days: number) {
    const period = { fromMs: MONDAY_MS, toMs: MONDAY_MS + days * DAY_MS };
    return [...fleet.moments(device, period)].map((timeMs) => ({
      timeMs,
      value: fleet.readingAt(device, timeMs)?.metrics[metric] as number,
    }));
  }

  test('the daily cycle has the amplitude and the phase of the profile', () => {
    // A warehouse sensor where nobody works: activity is nought, so that only the daily wave is left.
    const profile = {
      ...PROFILES.environment,
      kinds: Object.fromEntries(
        Object.entries(PROFILES.environment.kinds).map(([kind, { metrics }]) => [
          kind,
          { metrics, activity: { fromHour: 0, toHour: 0, idle: 0, weekend: 0, restlessness: 0 } },
        ]),
      ),
    };
    const fleet = createFleet({ profile, faultRate: 0, devices: 3, intervalMs: 300_000 });
    // First Fourier coefficient over 28 days; the slow drift averages out.
    let sine = 0;
    let cosine = 0;
    const values = series(fleet, 2, 'temperature', 28);
    for (const { timeMs, value } of values) {
      const turn = ((timeMs - MONDAY_MS) / DAY_MS) * 2 * Math.PI;
      sine += (value * Math.sin(turn) * 2) / values.length;
      cosine += (value * Math.cos(turn) * 2) / values.length;
    }
    const amplitude = Math.hypot(sine, cosine);
    const peakHour = ((Math.atan2(sine, cosine) / (2 * Math.PI)) * 24 + 24) % 24;
    expect(Math.abs(amplitude - 0.8)).toBeLessThan(0.1);
    expect(Math.abs(peakHour - 15)).toBeLessThan(0.5);
  });

  test('follows the clock of the site, daylight saving included', () => {
    const options = { faultRate: 0, devices: 12, intervalMs: 600_000 };
    const busyAt = (fleet: Fleet, instant: string) =>
      fleet.readingAt(0, Date.parse(instant))?.metrics.occupancy as number;
    const berlin = fleetOf('building', options);
    expect(berlin.devices[0]?.place.type).toBe('office');
    // 07:00 UTC is 08:00 in winter, when people arrive, and 09:00 in summer.
    expect(busyAt(berlin, '2026-03-25T07:00:00Z')).toBeLessThan(
      busyAt(berlin, '2026-04-01T07:00:00Z'),
    );
    const tokyo = fleetOf('building', { ...options, timeZone: 'Asia/Tokyo' });
    expect(busyAt(tokyo, '2026-03-25T03:00:00Z')).toBeGreaterThan(1);
    expect(busyAt(tokyo, '2026-03-25T13:00:00Z')).toBeLessThan(2);
  });

  test('weekends are quiet', () => {
    const fleet = fleetOf('building', { faultRate: 0, devices: 1 });
    const mean = (day: number) => {
      const values = series(fleet, 0, 'occupancy', 7).filter(
        ({ timeMs }) => Math.floor((timeMs - MONDAY_MS) / DAY_MS) === day,
      );
      return values.reduce((sum, { value }) => sum + value, 0) / values.length;
    };
    expect(mean(5)).toBeLessThan(mean(2) / 2);
  });

  test('drift stays within ±2 units everywhere, and is there', () => {
    for (const name of PROFILE_NAMES) {
      for (const { metrics } of Object.values(PROFILES[name].kinds)) {
        for (const signal of Object.values(metrics)) expect(signal.drift).toBeLessThanOrEqual(2);
      }
    }
    // Pressure without its daily wave and noise is drift alone.
    const plain = {
      ...PROFILES.environment,
      kinds: Object.fromEntries(
        Object.entries(PROFILES.environment.kinds).map(([kind, { activity, metrics }]) => {
          const pressure = metrics.pressure;
          const { daily: _, ...rest } = pressure ?? { daily: undefined };
          return [
            kind,
            {
              activity,
              metrics: pressure
                ? {
                    pressure: {
                      ...pressure,
                      ...rest,
                      daily: { amplitude: 0, peakHour: 0 },
                      noise: 0,
                      spread: 0,
                    },
                  }
                : metrics,
            },
          ];
        }),
      ),
    };
    const fleet = createFleet({ profile: plain, faultRate: 0, intervalMs: 600_000 });
    const index = fleet.devices.findIndex(({ kind }) => kind === 'office/pressure');
    const values = series(fleet, index, 'pressure', 60).map(({ value }) => value - 1013);
    expect(Math.max(...values.map(Math.abs))).toBeLessThanOrEqual(2);
    expect(Math.max(...values.map(Math.abs))).toBeGreaterThan(1);
  });

  test('energy and occupancy go together in the working day, r > 0.5 in rooms made for people', () => {
    const fleet = fleetOf('building', { faultRate: 0, devices: 24, intervalMs: 300_000 });
    for (const [index, { place, deviceId }] of fleet.devices.entries()) {
      if (place.type === 'server_room') continue;
      const pairs = series(fleet, index, 'energy', 5).flatMap(({ timeMs, value }) => {
        const hour = ((timeMs - MONDAY_MS) / HOUR_MS) % 24;
        const occupancy = fleet.readingAt(index, timeMs)?.metrics.occupancy as number;
        return 8 <= hour && hour < 18 ? [[value, occupancy] as const] : [];
      });
      expect(correlation(pairs), deviceId).toBeGreaterThan(0.5);
    }
  });

  test.each(PROFILE_NAMES)(
    'without faults, %s breaks no rule of the contracts in a month',
    (name) => {
      const fleet = fleetOf(name, { faultRate: 0, intervalMs: 1_200_000 });
      const period = { fromMs: MONDAY_MS, toMs: MONDAY_MS + 28 * DAY_MS };
      const broken: string[] = [];
      for (const { deviceId, metrics, place } of fleet.readings(period)) {
        for (const { metric, placeType, low = -Infinity, high = Infinity } of RULE_LIMITS) {
          const value = metrics[metric];
          if (value === undefined || (placeType !== undefined && placeType !== place.type))
            continue;
          if (value < low || high < value) broken.push(`${deviceId}: ${metric} ${value}`);
        }
      }
      expect(broken).toEqual([]);
    },
  );

  test('the bands of a sound add up to its level, with a foreign sound too', () => {
    const profile = PROFILES.sound;
    const fleet = fleetOf('sound', { faults: ['foreign_sound'] });
    const period = { fromMs: MONDAY_MS, toMs: MONDAY_MS + 200 * profile.intervalMs };
    let foreignCount = 0;
    for (const { metrics, label } of fleet.readings(period)) {
      const bands = [metrics.sound_low, metrics.sound_mid, metrics.sound_high] as number[];
      // Energies add: 60 dB and 60 dB are 63 dB.
      const together = 10 * Math.log10(bands.reduce((sum, band) => sum + 10 ** (band / 10), 0));
      expect(Math.abs(together - (metrics.sound as number))).toBeLessThan(0.11);
      if (label !== undefined) foreignCount += 1;
    }
    expect(foreignCount).toBeGreaterThan(50);
  });

  test('batteries sag and are replaced', () => {
    const fleet = fleetOf('lab', { faultRate: 0, intervalMs: 6 * HOUR_MS, devices: 1 });
    const values = series(fleet, 0, 'voltage', 90).map(({ value }) => value);
    expect(Math.min(...values)).toBeLessThan(2.5);
    expect(Math.max(...values)).toBeGreaterThan(2.9);
    const rises = values.filter((value, at) => 0.3 < value - (values[at - 1] ?? value));
    expect(rises).toHaveLength(2);
  });
});

function correlation(pairs: readonly (readonly [number, number])[]): number {
  const mean = (of: 0 | 1) => pairs.reduce((sum, pair) => sum + pair[of], 0) / pairs.length;
  const [meanX, meanY] = [mean(0), mean(1)];
  let [xy, xx, yy] = [0, 0, 0];
  for (const [x, y] of pairs) {
    xy += (x - meanX) * (y - meanY);
    xx += (x - meanX) ** 2;
    yy += (y - meanY) ** 2;
  }
  return xy / Math.sqrt(xx * yy);
}
