import { MAX_READINGS_PER_MESSAGE, TransientError, truncate } from '@plumbline/contracts';
import type { OutgoingMessage } from '@plumbline/simulator';
import type { Log } from '@plumbline/telemetry';
import { connect, type IClientOptions, type IPublishPacket } from 'mqtt';
import type { Forwarder } from '../forward/forward.ts';
import { type AckQueue, createAckQueue, pubacks } from './ack-queue.ts';
import { readPublication } from './read-publication.ts';
import type { TopicTemplate } from './topic-template.ts';

export interface BridgeOptions {
  /** `mqtt://host:1883`, or `mqtts://host:8883` for TLS. */
  readonly url: string;
  /** The broker keeps what comes for this name while the bridge is away; two bridges must not share it. */
  readonly clientId: string;
  /** 4 is MQTT 3.1.1. */
  readonly protocolVersion: 4 | 5;
  readonly templates: readonly TopicTemplate[];
  /** Bridges of one group share the messages; null: this one gets them all. */
  readonly shareGroup: string | null;
  /** How long the broker keeps messages for a bridge that is away; MQTT 5 only, others decide themselves. */
  readonly sessionSeconds: number;
  /** Messages that the broker may send before the first is acknowledged; MQTT 5 only. */
  readonly receiveMaximum: number;
  /** Readings that may wait for Pub/Sub before no more messages are taken. */
  readonly maxWaiting: number;
  readonly credentials: Pick<IClientOptions, 'username' | 'password' | 'ca' | 'cert' | 'key'>;
}

export interface BridgeEffects {
  readonly forwarder: Forwarder;
  /** Puts aside a payload that is no reading; resolves when it is safe. */
  readonly deadLetter: (message: OutgoingMessage) => Promise<void>;
  readonly log: Log;
  now(): number;
  /** In [0, 1). */
  random(): number;
}

export interface BridgeTotals {
  readonly messages: number;
  readonly readings: number;
  readonly refused: number;
  readonly connections: number;
}

export interface Bridge {
  /** True while the broker brings messages. */
  isSubscribed(): boolean;
  totals(): BridgeTotals;
  /** Rejects when going on cannot help: Pub/Sub or the broker refuse for good. */
  readonly failed: Promise<never>;
  /** Takes no more, acknowledges what Pub/Sub takes within `graceMs`, and goes. The broker keeps the rest. */
  stop(graceMs: number): Promise<void>;
}

const FIRST_RETRY_MS = 500;
const LAST_RETRY_MS = 30_000;
const CONNECT_TIMEOUT_MS = 10_000;
const KEEP_ALIVE_SECONDS = 30;
/** Told to the client's library in place of an acknowledgement, which comes later. */
const LATER = new Error('acknowledged later');

/**
 * Brings what devices publish at an MQTT broker to Pub/Sub.
 *
 * A message is acknowledged to the broker when Pub/Sub has its readings, or has those that are none as dead letters;
 * when the bridge or the broker dies before, the broker sends it again, and the ids of readings keep the copy out.
 * While too many readings wait for Pub/Sub nothing more is read from the broker.
 */
