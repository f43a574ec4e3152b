import type { Delivery } from './backlog.ts';
import type { Consumer, Dispatcher } from './dispatcher.ts';
import { invalid } from './errors.ts';
import { checkRoom, type Limits } from './limits.ts';
import { checkPullable } from './resources.ts';
import type { Subscription } from './state.ts';

const MAX_MESSAGES = 1000;
const MAX_BYTES = 10_000_000;
// How long a pull waits for a message. Google promises only "a bounded amount of time".
const WAIT_MS = 20_000;

/**
 * The messages of one Pull request: at once if there are any or `returnImmediately` is set, else
 * as soon as there is one. Empty after 20 s, or when the caller has gone.
 */
export async function pull(
  dispatcher: Dispatcher,
  subscription: Subscription,
  request: { maxMessages?: number; returnImmediately?: boolean },
  now: () => number,
  signal: AbortSignal,
  limits: Limits,
): Promise<Delivery[]> {
  checkPullable(subscription.resource);
  const { maxMessages = 0, returnImmediately = false } = request;
  if (maxMessages <= 0) throw invalid(`max_messages=${maxMessages} is not greater than 0`);
  subscription.usedAtMs = now();
  const take = () =>
    subscription.backlog.take(now(), Math.min(maxMessages, MAX_MESSAGES), MAX_BYTES);
  const deliveries = take();
  if (0 < deliveries.length || returnImmediately) {
    dispatcher.changed(subscription);
    return deliveries;
  }
  checkRoom(limits, 'streams', dispatcher.consumerCount);
  return new Promise((resolve, reject) => {
    const consumer: Consumer = {
      outstanding: 0,
      released() {},
      offer() {
        finish(take());
        return true;
      },
      ended(reason) {
        reject(reason);
        finish([]);
      },
    };
    const timer = setTimeout(giveUp, WAIT_MS);
    signal.addEventListener('abort', giveUp);
    dispatcher.join(subscription, consumer);

    function giveUp() {
      finish([]);
    }
    function finish(found: Delivery[]) {
      clearTimeout(timer);
      signal.removeEventListener('abort', giveUp);
      dispatcher.leave(subscription, consumer);
      resolve(found);
    }
  });
}
