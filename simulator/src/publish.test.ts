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

test('while Pub/Sub refuses or breaks off, it is told and tried again, and all arrives', async () => {
  const emulator = await startPubSub({ port: 0 });
  onTestFinished(() => emulator.stop());
  const pubsub = new PubSub({ projectId: 'demo', apiEndpoint: emulator.host, emulatorMode: true });
  onTestFinished(() => pubsub.close());
  await pubsub.createTopic('readings');
  emulator.setFaults([
    { method: 'Publish', kind: 'status', status: 'UNAVAILABLE', times: 10 },
    { method: 'Publish', kind: 'cut-after', times: 3 },
  ]);
  const troubles: Trouble['kind'][] = [];
  const sent = [...minutes(5)];
  const totals = await publishReadings(pubSubTopic(pubsub, 'readings'), sent, {
    perMessage: 20,
    onTrouble: ({ kind }) => troubles.push(kind),
  });
  expect(totals.published).toBe(sent.length);
  expect(totals.retries).toBeGreaterThan(9);
  const stored = emulator
    .messages('projects/demo/topics/readings')
    .flatMap(({ data }) => parseMessage(data, FROM_MS).readings);
  expect(new Set(stored.map(({ readingId }) => readingId))).toEqual(
    new Set(sent.map(({ readingId }) => readingId)),
  );
  expect(troubles.slice(0, 2)).toEqual(['failed', 'recovered']);
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
