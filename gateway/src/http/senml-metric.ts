import { isMetricName, METRICS, type Metric, type MetricName } from '@plumbline/contracts';

interface Conversion {
  readonly metric: MetricName;
  readonly factor: number;
  readonly offset: number;
  /** True if the unit alone tells the metric. */
  readonly isTelling: boolean;
}

const unit = (
  metric: MetricName,
  factor = 1,
  { isTelling = true, offset = 0 } = {},
): Conversion => ({ metric, factor, offset, isTelling });

/**
 * SenML's units, and how to get from them to those of the catalogue.
 *
 * Source: the registry of RFC 8428, section 12.1, and the secondary units of RFC 8798.
 */
const UNITS: Readonly<Record<string, readonly Conversion[]>> = {
  Cel: [unit('temperature')],
  K: [unit('temperature', 1, { offset: -273.15 })],
  '%RH': [unit('humidity')],
  lx: [unit('light')],
  V: [unit('voltage')],
  mV: [unit('voltage', 1e-3)],
  Pa: [unit('pressure', 1e-2)],
  hPa: [unit('pressure')],
  J: [unit('energy', 1 / 3.6e6)],
  Wh: [unit('energy', 1e-3)],
  kWh: [unit('energy')],
  // Bel above 20 µPa; ten decibels are a bel.
  Bspl: [unit('sound', 10)],
  dB: [unit('sound', 1, { isTelling: false })],
  ppm: [unit('co2', 1, { isTelling: false })],
  count: [unit('occupancy', 1, { isTelling: false })],
  '%': [unit('humidity', 1, { isTelling: false })],
  // Without a dimension, or as a share of one.
  '/': [
    unit('humidity', 100, { isTelling: false }),
    unit('air_quality', 1, { isTelling: false }),
    unit('occupancy', 1, { isTelling: false }),
  ],
  'm/s': [unit('vibration', 1e3, { isTelling: false })],
};

/** Names that devices give to metrics, beside those of the catalogue. */
const OTHER_NAMES: Readonly<Record<string, MetricName>> = {
  temp: 'temperature',
  illuminance: 'light',
};

/**
 * Which device a SenML name speaks of, and which of its metrics.
 *
 * `urn:dev:ow:10e2:voltage` and `2001:db8::2/voltage` end in a metric, and what stands before it is the device.
 * Any other name is the device as a whole, and the unit tells the metric, if one does. A `/` becomes a `:`, for
 * device ids have none.
 */
export function deviceAndMetric(
  name: string,
  unit: string | undefined,
): { readonly deviceId: string; readonly metric: MetricName | undefined } {
  const [, before = '', last = ''] = /^(.*?)[:/]+([^:/]+)$/.exec(name) ?? [];
  const named = isMetricName(last) ? last : OTHER_NAMES[last];
  if (named !== undefined && before !== '') return { deviceId: deviceId(before), metric: named };
  const told = unit === undefined ? undefined : UNITS[unit]?.find(({ isTelling }) => isTelling);
  return { deviceId: deviceId(name), metric: told?.metric };
}

/** The value in the metric's unit; undefined if the unit is not one of the metric's. No unit is the metric's own. */
export function inMetricUnit(
  metric: MetricName,
  unit: string | undefined,
  value: number,
): number | undefined {
  const known: Metric = METRICS[metric];
  const found = unit === undefined ? undefined : UNITS[unit];
  const conversion = found?.find((candidate) => candidate.metric === metric);
  if (conversion === undefined) {
    const isOwn = unit === undefined || unit === known.unit || known.unitAliases.includes(unit);
    return isOwn ? value : undefined;
  }
  if (conversion.factor === 1 && conversion.offset === 0) return value;
  // A conversion must not add digits that nobody measured: 293.15 K is 20 °C, not 19.999999999999943.
  return Number((value * conversion.factor + conversion.offset).toPrecision(12));
}

function deviceId(name: string): string {
  return name.replaceAll('/', ':');
}
