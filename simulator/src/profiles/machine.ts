import { SENSOR_FAULTS } from '../faults.ts';
import type { Profile } from '../profile.ts';

const BUILDINGS = ['A', 'B', 'C'];
const FLOORS = 4;
const LINES = ['press', 'lathe', 'pump', 'fan', 'conveyor'];

/** Machines of a plant on two shifts; each reports the temperature of its surface and its vibration. */
export const machine: Profile = {
  name: 'machine',
  description: '50 machines in 3 buildings with 4 floors: temperature and vibration every 10 s',
  deviceCount: 50,
  intervalMs: 10_000,
  timeZone: 'Europe/Berlin',
  form: 'nested',
  device(index) {
    const place = index % (BUILDINGS.length * FLOORS);
    const building = BUILDINGS[place % BUILDINGS.length] as string;
    const floor = Math.floor(place / BUILDINGS.length) + 1;
    const kind = LINES[index % LINES.length] as string;
    const number = String(index + 1).padStart(3, '0');
    return {
      deviceId: `Building${building}-Floor${floor}-${kind}-${number}`,
      place: { building, floor, type: kind },
      kind,
    };
  },
  kinds: {
    press: running({ vibration: 1.9, temperature: 23.5 }),
    lathe: running({ vibration: 1.4, temperature: 22.5 }),
    pump: running({ vibration: 1.1, temperature: 24 }),
    fan: running({ vibration: 0.9, temperature: 21.5 }),
    conveyor: running({ vibration: 1.2, temperature: 22 }),
  },
  faults: [
    ...SENSOR_FAULTS,
    'correlated_failure',
    'overheating',
    'equipment_wear',
    'correlation_break',
  ],
};

/** Values at a standstill; work adds to both. */
function running(idle: { vibration: number; temperature: number }): Profile['kinds'][string] {
  return {
    activity: { fromHour: 6, toHour: 22, idle: 0.15, weekend: 0.3, restlessness: 0.3 },
    metrics: {
      temperature: {
        base: idle.temperature,
        spread: 0.6,
        daily: { amplitude: 0.8, peakHour: 15 },
        activity: 1.6,
        isSlow: true,
        noise: 0.12,
        drift: 0.5,
        step: 3,
        decimals: 2,
        min: -40,
        max: 150,
      },
      vibration: {
        base: idle.vibration,
        spread: 0.15,
        activity: 0.5,
        noise: 0.07,
        drift: 0.1,
        step: 1,
        decimals: 3,
        min: 0,
        max: 50,
      },
    },
  };
}
