import { type AddressInfo, createServer, type Socket } from 'node:net';
import { Aedes, type AuthorizePublishHandler } from 'aedes';
import { SessionStore } from './session-store.ts';

export interface Broker {
  readonly port: number;
  /** Cuts every connection. */
  stop(): Promise<void>;
}

export interface BrokerOptions {
  /** 0 takes any free port. */
  readonly port: number;
  /** Folder of the journal; null keeps sessions and messages in memory alone. */
  readonly journalDir: string | null;
}

/** Messages of a client that may be under way at once: the bridge must not wait for single ones. */
const CONCURRENCY = 1_000;
const SYSTEM = '$SYS/';
/** Nobody may publish below `$SYS/`, and nobody has a reason to listen here. */
const ALREADY_PUBLISHED = `${SYSTEM}already-published`;
const NOTHING = Buffer.alloc(0);

/**
 * An MQTT 3.1.1 broker on 127.0.0.1, for machines without one: anyone on this machine may connect.
 *
 * What it acknowledges it has stored, and with a journal a kill does not take it away. It has no MQTT 5, no shared
 * subscriptions and no TLS, and a power cut may cost the last moments: Mosquitto, EMQX and others do better there.
 */
export async function startBroker({ port, journalDir }: BrokerOptions): Promise<Broker> {
  const sessions = new SessionStore(journalDir);
  await sessions.restore();
  const aedes = await Aedes.createBroker({
    concurrency: CONCURRENCY,
    persistence: sessions,
    authorizePublish: publishFirst,
  });
  const sockets = new Set<Socket>();
  const server = createServer((socket) => {
    socket.setNoDelay(true);
    sockets.add(socket);
    socket.once('close', () => sockets.delete(socket));
    aedes.handle(socket);
  });
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    server.listen(port, '127.0.0.1', resolve);
  });
  return {
    port: (server.address() as AddressInfo).port,
    async stop() {
      const closed = new Promise<void>((resolve) => {
        server.close(() => resolve());
      });
      for (const socket of sockets) socket.destroy();
      await closed;
      await new Promise<void>((resolve) => {
        aedes.close(() => resolve());
      });
      sessions.close();
    },
  };

  /**
   * Aedes acknowledges a message at QoS 1 first and stores it then; one that was acknowledged and not stored would be
   * lost with the process. So it is published here, and Aedes gets an empty one to publish after its acknowledgement.
   */
  function publishFirst(...[client, packet, done]: Parameters<AuthorizePublishHandler>): void {
    const refusal = refusalOf(packet);
    if (refusal !== null || packet.qos !== 1 || client === null) {
      done(refusal);
      return;
    }
    aedes.publish({ ...packet }, (error) => {
      Object.assign(packet, { topic: ALREADY_PUBLISHED, payload: NOTHING, retain: false });
      done(error ?? null);
    });
  }

  function refusalOf({ topic, qos }: { topic: string; qos: number }): Error | null {
    if (topic.startsWith(SYSTEM)) return new Error(`${SYSTEM} is the broker's`);
    return 0 < qos && !sessions.hasRoom() ? new Error('too many messages wait') : null;
  }
}
