/** The part of the package that its own types leave out. */
declare module 'aedes-persistence/asyncPersistence.js' {
  import type { Readable } from 'node:stream';

  namespace MemoryPersistence {
    interface StoredClient {
      readonly id: string;
    }
    interface StoredSubscription {
      readonly topic: string;
      readonly qos: number;
    }
    interface StoredPacket {
      cmd: string;
      topic: string;
      payload: Buffer;
      qos: number;
      retain: boolean;
      brokerId?: string;
      brokerCounter?: number;
      messageId?: number;
    }
  }

  type StoredClient = MemoryPersistence.StoredClient;
  type StoredSubscription = MemoryPersistence.StoredSubscription;
  type StoredPacket = MemoryPersistence.StoredPacket;

  class MemoryPersistence {
    addSubscriptions(client: StoredClient, subs: StoredSubscription[]): Promise<void>;
    removeSubscriptions(client: StoredClient, topics: string[]): Promise<void>;
    cleanSubscriptions(client: StoredClient): Promise<void>;
    subscriptionsByClient(client: StoredClient): Promise<StoredSubscription[]>;
    storeRetained(packet: StoredPacket): Promise<void>;
    createRetainedStream(pattern: string): Readable;
    getClientList(topic: string): Readable;
    outgoingEnqueue(sub: { readonly clientId: string }, packet: StoredPacket): Promise<void>;
    outgoingEnqueueCombi(
      subs: readonly { readonly clientId: string }[],
      packet: StoredPacket,
    ): Promise<void>;
    outgoingUpdate(client: StoredClient, packet: StoredPacket): Promise<void>;
    outgoingClearMessageId(
      client: StoredClient,
      packet: StoredPacket,
    ): Promise<StoredPacket | undefined>;
    outgoingStream(client: StoredClient): Readable;
  }
  export = MemoryPersistence;
}
