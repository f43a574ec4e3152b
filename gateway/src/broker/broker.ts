import { type AddressInfo, createServer, type Socket } from 'node:net';
import { Aedes, type AedesOptions } from 'aedes';

export interface Broker {
  readonly port: number;
  /** Cuts every connection. */
  stop(): Promise<void>;
}

export interface BrokerOptions {
  /** 0 takes any free port. */
  readonly port: number;
  /** Sessions and messages; in this process's memory if absent. */
  readonly persistence?: AedesOptions['persistence'];
}

/** Messages of a client that may be under way at once: the bridge must not wait for single ones. */
const CONCURRENCY = 1_000;

/**
 * An MQTT 3.1.1 broker on 127.0.0.1, for trying things out without installing one: anyone on this machine may connect.
 *
 * It has no MQTT 5, no shared subscriptions and no TLS, keeps its sessions in memory, and answers a device before the
 * message is stored: what it holds is lost with it. Mosquitto, EMQX and others do better where that matters.
 */
export async function startBroker({ port, persistence }: BrokerOptions): Promise<Broker> {
  const aedes = await Aedes.createBroker({
    concurrency: CONCURRENCY,
    ...(persistence !== undefined && { persistence }),
  });
  const sockets = new Set<Socket>();
  const server = createServer((socket) => {
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
    },
  };
}
