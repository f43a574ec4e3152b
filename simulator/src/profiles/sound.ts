import type { Activity, Profile, Surroundings } from '../profile.ts';

/** A place with a sound of its own: its level at rest, what it gains at its loudest, and how unsteady it is. */
interface Source {
  readonly activity: Activity;
  readonly restDb: number;
  readonly busyDb: number;
  readonly noiseDb: number;
}

const SOURCES: Readonly<Record<string, Source>> = {
  street: {
    activity: { fromHour: 6, toHour: 22, idle: 0.25, weekend: 0.7, restlessness: 0.4 },
    restDb: 48,
    busyDb: 20,
    noiseDb: 1.8,
  },
  machinery: {
    activity: { fromHour: 6, toHour: 22, idle: 0.1, weekend: 0.3, restlessness: 0.15 },
    restDb: 52,
    busyDb: 24,
    noiseDb: 0.7,
  },
  siren: {
    activity: { fromHour: 0, toHour: 24, idle: 0.5, weekend: 1, restlessness: 1 },
    restDb: 45,
    busyDb: 26,
    noiseDb: 2,
  },
  drilling: {
    activity: { fromHour: 7, toHour: 17, idle: 0, weekend: 0.05, restlessness: 0.8 },
    restDb: 44,
    busyDb: 34,
    noiseDb: 1.5,
  },
  children: {
    activity: { fromHour: 9, toHour: 18, idle: 0, weekend: 0.8, restlessness: 0.7 },
    restDb: 42,
    busyDb: 24,
    noiseDb: 2,
  },
  air_conditioning: {
    activity: { fromHour: 7, toHour: 20, idle: 0.3, weekend: 0.5, restlessness: 0.1 },
    restDb: 40,
    busyDb: 9,
    noiseDb: 0.5,
  },
};
const NAMES = Object.keys(SOURCES);

/** Microphones where each place has its own sound; faults are sounds that do not belong there. */
export const sound: Profile = {
  name: 'sound',
  description: '24 microphones at 6 kinds of places: sound level every 5 s',
  deviceCount: 24,
  intervalMs: 5_000,
  timeZone: 'Europe/Berlin',
  form: 'nested',
  device(index) {
    const kind = NAMES[index % NAMES.length] as string;
    const number = String(Math.floor(index / NAMES.length) + 1).padStart(2, '0');
    return { deviceId: `${kind}-microphone-${number}`, place: { type: kind }, kind };
  },
  kinds: Object.fromEntries(Object.entries(SOURCES).map(([name, source]) => [name, heard(source)])),
  faults: ['foreign_sound', 'foreign_sound', 'foreign_sound', 'stuck', 'noise_burst', 'dropout'],
};

function heard({ activity, restDb, busyDb, noiseDb }: Source): Surroundings {
  return {
    activity,
    metrics: {
      sound: {
        base: restDb,
        spread: 1.5,
        activity: busyDb,
        noise: noiseDb,
        drift: 1,
        step: 9,
        decimals: 1,
        min: 20,
        max: 140,
      },
    },
  };
}