export function startBridge(options: BridgeOptions, effects: BridgeEffects): Bridge {
  const { forwarder, deadLetter, log } = effects;
  const totals = { messages: 0, readings: 0, refused: 0, connections: 0 };
  const { promise: failed, reject: fail } = Promise.withResolvers<never>();
  // Whoever does not wait for it must not bring the process down.
  failed.catch(() => {});
  let held: (() => void) | undefined;
  let isStopping = false;
  let isSubscribed = false;
  let hasSubscribed = false;
  let retryMs = FIRST_RETRY_MS;
  let retry: NodeJS.Timeout | undefined;
  let acks: AckQueue = createAckQueue(() => {});
  /** Forwarding and dead letters under way. */
  let underWay = 0;
  let onIdle: () => void = () => {};

  const client = connect(options.url, connectOptions(options));
  client.handleMessage = (packet, done) => {
    if (isStopping) return;
    take(packet);
    held = () => done(LATER);
    release();
  };
  client.on('connect', ({ sessionPresent }) => {
    totals.connections += 1;
    retryMs = FIRST_RETRY_MS;
    const { stream } = client;
    // An acknowledgement is for the connection that brought the message: on another its id means another.
    acks = createAckQueue((messageIds) => {
      if (client.stream === stream && !stream.destroyed) stream.write(pubacks(messageIds));
    });
    log('INFO', 'connected to the broker', { sessionPresent });
    // In MQTT 3.1.1 subscribing again brings all retained messages again. A group gets none, and must subscribe:
    // Mosquitto 2.0.11 keeps a session over a restart, but not its shared subscriptions.
    const isKept = options.protocolVersion === 4 && options.shareGroup === null;
    if (sessionPresent && hasSubscribed && isKept) isSubscribed = true;
    else subscribe();
  });
  client.on('error', (error) =>
    log('WARNING', `broker ${options.url}: ${error.message || String(error)}`),
  );
  client.on('close', () => {
    isSubscribed = false;
    held = undefined;
    clearTimeout(retry);
    if (isStopping) return;
    const pauseMs = retryMs * (0.5 + effects.random());
    retryMs = Math.min(LAST_RETRY_MS, retryMs * 2);
    retry = setTimeout(() => client.reconnect(), pauseMs);
  });

  return {
    isSubscribed: () => isSubscribed,
    totals: () => ({ ...totals }),
    failed,
    async stop(graceMs) {
      isStopping = true;
      clearTimeout(retry);
      await forwarder.stop(graceMs);
      const late = setTimeout(() => onIdle(), graceMs);
      if (underWay > 0) {
        await new Promise<void>((resolve) => {
          onIdle = resolve;
        });
      }
      clearTimeout(late);
      await client.endAsync();
    },
  };

  function subscribe(): void {
    const prefix = options.shareGroup === null ? '' : `$share/${options.shareGroup}/`;
    const filters = options.templates.map(({ filter }) => prefix + filter);
    // Retained messages come with a new subscription only (MQTT 5), never with each connection.
    const rh = options.shareGroup === null ? 1 : 0;
    client.subscribe(filters, { qos: 1, rh }, (error, granted) => {
      const refused = granted?.find(({ qos }) => qos > 2);
      if (refused !== undefined) {
        fail(new Error(`the broker refuses the subscription ${refused.topic}`));
      } else if (error) {
        log('WARNING', `subscribe: ${error.message}`);
        client.stream.destroy();
      } else {
        hasSubscribed = true;
        isSubscribed = true;
        log('INFO', 'subscribed', { filters });
      }
    });
  }

  function take(packet: IPublishPacket): void {
    totals.messages += 1;
    const acknowledge = packet.qos === 1 ? acks.take(packet.messageId as number) : () => {};
    const payload = Buffer.from(packet.payload);
    const { readings, refused } = readPublication(options.templates, {
      topic: packet.topic,
      payload,
      isRetained: packet.retain,
      receivedAtMs: effects.now(),
    });
    totals.readings += readings.length;
    totals.refused += refused.length;
    underWay += 1;
    const work = [];
    if (readings.length > 0) work.push(forwarder.forward(readings));
    const [first] = refused;
    if (first !== undefined) {
      const { reason, detail } = first;
      const text = truncate(payload.toString('utf8')).payload;
      const attributes = { source: 'mqtt', topic: packet.topic.slice(0, 500), reason, detail };
      work.push(deadLetter({ data: Buffer.from(text), attributes, orderingKey: '' }));
    }
    Promise.all(work)
      .then(acknowledge, (error: Error) => {
        // Not acknowledged: the broker keeps it.
        if (!(error instanceof TransientError)) fail(error);
      })
      .finally(() => {
        underWay -= 1;
        if (underWay === 0) onIdle();
        release();
      });
  }

  /** Lets the next message in, if it has room. */
  function release(): void {
    if (isStopping || options.maxWaiting < forwarder.waiting() + MAX_READINGS_PER_MESSAGE) return;
    const next = held;
    held = undefined;
    next?.();
  }
}

function connectOptions(options: BridgeOptions): IClientOptions {
  return {
    ...options.credentials,
    clientId: options.clientId,
    protocolVersion: options.protocolVersion,
    // The broker keeps messages while the bridge is away.
    clean: false,
    // Reconnecting, with jitter, and subscribing happen here.
    reconnectPeriod: 0,
    resubscribe: false,
    connectTimeout: CONNECT_TIMEOUT_MS,
    keepalive: KEEP_ALIVE_SECONDS,
    ...(options.protocolVersion === 5 && {
      properties: {
        sessionExpiryInterval: options.sessionSeconds,
        receiveMaximum: options.receiveMaximum,
      },
    }),
  };
}
