import { PubSub } from '@google-cloud/pubsub';
import { type OutgoingMessage, pubSubTopic } from '@plumbline/simulator';
import type { Log } from '@plumbline/telemetry';
import { createForwarder, type Forwarder } from './forward.ts';
import { type ForwardTrouble, persistentSender } from './persistent-sender.ts';

export interface ForwardingConfig {
  readonly projectId: string;
  readonly topic: string;
  readonly deadLetterTopic: string;
  readonly maxWaiting: number;
}

/** The way to Pub/Sub, for a whole process. */
export interface Forwarding {
  readonly forwarder: Forwarder;
  /** Puts aside what is no reading; resolves when it is safe. */
  readonly deadLetter: (message: OutgoingMessage) => Promise<void>;
  /** Takes no more; what is left after `graceMs` is rejected. */
  stop(graceMs: number): Promise<void>;
}

const LINGER_MS = 5;

/** Opens it with Google's client, pointed at Google or, by PUBSUB_EMULATOR_HOST, at an emulator. */
export function openForwarding(config: ForwardingConfig, log: Log): Forwarding {
  const pubsub = new PubSub({ projectId: config.projectId });
  const onTrouble = (trouble: ForwardTrouble) =>
    trouble.kind === 'failed'
      ? log('WARNING', `Pub/Sub does not take messages: ${trouble.error.message}`)
      : log('INFO', 'Pub/Sub takes messages again');
  const forwarder = createForwarder(pubSubTopic(pubsub, config.topic), {
    maxWaiting: config.maxWaiting,
    lingerMs: LINGER_MS,
    random: Math.random,
    onTrouble,
  });
  const givingUp = new AbortController();
  const { send: deadLetter } = persistentSender(pubSubTopic(pubsub, config.deadLetterTopic), {
    random: Math.random,
    onTrouble,
    signal: givingUp.signal,
  });
  return {
    forwarder,
    deadLetter,
    async stop(graceMs) {
      setTimeout(() => givingUp.abort(), graceMs).unref();
      await forwarder.stop(graceMs);
      await pubsub.close();
    },
  };
}
