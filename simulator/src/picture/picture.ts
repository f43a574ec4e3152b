import { METRIC_NAMES, METRICS, type MetricName } from '@plumbline/contracts';
import type { FaultKind } from '../faults.ts';
import type { Fleet, Period } from '../fleet.ts';

const WIDTH = 960;
const LEFT = 64;
const RIGHT = 16;
const TOP = 52;
const PANEL = 104;
const GAP = 38;
const LEGEND = 44;
const DAY_MS = 86_400_000;

/** Told apart with any colour vision as far as so many can be: Okabe and Ito's palette, then Tol's. */
const COLOURS: Readonly<Record<FaultKind, string>> = {
  spike: '#d55e00',
  drop: '#0072b2',
  stuck: '#999933',
  drift: '#009e73',
  noise_burst: '#cc79a7',
  dropout: '#bbbbbb',
  correlated_failure: '#e69f00',
  overheating: '#882255',
  ventilation_failure: '#332288',
  equipment_wear: '#661100',
  correlation_break: '#56b4e9',
  foreign_sound: '#aa4499',
};

/**
 * One device over a period as SVG: a panel for each metric, faults shaded by kind, silence as a gap.
 *
 * Each column of pixels shows the lowest and the highest value that fall in it, so no spike is lost.
 */
export function drawDevice(fleet: Fleet, device: number, period: Period): string {
  const { deviceId } = fleet.devices[device] as Fleet['devices'][number];
  const columns = columnsOf(fleet, device, period);
  const metrics = METRIC_NAMES.filter((name) => columns.some((column) => column.has(name)));
  const faults = fleet.faults(device, period);
  const kinds = [...new Set(faults.map(({ kind }) => kind))].sort();
  const height = TOP + metrics.length * (PANEL + GAP) + LEGEND;
  const title = `${fleet.profile.name}: ${deviceId}, a week of readings each ${fleet.intervalMs / 60_000} min, ${faults.length} faults`;
  const parts = [
    `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${WIDTH} ${height}" role="img" aria-label="${title}" font-family="system-ui, sans-serif" font-size="12">`,
    `<rect width="${WIDTH}" height="${height}" fill="#ffffff"/>`,
    `<text x="${LEFT}" y="28" font-size="15" font-weight="600" fill="#1b1f24">${title}</text>`,
    ...metrics.map((name, row) =>
      drawPanel(name, columns, faults, period, TOP + row * (PANEL + GAP)),
    ),
    ...kinds.map((kind, at) => drawKey(kind, COLOURS[kind], at, height - LEGEND + 12)),
    '</svg>',
  ];
  return `${parts.join('\n')}\n`;
}

type Column = ReadonlyMap<MetricName, { readonly low: number; readonly high: number }>;

function columnsOf(fleet: Fleet, device: number, period: Period): Column[] {
  const count = WIDTH - LEFT - RIGHT;
  const columns = Array.from(
    { length: count },
    () => new Map<MetricName, { low: number; high: number }>(),
  );
  for (const timeMs of fleet.moments(device, period)) {
    const reading = fleet.readingAt(device, timeMs);
    const share = (timeMs - period.fromMs) / (period.toMs - period.fromMs);
    const column = columns[Math.min(count - 1, Math.floor(share * count))];
    for (const [name, value] of Object.entries(reading?.metrics ?? {}) as [MetricName, number][]) {
      const known = column?.get(name);
      if (!known) column?.set(name, { low: value, high: value });
      else {
        known.low = Math.min(known.low, value);
        known.high = Math.max(known.high, value);
      }
    }
  }
  return columns;
}

function drawPanel(
  name: MetricName,
  columns: readonly Column[],
  faults: ReturnType<Fleet['faults']>,
  period: Period,
  top: number,
): string {
  const present = columns.flatMap((column) => column.get(name) ?? []);
  const low = Math.min(...present.map((one) => one.low));
  const high = Math.max(...present.map((one) => one.high));
  const margin = (high - low) * 0.05 || 1;
  const y = (value: number) =>
    round(top + PANEL - ((value - low + margin) / (high - low + 2 * margin)) * PANEL);
  const x = (timeMs: number) =>
    round(
      LEFT + ((timeMs - period.fromMs) / (period.toMs - period.fromMs)) * (WIDTH - LEFT - RIGHT),
    );
  const shades = faults.map(({ kind, startMs, endMs }) => {
    const width = Math.max(1.5, x(Math.min(endMs, period.toMs)) - x(startMs));
    return `<rect x="${x(startMs)}" y="${top}" width="${round(width)}" height="${PANEL}" fill="${COLOURS[kind]}" opacity="0.35"/>`;
  });
  const days = Array.from(
    { length: Math.round((period.toMs - period.fromMs) / DAY_MS) },
    (_, day) => {
      const at = x(period.fromMs + day * DAY_MS);
      return `<path d="M${at} ${top}v${PANEL}" stroke="#d0d7de" stroke-width="0.5"/><text x="${at + 3}" y="${top + PANEL + 13}" fill="#57606a" font-size="10">${weekday(period.fromMs + day * DAY_MS)}</text>`;
    },
  );
  return [
    ...shades,
    ...days,
    `<rect x="${LEFT}" y="${top}" width="${WIDTH - LEFT - RIGHT}" height="${PANEL}" fill="none" stroke="#8c959f" stroke-width="0.5"/>`,
    `<path d="${trace(columns, name, y)}" fill="none" stroke="#1b1f24" stroke-width="1"/>`,
    `<text x="${LEFT}" y="${top - 5}" fill="#1b1f24">${name} (${METRICS[name].unit})</text>`,
    ...[low, high].map(
      (value) =>
        `<text x="${LEFT - 6}" y="${y(value) + 4}" text-anchor="end" fill="#57606a" font-size="10">${shorten(value)}</text>`,
    ),
  ].join('\n');
}

/** Up and down once a column, with a gap where nothing was reported. */
function trace(columns: readonly Column[], name: MetricName, y: (value: number) => number): string {
  let isDown = false;
  return columns
    .map((column, at) => {
      const span = column.get(name);
      if (!span) {
        isDown = false;
        return '';
      }
      const command = isDown ? 'L' : 'M';
      isDown = true;
      return `${command}${LEFT + at} ${y(span.low)}V${y(span.high)}`;
    })
    .join('');
}

function drawKey(kind: FaultKind, colour: string, at: number, y: number): string {
  const x = LEFT + (at % 6) * 148;
  const row = y + Math.floor(at / 6) * 18;
  return `<rect x="${x}" y="${row - 9}" width="12" height="12" fill="${colour}" opacity="0.6"/><text x="${x + 17}" y="${row + 1}" fill="#1b1f24">${kind.replaceAll('_', ' ')}</text>`;
}

function weekday(timeMs: number): string {
  return new Date(timeMs).toLocaleDateString('en', { weekday: 'short', timeZone: 'UTC' });
}

function shorten(value: number): string {
  return String(Number(value.toPrecision(4)));
}

function round(value: number): number {
  return Math.round(value * 10) / 10;
}
