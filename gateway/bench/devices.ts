import { once } from 'node:events';
import { connect } from 'node:net';
import { generate, parser } from 'mqtt-packet';

/**
 * Publishes messages at QoS 1 over one connection, as fast as the broker acknowledges them, `window` at once.
 *
 * Plain sockets and packets made beforehand: a client library would take more of the machine than the bridge under test.
 * Resolves when the last one is acknowledged.
 */
export async function publishFast(
  port: number,
  messages: readonly { readonly topic: string; readonly payload: string }[],
  window: number,
): Promise<void> {
  const packets = messages.map(({ topic, payload }, index) =>
    generate({
      cmd: 'publish',
      topic,
      payload,
      qos: 1,
      messageId: (index % 65_535) + 1,
      dup: false,
      retain: false,
    }),
  );
  const socket = connect(port, '127.0.0.1');
  const { promise, resolve, reject } = Promise.withResolvers<void>();
  socket.once('error', reject);
  socket.once('close', () => reject(new Error('the broker closed the connection')));
  await once(socket, 'connect');
  let sent = 0;
  let acknowledged = 0;
  const more = () => {
    const end = Math.min(packets.length, acknowledged + window);
    if (sent < end) socket.write(Buffer.concat(packets.slice(sent, end)));
    sent = Math.max(sent, end);
  };
  const incoming = parser({ protocolVersion: 4 });
  incoming.on('packet', ({ cmd }) => {
    if (cmd === 'puback') acknowledged += 1;
  });
  socket.on('data', (bytes) => {
    incoming.parse(bytes);
    if (acknowledged === packets.length) resolve();
    // In larger strides: each write costs, and a broker reads what has come together.
    else if (sent - acknowledged < window / 2) more();
  });
  socket.write(
    generate({ cmd: 'connect', protocolVersion: 4, clientId: 'bench', clean: true, keepalive: 0 }),
  );
  try {
    await promise;
  } finally {
    socket.destroy();
  }
}
