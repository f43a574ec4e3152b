import { type DeadLetterReason, type Reading, toWire } from '@plumbline/contracts';

/** What a run publishes, and all that must be found in the warehouse after it. */
export interface Load {
  /** Data of messages, in the order of publishing; some twice. */
  readonly messages: readonly Uint8Array[];
  readonly readings: number;
  readonly duplicates: number;
  readonly late: number;
  /** Distinct payloads by the reason for which they must be dead letters. */
  readonly poison: ReadonlyMap<DeadLetterReason, number>;
  /** Count and sum by `window in ms|metric`. */
  readonly windows: ReadonlyMap<string, { readonly count: number; readonly sum: number }>;
}

const PER_MESSAGE = 50;
const MINUTE_MS = 60_000;
/** Windows that the readings fall into: so few that each is touched many times. */
const WINDOWS = 600;
const LATE_MS = 6 * 3_600_000;

/** Of each 20 messages one comes twice, of 50 readings one is six hours late, of 1000 one is poison. */
export function createLoad(count: number, nowMs: number): Load {
  const fromMs = Math.floor(nowMs / MINUTE_MS - WINDOWS) * MINUTE_MS;
  const messages: Uint8Array[] = [];
  const poison = new Map<DeadLetterReason, number>();
  const windows = new Map<string, { count: number; sum: number }>();
  let late = 0;
  let duplicates = 0;
  let items: unknown[] = [];
  for (let index = 0; index < count; index++) {
    const isLate = index % 50 === 7;
    const reading = readingAt(index, fromMs - (isLate ? LATE_MS : 0));
    items.push(toWire(reading));
    if (isLate) late++;
    addTo(windows, reading);
    if (index % 1000 === 500) {
      const { reason, item } = poisonAt(index, reading);
      items.push(item);
      poison.set(reason, (poison.get(reason) ?? 0) + 1);
    }
    if (items.length >= PER_MESSAGE || index === count - 1) {
      const data = Buffer.from(JSON.stringify(items));
      if (messages.length % 20 === 3) {
        messages.push(data);
        duplicates += items.length;
      }
      messages.push(data);
      items = [];
    }
  }
  return { messages, readings: count, duplicates, late, poison, windows };
}

function readingAt(index: number, fromMs: number): Reading {
  return {
    readingId: `r-${index}`,
    deviceId: `machine-${index % 200}`,
    measuredAtMs: fromMs + (Math.floor(index / 200) % WINDOWS) * MINUTE_MS + (index % 200) * 250,
    metrics: { temperature: 20 + (index % 97) / 8, vibration: 1 + (index % 13) / 4 },
    place: { building: 'A', floor: 1, type: 'machine_hall' },
  };
}

/** Each payload is different, so that copies of one can be told from others. */
function poisonAt(index: number, reading: Reading): { reason: DeadLetterReason; item: unknown } {
  const wire = { ...toWire(reading), reading_id: `poison-${index}` };
  const kinds: { reason: DeadLetterReason; item: unknown }[] = [
    { reason: 'not_a_reading', item: `poison-${index}` },
    { reason: 'implausible_value', item: { ...wire, metrics: { temperature: 1e6 } } },
    { reason: 'missing_field', item: { ...wire, device_id: undefined } },
    { reason: 'unknown_metric', item: { ...wire, metrics: { aura: 1 } } },
  ];
  return kinds[Math.floor(index / 1000) % kinds.length] as (typeof kinds)[number];
}

function addTo(windows: Map<string, { count: number; sum: number }>, reading: Reading): void {
  const start = Math.floor(reading.measuredAtMs / MINUTE_MS) * MINUTE_MS;
  for (const [metric, value] of Object.entries(reading.metrics)) {
    const key = `${start}|${metric}`;
    const { count, sum } = windows.get(key) ?? { count: 0, sum: 0 };
    windows.set(key, { count: count + 1, sum: sum + value });
  }
}
