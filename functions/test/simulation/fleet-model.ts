import { encodeMessage, type Reading, toWire } from '@plumbline/contracts';
import type { Chances } from './chances.ts';

/** A message as a producer makes it, and what must become of it. */
export interface Published {
  readonly data: Buffer;
  readonly publishMs: number;
  /** Ids of the good readings that it carries. */
  readonly readingIds: readonly string[];
  /** Pieces of it that nobody can store: each must be a dead letter. */
  readonly poisonCount: number;
}

const DEVICES = 40;
const POISON = ['{"device_id":"broken","temperature":NaN}', '{"temperature":1}', 'no json'];
const RATES = { duplicate: 0.05, late: 0.02, poisonMessage: 0.001, poisonReading: 0.001 };
const MAX_LATE_MS = 6 * 3_600_000;
const EPOCH_MS = Date.UTC(2026, 0, 1);

/** Messages of `readingCount` readings over `durationMs`: some twice, some late, some broken. */
export function publishAll(
  chances: Chances,
  readingCount: number,
  durationMs: number,
): Published[] {
  const messages: Published[] = [];
  for (let made = 0; made < readingCount; ) {
    const publishMs = (made / readingCount) * durationMs;
    if (chances.happens('poisonMessage', RATES.poisonMessage)) {
      const text = POISON[Math.floor(chances.random() * POISON.length)] as string;
      messages.push({ data: Buffer.from(text), publishMs, readingIds: [], poisonCount: 1 });
    }
    const size = Math.min(readingCount - made, 1 + Math.floor(chances.random() ** 3 * 60));
    const readings = Array.from({ length: size }, (_, at) =>
      reading(chances, made + at, publishMs),
    );
    made += size;
    const message = withPoison(chances, readings, publishMs);
    messages.push(message);
    if (chances.happens('duplicate', RATES.duplicate)) {
      messages.push({ ...message, publishMs: publishMs + chances.random() * 30_000 });
    }
  }
  return messages;
}

function reading(chances: Chances, index: number, publishMs: number): Reading {
  const isLate = chances.happens('late', RATES.late);
  const delayMs = isLate ? chances.random() * MAX_LATE_MS : chances.random() * 2_000;
  return {
    readingId: `r${index}`,
    deviceId: `device-${index % DEVICES}`,
    measuredAtMs: Math.round(EPOCH_MS + publishMs - delayMs),
    metrics: { temperature: Math.round(200 + chances.random() * 50) / 10 },
    place: {},
  };
}

function withPoison(chances: Chances, readings: readonly Reading[], publishMs: number): Published {
  const readingIds = readings.map(({ readingId }) => readingId);
  if (!chances.happens('poisonReading', RATES.poisonReading * readings.length)) {
    return { data: encodeMessage(readings), publishMs, readingIds, poisonCount: 0 };
  }
  const items: unknown[] = readings.map(toWire);
  items.splice(Math.floor(chances.random() * items.length), 0, {
    device_id: 'broken',
    temperature: 'hot',
  });
  return { data: Buffer.from(JSON.stringify(items)), publishMs, readingIds, poisonCount: 1 };
}

/** The clock of the simulation starts here, so that readings have plausible times. */
export const SIMULATION_START_MS = EPOCH_MS;
