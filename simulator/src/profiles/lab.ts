import { SENSOR_FAULTS } from '../faults.ts';
import type { Profile } from '../profile.ts';

/** Motes on the wall of a laboratory, after the Intel Berkeley lab: every 31 seconds, on batteries that sag. */
export const lab: Profile = {
  name: 'lab',
  description: '54 battery motes in a laboratory: temperature, humidity, light and voltage',
  deviceCount: 54,
  intervalMs: 31_000,
  timeZone: 'America/Los_Angeles',
  form: 'nested',
  device(index) {
    const number = index + 1;
    // By the window, or in the middle of the room.
    const kind = number % 3 === 0 ? 'window' : 'inside';
    return {
      deviceId: `lab-mote-${String(number).padStart(2, '0')}`,
      place: { building: 'lab', floor: 1, room: kind, type: 'laboratory' },
      kind,
    };
  },
  kinds: { window: motes(650), inside: motes(120) },
  faults: [...SENSOR_FAULTS, 'correlated_failure', 'overheating', 'correlation_break'],
};

function motes(daylight: number): Profile['kinds'][string] {
  return {
    activity: { fromHour: 9, toHour: 19, idle: 0.03, weekend: 0.2, restlessness: 0.25 },
    metrics: {
      temperature: {
        base: 20.8,
        spread: 0.6,
        daily: { amplitude: 1.2, peakHour: 16 },
        activity: 1.2,
        isSlow: true,
        noise: 0.06,
        drift: 0.5,
        step: 3,
        decimals: 3,
        min: -40,
        max: 85,
      },
      humidity: {
        base: 40,
        spread: 2,
        activity: 1,
        isSlow: true,
        perDegree: -1.8,
        noise: 0.2,
        drift: 2,
        step: 6,
        decimals: 3,
        min: 0,
        max: 100,
      },
      light: {
        base: 2,
        spread: 1,
        daylight,
        activity: 380,
        noise: 4,
        drift: 1,
        step: 200,
        decimals: 1,
        min: 0,
        max: 10_000,
      },
      voltage: {
        base: 2.95,
        spread: 0.03,
        sag: { by: 0.5, days: 45 },
        noise: 0.004,
        drift: 0.01,
        step: 0.2,
        decimals: 3,
        min: 0,
        max: 3.6,
      },
    },
  };
}
