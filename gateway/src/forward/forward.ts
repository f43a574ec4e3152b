import { setTimeout as sleep } from 'node:timers/promises';
import {
  encodeMessage,
  MAX_READINGS_PER_MESSAGE,
  MESSAGE_ATTRIBUTES,
  type Reading,
  TransientError,
} from '@plumbline/contracts';
import { gatewayOf, type SendMessage } from '@plumbline/simulator';
import { type Persistence, persistentSender } from './persistent-sender.ts';

export interface ForwardOptions extends Persistence {
  /** Readings that may wait for Pub/Sub, those under way included. */
  readonly maxWaiting: number;
  /** Longest that a reading waits for company when nothing of its place is under way. */
  readonly lingerMs: number;
}

export interface ForwardTotals {
  readonly published: number;
  readonly messages: number;
  readonly retries: number;
}

/** Brings readings to Pub/Sub, packed, and says when it has them. */
export interface Forwarder {
  /**
   * Resolves when Pub/Sub has every one of the readings, at most 500 of them.
   *
   * @throws TransientError at once, taking none, when too many wait or the forwarder stops
   * @throws PermanentError when Pub/Sub refuses for good, e.g. because the topic is not there
   */
  forward(readings: readonly Reading[]): Promise<void>;
  /** Readings that wait or are under way. */
  waiting(): number;
  totals(): ForwardTotals;
  /** Takes no more, and resolves when nothing waits. What is left after `graceMs` is rejected. */
  stop(graceMs: number): Promise<void>;
}

/**
 * A forwarder without state of its own: what Pub/Sub has not acknowledged, nobody was told of.
 *
 * The readings of one place (or of one of 16 shares of the devices without) go one message after another, in their
 * order. While a message is under way the next one fills up, so that packing grows with the load and costs no time
 * when there is none. A place without readings is forgotten.
 */
export function createForwarder(send: SendMessage, options: ForwardOptions): Forwarder {
  const { maxWaiting, lingerMs } = options;
  const lanes = new Map<string, Lane>();
  const giveUp = new AbortController();
  const sender = persistentSender(send, { ...options, signal: giveUp.signal });
  const totals = { published: 0, messages: 0 };
  let waiting = 0;
  let isStopping = false;
  let onEmpty: () => void = () => {};

  return {
    async forward(readings) {
      if (isStopping) throw new TransientError('the gateway is stopping');
      if (maxWaiting < waiting + readings.length) {
        throw new TransientError(`${waiting} readings wait for Pub/Sub, at most ${maxWaiting}`);
      }
      waiting += readings.length;
      const byLane = Map.groupBy(readings, gatewayOf);
      await Promise.all([...byLane].map(([key, share]) => enter(key, share)));
    },
    waiting: () => waiting,
    totals: () => ({ ...totals, retries: sender.retries() }),
    async stop(graceMs) {
      isStopping = true;
      if (waiting === 0) return;
      const late = setTimeout(() => giveUp.abort(), graceMs);
      await new Promise<void>((resolve) => {
        onEmpty = resolve;
      });
      clearTimeout(late);
    },
  };

  /** Resolves when the readings of one place are with Pub/Sub. */
  function enter(key: string, readings: readonly Reading[]): Promise<void> {
    let lane = lanes.get(key);
    if (!lane) {
      lane = { key, waiting: [] };
      lanes.set(key, lane);
      void run(lane);
    }
    const { promise, resolve, reject } = Promise.withResolvers<void>();
    lane.waiting.push({ readings, resolve, reject });
    return promise;
  }

  /** Sends what waits in a lane until nothing does. Never rejects. */
  async function run(lane: Lane): Promise<void> {
    await sleep(lingerMs);
    while (lane.waiting.length > 0) {
      const parts = nextMessage(lane);
      const readings = parts.flatMap((part) => part.readings);
      try {
        const data = encodeMessage(readings);
        await sender.send({ data, attributes: MESSAGE_ATTRIBUTES, orderingKey: lane.key });
        totals.published += readings.length;
        totals.messages += 1;
        for (const { resolve } of parts) resolve();
      } catch (error) {
        for (const { reject } of parts) reject(error);
      }
      waiting -= readings.length;
    }
    lanes.delete(lane.key);
    if (waiting === 0) onEmpty();
  }
}

/** The readings of one place, on their way one message after another. */
interface Lane {
  readonly key: string;
  waiting: Part[];
}

/** Readings that were given together. */
interface Part {
  readonly readings: readonly Reading[];
  resolve(): void;
  reject(error: unknown): void;
}

/** Takes as many parts as one message carries, at least one. */
function nextMessage(lane: Lane): readonly Part[] {
  let count = 0;
  let end = 0;
  for (const { readings } of lane.waiting) {
    if (end > 0 && MAX_READINGS_PER_MESSAGE < count + readings.length) break;
    count += readings.length;
    end += 1;
  }
  return lane.waiting.splice(0, end);
}
