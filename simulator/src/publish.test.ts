import { PubSub } from '@google-cloud/pubsub';
import { parseMessage } from '@plumbline/contracts';
import { startPubSub } from '@plumbline/emulators';
import { expect, onTestFinished, test } from 'vitest';
import { createFleet } from './fleet.ts';
import { PROFILES } from './profiles/index.ts';
import { pubSubTopic } from './pub-sub-topic.ts';
import { PermanentError, publishReadings, type SendMessage, type Trouble } from './publish.ts';

const FROM_MS = Date.parse('2026-03-02T08:00:00Z');
const fleet = createFleet({ profile: PROFILES.machine });
const minutes = (count: number) =>
  fleet.readings({ fromMs: FROM_MS, toMs: FROM_MS + count * 60_000 });

test('what is published arrives at a subscriber whole, with its schema and in order by gateway', async () => {
  const emulator = await startPubSub({ port: 0 });
  onTestFinished(() => emulator.stop());
  const pubsub = new PubSub({ projectId: 'demo', apiEndpoint: emulator.host, emulatorMode: true });
  onTestFinished(() => pubsub.close());
  await pubsub.createTopic('readings');
  const [subscription] = await pubsub.topic('readings').createSubscription('all', {
    enableMessageOrdering: true,
  });
  const sent = [...minutes(2)];

  const totals = await publishReadings(pubSubTopic(pubsub, 'readings'), sent, { perMessage: 20 });
  expect(totals).toMatchObject({ taken: sent.length, published: sent.length, retries: 0 });

  const received = new Set<string>();
  const lastByDevice = new Map<string, number>();
  await new Promise<void>((resolve, reject) => {
    subscription.on('error', reject);
    subscription.on('message', (message) => {
      const { readings, refused } = parseMessage(message.data, FROM_MS);
      expect(refused).toEqual([]);
      expect(message.attributes.schema).toBe('reading/1');
      for (const { readingId, deviceId, measuredAtMs } of readings) {
        expect(measuredAtMs).toBeGreaterThan(lastByDevice.get(deviceId) ?? 0);
        lastByDevice.set(deviceId, measuredAtMs);
        received.add(readingId);
      }
      message.ack();
      if (received.size === sent.length) resolve();
    });
  });
  await subscription.close();
  expect(received).toEqual(new Set(sent.map(({ readingId }) => readingId)));
});

test('a topic that is not there ends it with an error that names the topic', async () => {
  const emulator = await startPubSub({ port: 0 });
  onTestFinished(() => emulator.stop());
  const pubsub = new PubSub({ projectId: 'demo', apiEndpoint: emulator.host, emulatorMode: true });
  onTestFinished(() => pubsub.close());
  const publishing = publishReadings(pubSubTopic(pubsub, 'absent'), minutes(1));
  await expect(publishing).rejects.toThrow(PermanentError);
  await expect(publishing).rejects.toThrow('topic absent');
});

test('while Pub/Sub is gone nothing counts as published, and all is when it is back', async () => {
  const troubles: Trouble['kind'][] = [];
  const stored: string[] = [];
  let failuresLeft = 30;
  const flaky: SendMessage = async ({ data }) => {
    if (0 < failuresLeft) {
      failuresLeft -= 1;
      throw new Error('14 UNAVAILABLE');
    }
    stored.push(...parseMessage(data, FROM_MS).readings.map(({ readingId }) => readingId));
  };
  const sent = [...minutes(5)];
  const totals = await publishReadings(flaky, sent, {
    perMessage: 10,
    onTrouble: ({ kind }) => troubles.push(kind),
  });
  expect(totals).toMatchObject({ published: sent.length, retries: 30 });
  expect(new Set(stored)).toEqual(new Set(sent.map(({ readingId }) => readingId)));
  expect(troubles).toEqual(['failed', 'recovered']);
});

test('a slow Pub/Sub holds the source back', async () => {
  let taken = 0;
  const slow: SendMessage = async () => {
    await new Promise((resolve) => setTimeout(resolve, 5));
  };
  function* counted() {
    for (const reading of minutes(20)) {
      taken += 1;
      yield reading;
    }
  }
  let atFirstAnswer = 0;
  await publishReadings(slow, counted(), {
    perMessage: 10,
    maxInFlight: 4,
    onPublished: () => {
      atFirstAnswer ||= taken;
    },
  });
  expect(taken).toBeGreaterThan(5_000);
  // 12 gateways hold at most an unfinished message each besides the 4 under way.
  expect(atFirstAnswer).toBeLessThan(4 * 10 + 12 * 10);
});

test('after the signal, what cannot be sent within the grace is told apart from what was', async () => {
  const stopping = new AbortController();
  const never: SendMessage = () => Promise.reject(new Error('14 UNAVAILABLE'));
  setTimeout(() => stopping.abort(), 50);
  const totals = await publishReadings(never, minutes(5), {
    signal: stopping.signal,
    graceMs: 50,
  });
  expect(totals.published).toBe(0);
  expect(totals.taken).toBeGreaterThan(0);
});
