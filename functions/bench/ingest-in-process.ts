import { setTimeout as sleep } from 'node:timers/promises';
import { DEFAULT_TIME_BOUNDS, encodeMessage } from '@plumbline/contracts';
import { createIngest } from '../src/ingest/ingest.ts';
import { type PushMessage, parsePushMessage } from '../src/platform/push-message.ts';
import { createRetryBudget, RETRY_BUDGET } from '../src/platform/retry-budget.ts';
import { createRowWriter, type InsertRows } from '../src/platform/row-writer.ts';
import { fleetReadings } from '../test/ingest-pipeline.ts';

/** All of ingest but its HTTP server, with another write. */
export function openIngest(insert: InsertRows) {
  const effects = {
    now: Date.now,
    sleep: (ms: number) => sleep(ms),
    random: Math.random,
    budget: createRetryBudget(RETRY_BUDGET, Date.now),
  };
  return createIngest(DEFAULT_TIME_BOUNDS, {
    now: Date.now,
    storeReadings: createRowWriter(insert, effects).add,
    storeDeadLetters: createRowWriter(insert, effects).add,
  });
}

/** The body of a push with so many readings. */
export function pushBody(messageId: string, count: number, fromMs: number): string {
  const data = Buffer.from(encodeMessage(fleetReadings(count, fromMs))).toString('base64');
  return JSON.stringify({ message: { messageId, data }, subscription: 's' });
}

export function read(body: string): PushMessage {
  const message = parsePushMessage(JSON.parse(body));
  if (message === undefined) throw new Error('the bench made a body that is no push');
  return message;
}
