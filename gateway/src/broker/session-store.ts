import { Readable } from 'node:stream';
import MemoryPersistence, {
  type StoredClient,
  type StoredPacket,
  type StoredSubscription,
} from 'aedes-persistence/asyncPersistence.js';
import { type Entry, type Journal, openJournal, readJournal } from './journal.ts';

/** Messages that wait for all clients together. */
const MAX_QUEUED = 500_000;
/** A journal that has grown by this much more is written anew, without what is done. */
const REWRITE_BYTES = 64_000_000;

/**
 * What the broker must not forget: subscriptions of sessions, retained messages, and messages that a client has not
 * acknowledged. With a folder all of it is in a journal there and outlives the process.
 *
 * Queues are maps, so that a long one costs no more a message than a short one. Wills and half-done messages at QoS 2
 * stay in memory: a will is gone with the connection, and a message at QoS 2 is queued before it is answered.
 */
export class SessionStore extends MemoryPersistence {
  readonly #queues = new Map<string, Queue>();
  /** Copies of what the parent keeps to itself, for the journal: client → topic → QoS, and topic → message. */
  readonly #subscriptions = new Map<string, Map<string, number>>();
  readonly #retained = new Map<string, StoredPacket>();
  readonly #folder: string | null;
  #journal: Journal | undefined;
  #queued = 0;

  constructor(folder: string | null) {
    super();
    this.#folder = folder;
  }

