import type { Activity, Profile, Signal, Surroundings } from '../profile.ts';

const BANDS = ['sound_low', 'sound_mid', 'sound_high'] as const;
type Band = (typeof BANDS)[number];

const LEVEL: Pick<Signal, 'step' | 'decimals' | 'min' | 'max'> = {
  step: 9,
  decimals: 1,
  min: 10,
  max: 140,
};

/** A place with a sound of its own: its level at rest, what it gains at its loudest, and how unsteady it is. */
interface Source {
  /** Shares of the A-weighted energy below 250 Hz, up to 2 kHz, and above; together 1. */
  readonly spectrum: Readonly<Record<Band, number>>;
  /** Sounds that do not belong here. */
  readonly foreign: readonly Kind[];
  readonly activity: Activity;
  readonly restDb: number;
  readonly busyDb: number;
  readonly noiseDb: number;
}

type Kind = 'street' | 'machinery' | 'siren' | 'drilling' | 'children' | 'air_conditioning';

const SOURCES: Readonly<Record<Kind, Source>> = {
  street: {
    spectrum: { sound_low: 0.17, sound_mid: 0.68, sound_high: 0.15 },
    foreign: ['siren', 'drilling', 'children'],
    activity: { fromHour: 6, toHour: 22, idle: 0.25, weekend: 0.7, restlessness: 0.4 },
    restDb: 48,
    busyDb: 20,
    noiseDb: 1.8,
  },
  machinery: {
    spectrum: { sound_low: 0.4, sound_mid: 0.52, sound_high: 0.08 },
    foreign: ['siren', 'drilling', 'children'],
    activity: { fromHour: 6, toHour: 22, idle: 0.1, weekend: 0.3, restlessness: 0.15 },
    restDb: 52,
    busyDb: 24,
    noiseDb: 0.7,
  },
  siren: {
    spectrum: { sound_low: 0.01, sound_mid: 0.84, sound_high: 0.15 },
    foreign: ['machinery', 'drilling', 'air_conditioning'],
    activity: { fromHour: 0, toHour: 24, idle: 0.5, weekend: 1, restlessness: 1 },
    restDb: 45,
    busyDb: 26,
    noiseDb: 2,
  },
  drilling: {
    spectrum: { sound_low: 0.05, sound_mid: 0.4, sound_high: 0.55 },
    foreign: ['machinery', 'siren', 'air_conditioning'],
    activity: { fromHour: 7, toHour: 17, idle: 0, weekend: 0.05, restlessness: 0.8 },
    restDb: 44,
    busyDb: 34,
    noiseDb: 1.5,
  },
  children: {
    spectrum: { sound_low: 0.02, sound_mid: 0.58, sound_high: 0.4 },
    foreign: ['machinery', 'drilling', 'air_conditioning'],
    activity: { fromHour: 9, toHour: 18, idle: 0, weekend: 0.8, restlessness: 0.7 },
    restDb: 42,
    busyDb: 24,
    noiseDb: 2,
  },
  air_conditioning: {
    spectrum: { sound_low: 0.55, sound_mid: 0.41, sound_high: 0.04 },
    foreign: ['siren', 'drilling', 'children'],
    activity: { fromHour: 7, toHour: 20, idle: 0.3, weekend: 0.5, restlessness: 0.1 },
    restDb: 40,
    busyDb: 9,
    noiseDb: 0.5,
  },
};
const NAMES = Object.keys(SOURCES) as readonly Kind[];

/** Microphones where each place has its own sound; faults are sounds that do not belong there. */
export const sound: Profile = {
  name: 'sound',
  description: '24 microphones at 6 kinds of places: level and three bands of sound every 5 s',
  deviceCount: 24,
  intervalMs: 5_000,
  timeZone: 'Europe/Berlin',
  form: 'nested',
  device(index) {
    const kind = NAMES[index % NAMES.length] as Kind;
    const number = String(Math.floor(index / NAMES.length) + 1).padStart(2, '0');
    return { deviceId: `${kind}-microphone-${number}`, place: { type: kind }, kind };
  },
  kinds: Object.fromEntries(Object.entries(SOURCES).map(([name, source]) => [name, heard(source)])),
  faults: ['foreign_sound', 'foreign_sound', 'foreign_sound', 'stuck', 'noise_burst', 'dropout'],
};

/** Three bands, each with noise of its own, and the level that they make together. */
function heard(source: Source): Surroundings {
  const whole: Signal = { ...LEVEL, base: 0, spread: 0, noise: 0, drift: 0, levelOf: BANDS };
  return {
    activity: source.activity,
    metrics: {
      sound: whole,
      ...Object.fromEntries(BANDS.map((band) => [band, bandOf(source, band)])),
    },
  };
}

function bandOf({ spectrum, foreign, restDb, busyDb, noiseDb }: Source, band: Band): Signal {
  return {
    ...LEVEL,
    base: restDb + 10 * Math.log10(spectrum[band]),
    spread: 1.5,
    activity: busyDb,
    noise: noiseDb,
    drift: 1,
    foreignShares: foreign.map((kind) => SOURCES[kind].spectrum[band]),
  };
}
