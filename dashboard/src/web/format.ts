import { isMetricName, METRICS } from '@plumbline/contracts/metrics';
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

/** `12,345`; a dash for what is unknown. */
export function formatCount(value: number | null | undefined): string {
  return value === null || value === undefined ? '–' : counts.format(value);
}

/** A share of 0 to 1 as `3.1 %`. Only what is nothing is `0 %`, only what is all is `100 %`. */
export function formatShare(share: number): string {
  if (!Number.isFinite(share)) return '–';
  const percent = share * 100;
  if (percent > 0 && percent < 0.05) return '< 0.1 %';
  if (percent > 99.95 && percent < 100) return '> 99.9 %';
  const isExact = Number.isInteger(percent) || (percent >= 10 && percent < 99);
  return `${percent.toFixed(isExact ? 0 : 1)} %`;
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

export function unitOf(metric: string): string {
  return isMetricName(metric) ? METRICS[metric].unit : '';
}

/** `air_quality` as `Air quality`. */
export function title(name: string): string {
  if (name === 'co2') return 'CO₂';
  const words = name.replaceAll('_', ' ');
  return words.charAt(0).toUpperCase() + words.slice(1);
}

/** `10:42:05` today, `19 Nov, 10:42` otherwise. */
export function formatTime(atMs: number, nowMs: number): string {
  const isToday = new Date(atMs).toDateString() === new Date(nowMs).toDateString();
  return (isToday ? clock : dayAndClock).format(atMs);
}

/** `4 s`, `12 min`, `3 h`, `2 d`. */
export function formatAge(ms: number): string {
  const seconds = Math.max(0, Math.round(ms / 1000));
  if (seconds < 60) return `${seconds} s`;
  if (seconds < 3600) return `${Math.floor(seconds / 60)} min`;
  if (seconds < 48 * 3600) return `${Math.floor(seconds / 3600)} h`;
  return `${Math.floor(seconds / 86_400)} d`;
}

/** Where a device is, e.g. `Building A · floor 1 · room 101 · server room`; empty if unknown. */
export function formatPlace({ building, floor, room, place_type }: PlaceColumns): string {
  return [
    building !== null && `Building ${building}`,
    floor !== null && `floor ${floor}`,
    room !== null && `room ${room}`,
    place_type?.replaceAll('_', ' '),
  ]
    .filter(Boolean)
    .join(' · ');
}
