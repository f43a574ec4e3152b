/** What a device can measure. Everything else about a metric (columns, schemas, labels, docs) derives from its entry here. */
export interface Metric {
  /** The one unit in which the metric is stored and shown. */
  readonly unit: string;
  /** Other spellings of the same unit that a producer may send. No conversion happens. */
  readonly unitAliases: readonly string[];
  /** Physically plausible range, inclusive. A value outside cannot be a measurement and is dead-lettered. */
  readonly min: number;
  readonly max: number;
  /** Digits after the point that a person wants to see. */
  readonly decimals: number;
  readonly description: string;
}

export const METRICS = {
  temperature: {
    unit: '°C',
    unitAliases: ['C', 'Cel', 'celsius'],
    min: -90,
    max: 300,
    decimals: 1,
    description: 'Temperature of the air or of the machine surface',
  },
  humidity: {
    unit: '%',
    unitAliases: ['%RH', 'percent'],
    min: 0,
    max: 100,
    decimals: 1,
    description: 'Relative humidity of the air',
  },
  co2: {
    unit: 'ppm',
    unitAliases: [],
    min: 0,
    max: 50_000,
    decimals: 0,
    description: 'Carbon dioxide in the air, parts per million',
  },
  occupancy: {
    unit: 'people',
    unitAliases: ['persons', 'count'],
    min: 0,
    max: 100_000,
    decimals: 0,
    description: 'People in the room',
  },
  energy: {
    unit: 'kWh',
    unitAliases: ['kwh'],
    min: 0,
    max: 1_000_000,
    decimals: 1,
    description: 'Energy used since the previous reading',
  },
  air_quality: {
    unit: 'AQI',
    unitAliases: ['aqi'],
    min: 0,
    max: 1_000,
    decimals: 0,
    description: 'Air quality index, 0 (good) to 500 (hazardous) and beyond',
  },
  pressure: {
    unit: 'hPa',
    unitAliases: ['mbar'],
    min: 300,
    max: 1_200,
    decimals: 1,
    description: 'Barometric pressure',
  },
  vibration: {
    unit: 'mm/s',
    unitAliases: [],
    min: 0,
    max: 1_000,
    decimals: 2,
    description: 'Vibration velocity, root mean square',
  },
  sound: {
    unit: 'dB',
    unitAliases: ['dBA', 'dB(A)'],
    min: -20,
    max: 200,
    decimals: 1,
    description: 'Sound pressure level, A-weighted',
  },
  sound_low: {
    unit: 'dB',
    unitAliases: ['dBA', 'dB(A)'],
    min: -60,
    max: 200,
    decimals: 1,
    description: 'Sound pressure level of the band below 250 Hz, A-weighted',
  },
  sound_mid: {
    unit: 'dB',
    unitAliases: ['dBA', 'dB(A)'],
    min: -60,
    max: 200,
    decimals: 1,
    description: 'Sound pressure level of the band from 250 Hz to 2 kHz, A-weighted',
  },
  sound_high: {
    unit: 'dB',
    unitAliases: ['dBA', 'dB(A)'],
    min: -60,
    max: 200,
    decimals: 1,
    description: 'Sound pressure level of the band above 2 kHz, A-weighted',
  },
  light: {
    unit: 'lux',
    unitAliases: ['lx', 'Lux'],
    min: 0,
    max: 200_000,
    decimals: 0,
    description: 'Illuminance',
  },
  voltage: {
    unit: 'V',
    unitAliases: ['volt', 'volts'],
    min: 0,
    max: 1_000,
    decimals: 2,
    description: 'Supply or battery voltage',
  },
} as const satisfies Record<string, Metric>;

export type MetricName = keyof typeof METRICS;

/** In the order of the catalogue, which is also the order of the columns. */
export const METRIC_NAMES = Object.keys(METRICS) as readonly MetricName[];

export function isMetricName(name: string): name is MetricName {
  return Object.hasOwn(METRICS, name);
}

/** A value as a person reads it, e.g. `22.3 °C`. */
export function formatValue(metric: MetricName, value: number): string {
  const { decimals, unit } = METRICS[metric];
  return `${value.toFixed(decimals)} ${unit}`;
}
