import { isMetricName, METRIC_NAMES, METRICS, type MetricName } from '@plumbline/contracts/metrics';
import type { PlaceColumns } from './rows.ts';

const counts = new Intl.NumberFormat('en', { maximumFractionDigits: 0 });
const clock = new Intl.DateTimeFormat('en-GB', {
  hour: '2-digit',
  minute: '2-digit',
  second: '2-digit',
});
const dayAndClock = new Intl.DateTimeFormat('en-GB', {
  day: '2-digit',
  month: 'short',
  hour: '2-digit',
  minute: '2-digit',
});

/** Stands between a number and its unit, so that no line ends between them. */
const NO_BREAK = '\u00a0';

/** `12,345`; a dash for what is unknown. */
export function formatCount(value: number | null | undefined): string {
  return value === null || value === undefined ? '–' : counts.format(value);
}

const large = new Intl.NumberFormat('en', { maximumSignificantDigits: 3 });

/** `12,345` as it is, and from a million on `1.23 M` and `4.5 bn`: for tiles, where nobody reads nine digits. */
export function formatLarge(value: number | null | undefined): string {
  if (value === null || value === undefined || value < 1e6) return formatCount(value);
  return value < 1e9
    ? `${large.format(value / 1e6)}${NO_BREAK}M`
    : `${large.format(value / 1e9)}${NO_BREAK}bn`;
}

/** `512 B`, `4.2 kB`, `1.3 MB`, `2 GB`. */
export function formatBytes(bytes: number): string {
  const step = Math.min(3, Math.floor(Math.log10(Math.max(1, bytes)) / 3));
  return `${large.format(bytes / 1000 ** step)}${NO_BREAK}${['B', 'kB', 'MB', 'GB'][step]}`;
}

/** A share of 0 to 1 as `3.1 %`. Only what is nothing is `0 %`, only what is all is `100 %`. */
export function formatShare(share: number): string {
  if (!Number.isFinite(share)) return '–';
  const percent = share * 100;
  if (percent > 0 && percent < 0.05) return `<${NO_BREAK}0.1${NO_BREAK}%`;
  if (percent > 99.95 && percent < 100) return `>${NO_BREAK}99.9${NO_BREAK}%`;
  const isExact = Number.isInteger(percent) || (percent >= 10 && percent < 99);
  return `${percent.toFixed(isExact ? 0 : 1)}${NO_BREAK}%`;
}

/** A value of a metric without its unit, with the digits that a person wants to see. */
export function formatNumber(metric: string, value: number | null | undefined): string {
  if (value === null || value === undefined) return '–';
  const digits = isMetricName(metric) ? METRICS[metric].decimals : 2;
  return value.toLocaleString('en', {
    minimumFractionDigits: digits,
    maximumFractionDigits: digits,
  });
}

/** Units for a thousand, a million and a thousand million of a unit that adds up. */
const LARGER_UNITS: Readonly<Record<string, readonly string[]>> = { kWh: ['MWh', 'GWh', 'TWh'] };

/** A value and its unit: `22.3` and `°C`; a large sum of energy in the unit that keeps it short: `218` and `MWh`. */
export function amountOf(metric: string, value: number): readonly [text: string, unit: string] {
  const unit = metric === 'occupancy' && Math.round(value) === 1 ? 'person' : unitOf(metric);
  const larger = LARGER_UNITS[unit] ?? [];
  const step = Math.min(larger.length, Math.floor(Math.log10(Math.max(1, Math.abs(value))) / 3));
  const scaled = larger[step - 1];
  return scaled === undefined
    ? [formatNumber(metric, value), unit]
    : [large.format(value / 1000 ** step), scaled];
}

/** A value with its unit; a dash for what is unknown. */
export function formatAmount(metric: string, value: number | null | undefined): string {
  if (value === null || value === undefined) return '–';
  return amountOf(metric, value).filter(Boolean).join(NO_BREAK);
}

const UNITS = Object.values(METRICS)
  .map(({ unit }) => unit)
  .filter(Boolean);
