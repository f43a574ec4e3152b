import { setTimeout as sleep } from 'node:timers/promises';
import { TransientError } from '@plumbline/contracts';
import { type OutgoingMessage, PermanentError, type SendMessage } from '@plumbline/simulator';

export interface Persistence {
  /** In [0, 1): spreads the retries of many processes. */
  readonly random: () => number;
  /** Told when Pub/Sub starts to fail, and when it takes messages again. */
  readonly onTrouble?: (trouble: ForwardTrouble) => void;
}

export type ForwardTrouble =
  | { readonly kind: 'failed'; readonly error: Error }
  | { readonly kind: 'recovered' };

const FIRST_RETRY_MS = 200;
const LAST_RETRY_MS = 10_000;

/**
 * Sends a message again and again until Pub/Sub has it, with pauses that double up to 10 s, half to one and a half.
 *
 * `send` throws a PermanentError at once, and a TransientError after `signal`.
 */
export function persistentSender(
  send: SendMessage,
  { random, onTrouble, signal }: Persistence & { readonly signal: AbortSignal },
): { send(message: OutgoingMessage): Promise<void>; retries(): number } {
  let isInTrouble = false;
  let retries = 0;
  return {
    retries: () => retries,
    async send(message) {
      for (let pauseMs = FIRST_RETRY_MS; ; pauseMs = Math.min(LAST_RETRY_MS, pauseMs * 2)) {
        if (signal.aborted) throw new TransientError('Pub/Sub did not answer before the stop');
        try {
          await send(message);
          if (isInTrouble) onTrouble?.({ kind: 'recovered' });
          isInTrouble = false;
          return;
        } catch (thrown) {
          const error = thrown instanceof Error ? thrown : new Error(String(thrown));
          if (!isInTrouble) onTrouble?.({ kind: 'failed', error });
          isInTrouble = true;
          if (error instanceof PermanentError) throw error;
        }
        retries += 1;
        const spreadMs = pauseMs * (0.5 + random());
        await sleep(spreadMs, undefined, { signal }).catch(() => {});
      }
    },
  };
}
