import { setImmediate as turn } from 'node:timers/promises';
import { generate } from 'mqtt-packet';
import { expect, test } from 'vitest';
import { createAckQueue, pubacks } from './ack-queue.ts';

test('messages are acknowledged in the order of their coming, however they are done', async () => {
  const written: number[][] = [];
  const queue = createAckQueue((ids) => written.push([...ids]));
  const [first, second, third] = [7, 8, 9].map((id) => queue.take(id));
  third?.();
  second?.();
  await turn();
  expect(written).toEqual([]);
  first?.();
  await turn();
  expect(written).toEqual([[7, 8, 9]]);
  expect(queue.size()).toBe(0);
});

test('acknowledgements are those that an MQTT library writes', () => {
  const ids = [1, 255, 256, 65_535];
  const library = ids.map((messageId) => generate({ cmd: 'puback', messageId }));
  expect(pubacks(ids)).toEqual(Buffer.concat(library));
});