const BEFORE_UNIT = new RegExp(`(?<=\\d) (?=(?:${UNITS.join('|')})(?![\\w/]))`, 'g');

/** A sentence from elsewhere, in which numbers keep their units: `temperature is 44.0 °C, expected 18.0 to 30.0 °C`. */
export function keepUnits(sentence: string): string {
  return sentence.replace(BEFORE_UNIT, NO_BREAK);
}

/** What is expected, `19.4 to 22.9 °C`, within what the metric can be: a band of deviations may reach below zero. */
export function formatBand(metric: string, low: number, high: number): string {
  const { min, max } = isMetricName(metric) ? METRICS[metric] : { min: low, max: high };
  return `${formatNumber(metric, Math.max(min, low))} to ${formatAmount(metric, Math.min(max, high))}`;
}

/** The first metric of the catalogue that some row is about: temperature where it is measured. */
export function firstMetric(rows: readonly { readonly metric: MetricName }[]): MetricName {
  const measured = new Set(rows.map((row) => row.metric));
  return METRIC_NAMES.find((name) => measured.has(name)) ?? 'temperature';
}

export function unitOf(metric: string): string {
  return isMetricName(metric) ? METRICS[metric].unit : '';
}

const list = new Intl.ListFormat('en', { type: 'conjunction' });

/** `rule, streaming, and shape 10`. */
export function listOf(names: readonly string[]): string {
  return list.format(names);
}

/** `joint_forest` as `joint forest`. */
export function words(name: string): string {
  return name === 'co2' ? 'CO₂' : name.replaceAll('_', ' ').replace(/\bjson\b/, 'JSON');
}

/** `air_quality` as `Air quality`. */
export function title(name: string): string {
  const text = words(name);
  return text.charAt(0).toUpperCase() + text.slice(1);
}

/** `10:42:05` today, `19 Nov, 10:42` otherwise. */
export function formatTime(atMs: number, nowMs: number): string {
  const isToday = new Date(atMs).toDateString() === new Date(nowMs).toDateString();
  return (isToday ? clock : dayAndClock).format(atMs);
}

/** `10:42 – 11:42` today; with the day if it is another, with seconds if it is short. */
export function formatRange(
  { fromMs, toMs }: { readonly fromMs: number; readonly toMs: number },
  nowMs: number,
): string {
  const isShort = toMs - fromMs < 10 * 60_000;
  const text = (atMs: number) => {
    const time = formatTime(atMs, nowMs);
    return isShort ? time : time.replace(/^(\d\d:\d\d):\d\d$/, '$1');
  };
  return `${text(fromMs)} – ${text(toMs)}`;
}

/** `4 s`, `12 min`, `3 h`, `2 d`. */
export function formatAge(ms: number): string {
  const seconds = Math.max(0, Math.round(ms / 1000));
  if (seconds < 60) return `${seconds}${NO_BREAK}s`;
  if (seconds < 3600) return `${Math.floor(seconds / 60)}${NO_BREAK}min`;
  if (seconds < 48 * 3600) return `${Math.floor(seconds / 3600)}${NO_BREAK}h`;
  return `${Math.floor(seconds / 86_400)}${NO_BREAK}d`;
}

/** Where a device is, e.g. `Building A · floor 1 · room 101 · server room`; empty if unknown. */
export function formatPlace({ building, floor, room, place_type }: PlaceColumns): string {
  return [
    building !== null && `Building ${building}`,
    floor !== null && `floor ${floor}`,
    room !== null && `room ${room}`,
    place_type && words(place_type),
  ]
    .filter(Boolean)
    .join(' · ');
}

/** `Building A, floor 1`; what is not known is left out. */
export function formatFloor({ building, floor }: Pick<PlaceColumns, 'building' | 'floor'>): string {
  const parts = [
    building === null ? 'unknown building' : `building ${building}`,
    floor !== null && `floor ${floor}`,
  ];
  return title(parts.filter(Boolean).join(', '));
}