  /** Takes up what the journal holds. Call it once, before the broker starts. */
  async restore(): Promise<void> {
    if (this.#folder === null) return;
    for (const entry of readJournal(this.#folder)) await this.#replay(entry);
    this.#journal = openJournal(this.#folder, this.#entries());
  }

  close(): void {
    this.#journal?.close();
    this.#journal = undefined;
  }

  /** False while so much waits that no more may be taken. */
  hasRoom(): boolean {
    return this.#queued < MAX_QUEUED;
  }

  override async addSubscriptions(client: StoredClient, subs: StoredSubscription[]): Promise<void> {
    await super.addSubscriptions(client, subs);
    const known = this.#subscriptions.get(client.id) ?? new Map<string, number>();
    this.#subscriptions.set(client.id, known);
    for (const { topic, qos } of subs) {
      known.set(topic, qos);
      await this.#note(['subscribe', client.id, topic, qos]);
    }
  }

  override async removeSubscriptions(client: StoredClient, topics: string[]): Promise<void> {
    await super.removeSubscriptions(client, topics);
    for (const topic of topics) {
      this.#subscriptions.get(client.id)?.delete(topic);
      await this.#note(['unsubscribe', client.id, topic]);
    }
  }

  /** A client that begins anew has neither subscriptions nor messages. */
  override async cleanSubscriptions(client: StoredClient): Promise<void> {
    await super.cleanSubscriptions(client);
    const isKnown = this.#subscriptions.delete(client.id) || this.#queues.has(client.id);
    this.#queued -= this.#queues.get(client.id)?.byKey.size ?? 0;
    this.#queues.delete(client.id);
    if (isKnown) await this.#note(['forget', client.id]);
  }

  override async storeRetained(packet: StoredPacket): Promise<void> {
    await super.storeRetained(packet);
    if (packet.payload.length === 0) this.#retained.delete(packet.topic);
    else this.#retained.set(packet.topic, packet);
    await this.#note(['retain', packet.topic, packet.payload.toString('base64'), packet.qos]);
  }

  override async outgoingEnqueue(sub: { clientId: string }, packet: StoredPacket): Promise<void> {
    await this.outgoingEnqueueCombi([sub], packet);
  }

  override async outgoingEnqueueCombi(
    subs: readonly { readonly clientId: string }[],
    packet: StoredPacket,
  ): Promise<void> {
    if (subs.length === 0) return;
    const key = keyOf(packet);
    const clientIds = subs.map(({ clientId }) => clientId);
    for (const clientId of clientIds) this.#enqueue(clientId, key, packet);
    const { topic, payload, qos } = packet;
    await this.#note(['queue', key, clientIds, topic, payload.toString('base64'), qos]);
  }

  override async outgoingUpdate(client: StoredClient, packet: StoredPacket): Promise<void> {
    const queue = this.#queues.get(client.id);
    const key =
      packet.cmd === 'publish' ? keyOf(packet) : queue?.keyById.get(packet.messageId ?? 0);
    const known = key === undefined ? undefined : queue?.byKey.get(key);
    if (queue === undefined || key === undefined || known === undefined) {
      throw new Error('no such packet');
    }
    if (packet.cmd === 'publish') known.messageId = packet.messageId as number;
    else queue.byKey.set(key, packet);
    queue.keyById.set(packet.messageId as number, key);
  }

  override async outgoingClearMessageId(
    client: StoredClient,
    { messageId }: StoredPacket,
  ): Promise<StoredPacket | undefined> {
    const queue = this.#queues.get(client.id);
    // Asked without an id, of a copy that was not sent, nothing may go.
    const key = messageId === undefined ? undefined : queue?.keyById.get(messageId);
    if (queue === undefined || key === undefined || messageId === undefined) return undefined;
    const packet = queue.byKey.get(key);
    queue.byKey.delete(key);
    queue.keyById.delete(messageId);
    this.#queued -= 1;
    void this.#note(['done', client.id, key]);
    return packet;
  }

  /** What a client that comes back has not acknowledged, in order, under new message ids. */
  override outgoingStream(client: StoredClient): Readable {
    const queue = this.#queues.get(client.id);
    if (queue === undefined) return Readable.from([]);
    const packets = [...queue.byKey.values()];
    queue.keyById.clear();
    for (const [key, packet] of queue.byKey) {
      if (packet.cmd === 'publish') delete packet.messageId;
      else queue.keyById.set(packet.messageId as number, key);
    }
    return Readable.from(packets);
  }

  #enqueue(clientId: string, key: string, packet: StoredPacket): void {
    let queue = this.#queues.get(clientId);
    if (queue === undefined) {
      queue = { byKey: new Map(), keyById: new Map() };
      this.#queues.set(clientId, queue);
    }
    const { cmd, topic, payload, qos, retain, brokerId, brokerCounter } = packet;
    const own = { cmd, topic, payload, qos, retain };
    queue.byKey.set(key, Object.assign(own, { brokerId, brokerCounter }) as StoredPacket);
    this.#queued += 1;
  }

  async #note(entry: Entry): Promise<void> {
    const journal = this.#journal;
    if (journal === undefined) return;
    await journal.append(entry);
    if (REWRITE_BYTES < journal.sizeBytes()) journal.rewrite(this.#entries());
  }

  async #replay(entry: Entry): Promise<void> {
    switch (entry[0]) {
      case 'subscribe':
        return await this.addSubscriptions({ id: entry[1] }, [{ topic: entry[2], qos: entry[3] }]);
      case 'unsubscribe':
        return await this.removeSubscriptions({ id: entry[1] }, [entry[2]]);
      case 'forget':
        return await this.cleanSubscriptions({ id: entry[1] });
      case 'retain':
        return await this.storeRetained(publication(entry[1], entry[2], entry[3], true));
      case 'queue': {
        const [, key, clientIds, topic, payload, qos] = entry;
        const [brokerId = '', counter] = key.split('/');
        const packet = publication(topic, payload, qos, false);
        for (const clientId of clientIds) {
          this.#enqueue(clientId, key, { ...packet, brokerId, brokerCounter: Number(counter) });
        }
        return;
      }
      case 'done':
        if (this.#queues.get(entry[1])?.byKey.delete(entry[2])) this.#queued -= 1;
    }
  }

  /** The least that gives the same state again. */
  *#entries(): Iterable<Entry> {
    for (const [clientId, topics] of this.#subscriptions) {
      for (const [topic, qos] of topics) yield ['subscribe', clientId, topic, qos];
    }
    for (const { topic, payload, qos } of this.#retained.values()) {
      yield ['retain', topic, payload.toString('base64'), qos];
    }
    for (const [clientId, { byKey }] of this.#queues) {
      for (const [key, { cmd, topic, payload, qos }] of byKey) {
        if (cmd === 'publish')
          yield ['queue', key, [clientId], topic, payload.toString('base64'), qos];
      }
    }
  }
}

/** Messages of one client in the order of their coming, and which of them has which id on its connection. */
interface Queue {
  readonly byKey: Map<string, StoredPacket>;
  readonly keyById: Map<number, string>;
}

function keyOf(packet: StoredPacket): string {
  return `${packet.brokerId}/${packet.brokerCounter}`;
}

function publication(topic: string, payload: string, qos: number, retain: boolean): StoredPacket {
  return { cmd: 'publish', topic, payload: Buffer.from(payload, 'base64'), qos, retain };
}
