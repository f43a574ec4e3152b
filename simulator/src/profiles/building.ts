import { SENSOR_FAULTS } from '../faults.ts';
import type { Activity, Profile, Surroundings } from '../profile.ts';

const BUILDINGS = ['A', 'B', 'C'];
const FLOORS = 4;

/** What makes one type of room different from another. */
interface Room {
  /** In device ids. */
  readonly name: string;
  readonly activity: Activity;
  readonly temperature: { readonly base: number; readonly daily: number; readonly people: number };
  /** In the room at full activity. */
  readonly people: number;
  /** Added by them, in ppm, over 420 of fresh air. */
  readonly co2: number;
  readonly energy: { readonly base: number; readonly people: number };
}

const OFFICE_HOURS: Activity = {
  fromHour: 8,
  toHour: 18,
  idle: 0.02,
  weekend: 0.1,
  restlessness: 0.45,
};

const ROOMS: Readonly<Record<string, Room>> = {
  office: {
    name: 'Office',
    activity: OFFICE_HOURS,
    temperature: { base: 21.5, daily: 0.8, people: 1.2 },
    people: 8,
    co2: 420,
    energy: { base: 18, people: 26 },
  },
  conference_room: {
    name: 'ConferenceRoom',
    activity: { ...OFFICE_HOURS, restlessness: 0.95 },
    temperature: { base: 21, daily: 0.7, people: 1.8 },
    people: 14,
    co2: 620,
    energy: { base: 12, people: 16 },
  },
  server_room: {
    name: 'ServerRoom',
    // Machines work day and night; people are rare.
    activity: { fromHour: 0, toHour: 24, idle: 0.75, weekend: 0.85, restlessness: 0.3 },
    temperature: { base: 20, daily: 0.2, people: 0.8 },
    // Half a person and a little more: in the busiest minutes somebody is there.
    people: 0.53,
    co2: 40,
    energy: { base: 80, people: 14 },
  },
  lobby: {
    name: 'Lobby',
    activity: { fromHour: 7, toHour: 20, idle: 0.02, weekend: 0.3, restlessness: 0.6 },
    temperature: { base: 20.8, daily: 1.2, people: 0.8 },
    people: 25,
    co2: 260,
    energy: { base: 24, people: 16 },
  },
  cafeteria: {
    name: 'Cafeteria',
    activity: { fromHour: 11, toHour: 15, idle: 0.01, weekend: 0.15, restlessness: 0.4 },
    temperature: { base: 21.5, daily: 0.8, people: 1.8 },
    people: 60,
    co2: 750,
    energy: { base: 34, people: 46 },
  },
  warehouse: {
    name: 'Warehouse',
    activity: { fromHour: 6, toHour: 20, idle: 0.03, weekend: 0.4, restlessness: 0.7 },
    temperature: { base: 20.8, daily: 1.5, people: 0.5 },
    people: 7,
    co2: 120,
    energy: { base: 28, people: 24 },
  },
};
const TYPES = Object.keys(ROOMS);

/** Three office buildings: climate, people and energy of each room in one reading. */
export const building: Profile = {
  name: 'building',
  description: '72 rooms in 3 buildings with 4 floors: climate, CO₂, people and energy',
  deviceCount: BUILDINGS.length * FLOORS * TYPES.length,
  intervalMs: 60_000,
  timeZone: 'Europe/Berlin',
  form: 'nested',
  device(index) {
    const floors = BUILDINGS.length * FLOORS;
    const letter = BUILDINGS[index % BUILDINGS.length] as string;
    const floor = Math.floor((index % floors) / BUILDINGS.length) + 1;
    const onFloor = Math.floor(index / floors);
    // Each floor begins with another type, so that a small fleet has all of them too.
    const type = TYPES[(onFloor + index) % TYPES.length] as string;
    const room = String(floor * 100 + onFloor + 1);
    return {
      deviceId: `Building${letter}-Floor${floor}-${ROOMS[type]?.name}-${room}`,
      place: { building: letter, floor, room, type },
      kind: type,
    };
  },
  kinds: Object.fromEntries(Object.entries(ROOMS).map(([type, room]) => [type, metricsOf(room)])),
  faults: [
    ...SENSOR_FAULTS,
    'correlated_failure',
    'overheating',
    'ventilation_failure',
    'correlation_break',
  ],
};

function metricsOf({ activity, temperature, people, co2, energy }: Room): Surroundings {
  return {
    activity,
    metrics: {
      temperature: {
        base: temperature.base,
        spread: 0.5,
        daily: { amplitude: temperature.daily, peakHour: 15 },
        activity: temperature.people,
        isSlow: true,
        noise: 0.08,
        drift: 0.4,
        step: 3,
        decimals: 2,
        min: -40,
        max: 85,
      },
      humidity: {
        base: 45,
        spread: 3,
        activity: 3,
        isSlow: true,
        perDegree: -1.5,
        noise: 0.4,
        drift: 2,
        step: 8,
        decimals: 1,
        min: 0,
        max: 100,
      },
      co2: {
        base: 425,
        spread: 10,
        activity: co2,
        isSlow: true,
        noise: 6,
        drift: 2,
        step: 250,
        decimals: 0,
        min: 350,
        max: 10_000,
      },
      occupancy: {
        base: 0,
        spread: 0,
        activity: people,
        noise: people * 0.02,
        drift: 0,
        step: Math.max(3, people * 0.5),
        decimals: 0,
        min: 0,
        max: 500,
      },
      energy: {
        base: energy.base,
        spread: energy.base * 0.05,
        activity: energy.people,
        perDegree: 0.8,
        noise: 0.6,
        drift: 1,
        step: 12,
        decimals: 2,
        min: 0,
        max: 1000,
      },
    },
  };
}
