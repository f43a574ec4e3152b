import type { MetricName } from '@plumbline/contracts';
import { SENSOR_FAULTS } from '../faults.ts';
import type { Activity, Profile, Signal, Surroundings } from '../profile.ts';

/** Values of a place at rest, and what people and machines add at full activity. */
interface Location {
  readonly activity: Activity;
  readonly rest: Readonly<Record<Measured, number>>;
  readonly busy: Readonly<Record<Measured, number>>;
}

const MEASURED = ['temperature', 'humidity', 'air_quality', 'pressure', 'co2'] as const;
type Measured = (typeof MEASURED)[number];

const DAY_SHIFT: Activity = {
  fromHour: 8,
  toHour: 18,
  idle: 0.05,
  weekend: 0.15,
  restlessness: 0.4,
};

const LOCATIONS: Readonly<Record<string, Location>> = {
  server_room: {
    activity: { fromHour: 0, toHour: 24, idle: 0.8, weekend: 0.9, restlessness: 0.3 },
    rest: { temperature: 20, humidity: 40, air_quality: 20, pressure: 1013, co2: 420 },
    busy: { temperature: 1.5, humidity: -1, air_quality: 4, pressure: 0, co2: 30 },
  },
  office: {
    activity: DAY_SHIFT,
    rest: { temperature: 21, humidity: 45, air_quality: 30, pressure: 1013, co2: 425 },
    busy: { temperature: 1.8, humidity: 3, air_quality: 15, pressure: 0, co2: 400 },
  },
  warehouse: {
    activity: { ...DAY_SHIFT, fromHour: 6, toHour: 20, restlessness: 0.7 },
    rest: { temperature: 20.2, humidity: 50, air_quality: 40, pressure: 1013, co2: 420 },
    busy: { temperature: 0.8, humidity: 1, air_quality: 25, pressure: 0, co2: 120 },
  },
  laboratory: {
    activity: DAY_SHIFT,
    rest: { temperature: 20.8, humidity: 42, air_quality: 22, pressure: 1012, co2: 420 },
    busy: { temperature: 0.8, humidity: 1, air_quality: 10, pressure: 0, co2: 180 },
  },
  manufacturing_floor: {
    activity: { fromHour: 6, toHour: 22, idle: 0.15, weekend: 0.3, restlessness: 0.5 },
    rest: { temperature: 21.5, humidity: 48, air_quality: 55, pressure: 1013, co2: 430 },
    busy: { temperature: 3, humidity: -4, air_quality: 45, pressure: 0, co2: 260 },
  },
};
const NAMES = Object.keys(LOCATIONS);

/** What each metric has in common at all places. */
const SENSORS: Readonly<Record<Measured, Omit<Signal, 'base' | 'activity'>>> = {
  temperature: {
    spread: 0.4,
    daily: { amplitude: 0.8, peakHour: 15 },
    isSlow: true,
    noise: 0.1,
    drift: 0.6,
    step: 3,
    decimals: 2,
    min: -40,
    max: 85,
  },
  humidity: {
    spread: 2,
    daily: { amplitude: 2, peakHour: 5 },
    isSlow: true,
    noise: 0.4,
    drift: 2,
    step: 8,
    decimals: 1,
    min: 0,
    max: 100,
  },
  air_quality: {
    spread: 3,
    isSlow: true,
    noise: 1,
    drift: 2,
    step: 25,
    decimals: 0,
    min: 0,
    max: 500,
  },
  pressure: {
    spread: 0.5,
    daily: { amplitude: 0.6, peakHour: 10 },
    noise: 0.08,
    drift: 2,
    step: 6,
    decimals: 2,
    min: 870,
    max: 1085,
  },
  co2: {
    spread: 8,
    isSlow: true,
    noise: 5,
    drift: 2,
    step: 250,
    decimals: 0,
    min: 350,
    max: 10_000,
  },
};

/** One metric a sensor, one reading a message part, as older sensors do it. */
export const environment: Profile = {
  name: 'environment',
  description: '25 sensors: 5 places × temperature, humidity, air quality, pressure and CO₂',
  deviceCount: NAMES.length * MEASURED.length,
  intervalMs: 2_000,
  timeZone: 'Europe/Berlin',
  form: 'narrow',
  device(index) {
    const location = NAMES[index % NAMES.length] as string;
    const turn = Math.floor(index / NAMES.length);
    const metric = MEASURED[turn % MEASURED.length] as Measured;
    const number = String(Math.floor(turn / MEASURED.length) + 1).padStart(2, '0');
    return {
      deviceId: `${location}-${metric}-${number}`,
      place: { type: location },
      kind: `${location}/${metric}`,
    };
  },
  kinds: Object.fromEntries(
    Object.entries(LOCATIONS).flatMap(([name, location]) =>
      MEASURED.map((metric) => [`${name}/${metric}`, sensor(location, metric)]),
    ),
  ),
  faults: [...SENSOR_FAULTS, 'overheating', 'ventilation_failure'],
};

function sensor({ activity, rest, busy }: Location, metric: Measured): Surroundings {
  const signal: Signal = { ...SENSORS[metric], base: rest[metric], activity: busy[metric] };
  const metrics: Partial<Record<MetricName, Signal>> = { [metric]: signal };
  return { activity, metrics };
}
