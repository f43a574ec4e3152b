import { connect, createServer, type Socket } from 'node:net';

/** A TCP connection on a bad day. Rates are of the chunks that the client sends. */
export interface NetworkFaults {
  /** Cut before the chunk reaches its target. */
  readonly cutBefore: number;
  /** Cut after the chunk reached its target, and before an answer comes back. */
  readonly cutAfter: number;
  readonly slow: { readonly rate: number; readonly ms: number };
}

export interface BadNetwork {
  readonly port: number;
  /** Undefined: all is well. */
  setFaults(faults: NetworkFaults | undefined): void;
  /** While true, every connection is cut, and none is let through. */
  setOutage(isOutage: boolean): void;
  readonly counts: Readonly<Record<'cutBefore' | 'cutAfter' | 'slow', number>>;
  stop(): void;
}

/** Stands before a port on 127.0.0.1 and lets its clients down, each fault once a chance. */
export async function startBadNetwork(targetPort: number): Promise<BadNetwork> {
  const sockets = new Set<Socket>();
  const counts = { cutBefore: 0, cutAfter: 0, slow: 0 };
  let faults: NetworkFaults | undefined;
  let isOutage = false;
  const server = createServer((client) => {
    if (isOutage) {
      client.destroy();
      return;
    }
    const target = connect(targetPort, '127.0.0.1');
    let isMute = false;
    for (const socket of [client, target]) {
      sockets.add(socket);
      socket.on('error', () => {}).on('close', () => sockets.delete(socket));
    }
    client.on('close', () => target.destroy());
    target.on('close', () => client.destroy());
    target.on('data', (bytes) => void (isMute || client.write(bytes)));
    client.on('data', (bytes) => {
      const fault = roll();
      if (fault !== undefined) counts[fault]++;
      if (fault === 'cutBefore') client.destroy();
      else if (fault === 'cutAfter') {
        isMute = true;
        target.write(bytes);
        setTimeout(() => client.destroy(), 50);
      } else if (fault === 'slow' && faults !== undefined) {
        // What comes behind it has to wait as well.
        client.pause();
        setTimeout(() => {
          target.write(bytes);
          client.resume();
        }, faults.slow.ms);
      } else target.write(bytes);
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return {
    port: (server.address() as { port: number }).port,
    counts,
    setFaults(next) {
      faults = next;
    },
    setOutage(next) {
      isOutage = next;
      if (isOutage) cutAll();
    },
    stop() {
      cutAll();
      server.close();
    },
  };

  function roll(): keyof typeof counts | undefined {
    if (faults === undefined) return undefined;
    const at = Math.random();
    if (at < faults.cutBefore) return 'cutBefore';
    if (at < faults.cutBefore + faults.cutAfter) return 'cutAfter';
    return at < faults.cutBefore + faults.cutAfter + faults.slow.rate ? 'slow' : undefined;
  }

  function cutAll(): void {
    for (const socket of sockets) socket.destroy();
  }
}
