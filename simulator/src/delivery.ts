import { MESSAGE_ATTRIBUTES, type Reading } from '@plumbline/contracts';
import type { SendMessage } from './publish.ts';
import { between, mix, textKey, unit } from './random.ts';

/** How delivery goes wrong. Every rate is a share, 0 to 1; absent is 0. */
export interface Misdelivery {
  readonly seed?: number;
  /** Readings that come a second time, with the same id. */
  readonly duplicates?: number;
  /** Readings held back, so that younger ones come first. */
  readonly late?: number;
  /** The longest that a late reading is held back, in reading time; 5 minutes if absent. */
  readonly lateByMs?: number;
  /** Devices whose clock is off, each by an amount of its own. */
  readonly skew?: number;
  /** The most that a clock is off, either way; 2 minutes if absent. */
  readonly skewByMs?: number;
}

/** Late readings never hold more than this in memory: the oldest goes out early. */
const MAX_HELD = 10_000;

/**
 * Readings as a bad network delivers them. No reading is lost, and equal seeds go wrong alike.
 *
 * Expects readings in order of time, one by one, so put it after what paces them.
 */
export async function* misdeliver(
  readings: Iterable<Reading> | AsyncIterable<Reading>,
  { seed = 42, duplicates = 0, late = 0, skew = 0, ...by }: Misdelivery,
): AsyncGenerator<Reading> {
  const { lateByMs = 300_000, skewByMs = 120_000 } = by;
  const seedKey = mix(0x64656c69, seed);
  const held: { readonly reading: Reading; readonly dueMs: number }[] = [];
  for await (const original of readings) {
    const nowMs = original.measuredAtMs;
    while (0 < held.length && ((held[0]?.dueMs as number) <= nowMs || MAX_HELD < held.length)) {
      yield (held.shift() as (typeof held)[number]).reading;
    }
    const key = textKey(seedKey, original.readingId);
    const reading = skewed(original);
    if (unit(mix(key, 1)) < late) hold(reading, nowMs + between(mix(key, 2), 0, lateByMs));
    else yield reading;
    // The copy comes a little later, as from a sender that heard no answer.
    if (unit(mix(key, 3)) < duplicates) {
      hold(reading, nowMs + between(mix(key, 4), 0, lateByMs / 10));
    }
  }
  for (const { reading } of held) yield reading;

  function hold(reading: Reading, dueMs: number): void {
    const at = held.findLastIndex((other) => other.dueMs <= dueMs) + 1;
    held.splice(at, 0, { reading, dueMs });
  }

  function skewed(reading: Reading): Reading {
    const key = textKey(seedKey, reading.deviceId);
    if (skew <= unit(mix(key, 5))) return reading;
    const offMs = Math.round(between(mix(key, 6), -skewByMs, skewByMs));
    return { ...reading, measuredAtMs: reading.measuredAtMs + offMs };
  }
}

/** What a broken producer sends, each refused for another reason. */
const MALFORMED: readonly string[] = [
  '{"device_id":"broken","measured_at":"2026-01-01T00:00:00Z","metrics":{"temp',
  '"just a text"',
  '{"measured_at":"2026-01-01T00:00:00Z","metrics":{"temperature":20}}',
  '{"device_id":"broken","measured_at":"yesterday","metrics":{"temperature":20}}',
  '{"device_id":"broken","measured_at":"2026-01-01T00:00:00Z","metrics":{"temperature":"NaN"}}',
  '{"device_id":"broken","measured_at":"2026-01-01T00:00:00Z","metrics":{"temperature":9999}}',
  '{"device_id":"broken","measured_at":"2026-01-01T00:00:00Z","metrics":{"karma":1}}',
];

/**
 * Sends malformed messages in between: before a share `rate` of messages, one more that nobody can read.
 *
 * They come beside the good ones and count as none of the readings.
 */
export function withMalformed(send: SendMessage, rate: number, seed = 42): SendMessage {
  const seedKey = mix(0x6d616c66, seed);
  let count = 0;
  return async (message) => {
    count += 1;
    const key = mix(seedKey, count);
    if (unit(key) < rate) {
      const data = Buffer.from(MALFORMED[mix(key, 1) % MALFORMED.length] as string);
      await send({ data, attributes: MESSAGE_ATTRIBUTES, orderingKey: message.orderingKey });
    }
    return send(message);
  };
}
