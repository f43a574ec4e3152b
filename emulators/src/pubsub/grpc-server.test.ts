import { connect } from 'node:http2';
import { expect, onTestFinished, test } from 'vitest';
import { startPubSub } from './index.ts';

test('a client may send a whole batch without waiting for room', async () => {
  const emulator = await startPubSub();
  onTestFinished(() => emulator.stop());
  const client = connect(`http://${emulator.host}`);
  onTestFinished(() => client.destroy());
  const windowBytes = await new Promise<number>((resolve) => {
    client.on('remoteSettings', ({ initialWindowSize = 0 }) => {
      if (65_535 < initialWindowSize) resolve(initialWindowSize);
    });
  });
  expect(windowBytes).toBeGreaterThanOrEqual(2 * 510 * 1024);
});
