import { setTimeout as sleep } from 'node:timers/promises';
import {
  encodeMessage,
  MAX_READINGS_PER_MESSAGE,
  MESSAGE_ATTRIBUTES,
  type Reading,
} from '@plumbline/contracts';
import { gatewayOf } from './gateway.ts';

export interface OutgoingMessage {
  readonly data: Buffer;
  readonly attributes: Readonly<Record<string, string>>;
  /** Messages with one key are sent one after another. */
  readonly orderingKey: string;
}

/** Resolves when Pub/Sub has the message. Rejects with a `PermanentError` when trying again cannot help. */
export type SendMessage = (message: OutgoingMessage) => Promise<unknown>;

export class PermanentError extends Error {
  override readonly name = 'PermanentError';
}

export interface PublishOptions {
  /** Readings in a message, 1 to 500; 100 if absent. */
  readonly perMessage?: number;
  /** Messages that may wait for Pub/Sub before no more readings are taken; 64 if absent. */
  readonly maxInFlight?: number;
  /** Longest that a reading waits for its message to fill up; 200 ms if absent. */
  readonly lingerMs?: number;
  readonly encode?: (readings: readonly Reading[]) => Buffer;
  /** Ends the publishing: what was taken is still sent, for as long as `graceMs`. */
  readonly signal?: AbortSignal;
  /** After `signal`, how long to keep trying; 10 s if absent. */
  readonly graceMs?: number;
  readonly onPublished?: (readings: readonly Reading[]) => void;
  readonly onTrouble?: (trouble: Trouble) => void;
}

/** Told when it starts to matter, and when it is over. */
export type Trouble =
  | { readonly kind: 'failed'; readonly error: Error; readonly retryInMs: number }
  | { readonly kind: 'slow'; readonly waitingMs: number; readonly messages: number }
  | { readonly kind: 'recovered' };

export interface PublishTotals {
  /** Readings taken from the source. */
  readonly taken: number;
  /** Readings that Pub/Sub acknowledged. */
  readonly published: number;
  readonly messages: number;
  readonly retries: number;
}

const FIRST_RETRY_MS = 200;
const LAST_RETRY_MS = 10_000;
const SLOW_MS = 5_000;

/**
 * Publishes readings, packed by gateway, each gateway's messages in order.
 *
 * A reading counts as published when Pub/Sub acknowledged its message. While Pub/Sub is slow or gone, messages are
 * tried again and no more readings are taken, so memory stays flat. Rejects on a permanent error, such as a topic
 * that does not exist. An endless source must end by the same `signal`.
 */
export async function publishReadings(
  send: SendMessage,
  readings: Iterable<Reading> | AsyncIterable<Reading>,
  options: PublishOptions = {},
): Promise<PublishTotals> {
  const { perMessage = 100, maxInFlight = 64, lingerMs = 200, encode = encodeMessage } = options;
  const { signal, graceMs = 10_000, onPublished, onTrouble } = options;
  if (!(1 <= perMessage && perMessage <= MAX_READINGS_PER_MESSAGE)) {
    throw new RangeError(`perMessage ${perMessage} not in [1, ${MAX_READINGS_PER_MESSAGE}]`);
  }
  const gateways = new Map<string, Gateway>();
  const totals = { taken: 0, published: 0, messages: 0, retries: 0 };
  let inFlight = 0;
  let failure: Error | undefined;
  let lastProgressMs = performance.now();
  let isInTrouble = false;
  let wake: () => void = () => {};

  const giveUp = new AbortController();
  const startGrace = () => setTimeout(() => giveUp.abort(), graceMs).unref();
  if (signal?.aborted) startGrace();
  else signal?.addEventListener('abort', startGrace, { once: true });
  const tick = setInterval(watch, Math.max(10, lingerMs / 2));

  try {
    for await (const reading of readings) {
      totals.taken += 1;
      const key = gatewayOf(reading);
      let gateway = gateways.get(key);
      if (!gateway) {
        gateway = { key, pack: [], openedMs: 0, tail: Promise.resolve() };
        gateways.set(key, gateway);
      }
      if (gateway.pack.length === 0) gateway.openedMs = performance.now();
      gateway.pack.push(reading);
      if (perMessage <= gateway.pack.length) dispatch(gateway);
      while (maxInFlight <= inFlight && !failure && !giveUp.signal.aborted) await progress();
      if (failure || signal?.aborted) break;
    }
    for (const gateway of gateways.values()) dispatch(gateway);
    while (0 < inFlight && !failure && !giveUp.signal.aborted) await progress();
  } finally {
    clearInterval(tick);
    giveUp.abort();
    signal?.removeEventListener('abort', startGrace);
  }
  if (failure) throw failure;
  return totals;

  function progress(): Promise<void> {
    return new Promise((resolve) => {
      wake = resolve;
    });
  }

  function dispatch(gateway: Gateway): void {
    const pack = gateway.pack;
    if (pack.length === 0) return;
    gateway.pack = [];
    inFlight += 1;
    const message = {
      data: encode(pack),
      attributes: MESSAGE_ATTRIBUTES,
      orderingKey: gateway.key,
    };
    gateway.tail = gateway.tail.then(async () => {
      const isSent = await sendUntilAcknowledged(message);
      inFlight -= 1;
      if (isSent) {
        totals.published += pack.length;
        totals.messages += 1;
        lastProgressMs = performance.now();
        if (isInTrouble) onTrouble?.({ kind: 'recovered' });
        isInTrouble = false;
        onPublished?.(pack);
      }
      wake();
    });
  }

  /** False when publishing ended before Pub/Sub had the message. */
  async function sendUntilAcknowledged(message: OutgoingMessage): Promise<boolean> {
    for (let retryInMs = FIRST_RETRY_MS; ; retryInMs = Math.min(LAST_RETRY_MS, retryInMs * 2)) {
      if (failure || giveUp.signal.aborted) return false;
      try {
        await send(message);
        return true;
      } catch (thrown) {
        const error = thrown instanceof Error ? thrown : new Error(String(thrown));
        if (error instanceof PermanentError) {
          failure ??= error;
          return false;
        }
        totals.retries += 1;
        if (!isInTrouble) onTrouble?.({ kind: 'failed', error, retryInMs });
        isInTrouble = true;
        await sleep(retryInMs, undefined, { signal: giveUp.signal }).catch(() => {});
      }
    }
  }

  function watch(): void {
    const nowMs = performance.now();
    for (const gateway of gateways.values()) {
      if (lingerMs <= nowMs - gateway.openedMs && inFlight < maxInFlight) dispatch(gateway);
    }
    const waitingMs = nowMs - lastProgressMs;
    if (inFlight === 0) lastProgressMs = nowMs;
    else if (SLOW_MS < waitingMs && !isInTrouble) {
      isInTrouble = true;
      onTrouble?.({ kind: 'slow', waitingMs, messages: inFlight });
    }
    if (giveUp.signal.aborted) wake();
  }
}

/** Collects the readings of devices that are close together, as a gateway on site would. */
interface Gateway {
  readonly key: string;
  pack: Reading[];
  openedMs: number;
  /** Settles when all its messages so far are dealt with. Never rejects. */
  tail: Promise<void>;
}
