import { createHash } from 'node:crypto';
import { SCHEDULED_QUERIES } from '@plumbline/contracts';
import type { PushMessage } from '../../src/platform/push-message.ts';
import { createAggregation, recompute, viewOf, type Windows } from './aggregation-model.ts';
import { createTable, type TableModel } from './big-query-model.ts';
import type { Bug } from './bugs.ts';
import { createChances } from './chances.ts';
import { createClock } from './clock.ts';
import { type Published, publishAll, SIMULATION_START_MS } from './fleet-model.ts';
import { CAP_ITEMS, createInstance, type Instance } from './instance.ts';

export interface SimulationResult {
  readonly seed: number;
  readonly readings: number;
  /** What was broken, at most ten; empty when every promise was kept. */
  readonly violations: readonly string[];
  /** How often each fault happened. */
  readonly counts: Readonly<Record<string, number>>;
  /** Equal for equal seeds. */
  readonly trace: string;
}

const DURATION_MS = 120_000;
const INSTANCES = 3;
const OUTSTANDING = 100;
const ACK_DEADLINE_MS = 60_000;
const DRAIN_MS = 8_000;
/** After the last publish: enough for every back-off to end. */
const QUIET_MS = 3_600_000;
const BACKOFF = { firstMs: 1_000, lastMs: 60_000 };
const RATES = { twoInstances: 0.002, lateAck: 0.005 };

/**
 * Runs the real ingest code in a world of one seed: producers, Pub/Sub, instances that die, BigQuery that
 * fails. Checks at every acknowledgement that what it covers is durable, and at the end that nothing is lost,
 * nothing is twice, and the aggregates equal a recomputation.
 */
export async function simulate(
  seed: number,
  readings: number,
  bug?: Bug,
): Promise<SimulationResult> {
  const clock = createClock();
  const chances = createChances(seed);
  const violations: string[] = [];
  const trace = createHash('sha256');
  const outage = { fromMs: 30_000 + chances.random() * 30_000, lengthMs: 90_000 };
  const isOutage = () =>
    outage.fromMs <= clock.now() && clock.now() < outage.fromMs + outage.lengthMs;
  const raw = createTable(clock, chances, isOutage, true);
  const dead = createTable(clock, chances, isOutage, false);
  const aggregation = createAggregation(raw, bug);
  const instances: Instance[] = Array.from({ length: INSTANCES }, start);
  const messages = publishAll(chances, readings, DURATION_MS);
  const waiting: Delivery[] = [];
  let outstanding = 0;
  let unacknowledged = messages.length;

  messages.forEach((published, index) => {
    const message: PushMessage = { messageId: `m${index}`, data: published.data, attributes: {} };
    clock.after(published.publishMs, () =>
      offer({ published, message, attempts: 0, isAcknowledged: false }),
    );
  });
  const stops = 20 + Math.floor(chances.random() * 8);
  for (let at = 0; at < stops; at++) {
    clock.after(chances.random() * (DURATION_MS + 30_000), () => stopOne(chances.random() < 0.5));
  }
  const often = SCHEDULED_QUERIES['aggregate-1m'];
  for (let atMs = 60_000; atMs <= DURATION_MS + QUIET_MS; atMs += often.everyMinutes * 60_000) {
    clock.after(atMs, () => aggregation.run(SIMULATION_START_MS + clock.now(), often.reach));
  }
  for (const atMs of [DURATION_MS, DURATION_MS + QUIET_MS]) {
    const { reach } = SCHEDULED_QUERIES['aggregate-1m-late'];
    clock.after(atMs, () => aggregation.run(SIMULATION_START_MS + clock.now(), reach));
  }

  await clock.run(DURATION_MS + QUIET_MS);
  judgeTheEnd();
  const { counts } = chances;
  return { seed, readings, violations, counts, trace: trace.digest('hex').slice(0, 16) };

  interface Delivery {
    readonly published: Published;
    readonly message: PushMessage;
    attempts: number;
    isAcknowledged: boolean;
  }

  function start(): Instance {
    return createInstance(clock, chances, raw, dead, bug);
  }

  function offer(delivery: Delivery): void {
    waiting.push(delivery);
    dispatch();
  }

  function dispatch(): void {
    const open = instances.filter(({ isDead, isDraining }) => !isDead && !isDraining);
    while (open.length > 0 && outstanding < OUTSTANDING && waiting.length > 0) {
      const delivery = waiting.shift() as Delivery;
      const copies = chances.happens('twoInstances', RATES.twoInstances) ? 2 : 1;
      for (let copy = 0; copy < copies; copy++) {
        deliver(delivery, open[Math.floor(chances.random() * open.length)] as Instance);
      }
    }
  }

  function deliver(delivery: Delivery, instance: Instance): void {
    outstanding++;
    delivery.attempts++;
    let isOver = false;
    const end = (status: number | 'deadline') => {
      if (isOver) return;
      isOver = true;
      cancel();
      outstanding--;
      trace.update(`${clock.now()} ${delivery.message.messageId} ${status}\n`);
      // An answer on its way back may come too late to count.
      const isLost = status === 204 && chances.happens('lateAck', RATES.lateAck);
      if (status === 204 && !isLost) acknowledge(delivery);
      else {
        if (status === 'deadline') chances.count('deadline');
        const waitMs = Math.min(
          BACKOFF.lastMs,
          BACKOFF.firstMs * 2 ** Math.min(delivery.attempts, 8),
        );
        clock.after(waitMs * (0.5 + chances.random() / 2), () => {
          if (!delivery.isAcknowledged) offer(delivery);
        });
      }
      dispatch();
    };
    const cancel = clock.after(ACK_DEADLINE_MS, () => end('deadline'));
    void instance.push(delivery.message).then(end);
    if (CAP_ITEMS < instance.heldItems) {
      violate(`I5: an instance holds ${instance.heldItems} rows, at most ${CAP_ITEMS}`);
    }
  }

  function acknowledge(delivery: Delivery): void {
    if (delivery.isAcknowledged) return;
    delivery.isAcknowledged = true;
    unacknowledged--;
    const lost = lostOf(delivery.published, delivery.message.messageId);
    if (lost !== undefined)
      violate(`I2: ${delivery.message.messageId} was acknowledged, but ${lost}`);
  }

  /** What of a message is in no table. */
  function lostOf({ readingIds, poisonCount }: Published, messageId: string): string | undefined {
    const letters = deadLettersOf(dead).get(messageId);
    const missing = readingIds.find((id) => !raw.ids.has(id) && !letters?.readingIds.has(id));
    if (missing !== undefined) return `reading ${missing} is nowhere`;
    const poison = letters?.poison.size ?? 0;
    return poison === poisonCount
      ? undefined
      : `${poison} of ${poisonCount} dead letters are there`;
  }

  function stopOne(isKill: boolean): void {
    const at = Math.floor(chances.random() * instances.length);
    const instance = instances[at] as Instance;
    if (instance.isDead || instance.isDraining) return;
    chances.count(isKill ? 'sigkill' : 'sigterm');
    if (instance.inFlight > 0) chances.count('stoppedInFlight');
    const bury = () => {
      instance.isDead = true;
      clock.after(200 + chances.random() * 300, () => {
        instances[at] = start();
        dispatch();
      });
    };
    if (isKill) bury();
    else {
      instance.terminate();
      clock.after(DRAIN_MS, bury);
    }
  }

  function judgeTheEnd(): void {
    if (unacknowledged > 0) violate(`I9: ${unacknowledged} messages are still not acknowledged`);
    const view = viewOf(raw, bug);
    const ids = new Set(view.map(({ row }) => row.insertId));
    if (ids.size !== view.length)
      violate(`I3: ${view.length - ids.size} readings are twice in the view`);
    messages.forEach((published, index) => {
      const lost = lostOf(published, `m${index}`);
      if (lost !== undefined) violate(`I1: m${index}: ${lost}`);
    });
    const known = new Set(messages.flatMap(({ readingIds }) => readingIds));
    const stranger = [...ids].find((id) => !known.has(id));
    if (stranger !== undefined) violate(`I1: ${stranger} was stored but never published`);
    const wrong = firstDifference(aggregation.windows, recompute(viewOf(raw, undefined)));
    if (wrong !== undefined)
      violate(`I4: window ${new Date(wrong).toISOString()} is not what a recomputation gives`);
  }

  function violate(text: string): void {
    if (violations.length < 10) violations.push(text);
  }
}

interface Letters {
  readonly readingIds: Set<string>;
  readonly poison: Set<string>;
}

const indexes = new WeakMap<TableModel, { seen: number; byMessage: Map<string, Letters> }>();

/** Dead letters by message, kept up as the table grows. */
function deadLettersOf(dead: TableModel): ReadonlyMap<string, Letters> {
  const index = indexes.get(dead) ?? { seen: 0, byMessage: new Map() };
  indexes.set(dead, index);
  for (; index.seen < dead.rows.length; index.seen++) {
    const { values, insertId } = (dead.rows[index.seen] as (typeof dead.rows)[number]).row;
    const messageId = String(values.message_id);
    const letters = index.byMessage.get(messageId) ?? { readingIds: new Set(), poison: new Set() };
    index.byMessage.set(messageId, letters);
    if (values.reason !== 'refused_by_warehouse') letters.poison.add(insertId);
    else letters.readingIds.add(String(JSON.parse(String(values.payload)).reading_id));
  }
  return index.byMessage;
}

function firstDifference(actual: Windows, expected: Windows): number | undefined {
  for (const [start, { count, tenths }] of expected) {
    const found = actual.get(start);
    if (found?.count !== count || found.tenths !== tenths) return start;
  }
  return [...actual.keys()].find((start) => !expected.has(start));
}
