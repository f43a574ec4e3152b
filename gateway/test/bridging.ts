import { setTimeout as sleep } from 'node:timers/promises';
import { PubSub } from '@google-cloud/pubsub';
import { parseMessage } from '@plumbline/contracts';
import { startPubSub } from '@plumbline/emulators';
import { pubSubTopic } from '@plumbline/simulator';
import type { MqttClient } from 'mqtt';
import { onTestFinished } from 'vitest';
import { createForwarder } from '../src/forward/forward.ts';
import { persistentSender } from '../src/forward/persistent-sender.ts';
import { type Bridge, type BridgeOptions, startBridge } from '../src/mqtt/bridge.ts';
import { parseTopicTemplate } from '../src/mqtt/topic-template.ts';

/** An emulated Pub/Sub with the pipeline's topics, and what it has received. */
export async function startTopics() {
  const emulator = await startPubSub({ port: 0 });
  const pubsub = new PubSub({ projectId: 'demo', apiEndpoint: emulator.host, emulatorMode: true });
  await Promise.all(['readings', 'readings-dead'].map((name) => pubsub.createTopic(name)));
  onTestFinished(async () => {
    await pubsub.close();
    await emulator.stop();
  });
  return {
    emulator,
    pubsub,
    readings: () =>
      emulator
        .messages('projects/demo/topics/readings')
        .flatMap(({ data }) => parseMessage(data, Date.now()).readings),
    deadLetters: () => emulator.messages('projects/demo/topics/readings-dead'),
  };
}

/** A bridge in this process; stops itself when the test ends. */
export function bridgeTo(
  pubsub: PubSub,
  brokerPort: number,
  options: Partial<BridgeOptions> = {},
): Bridge {
  const random = () => 0;
  const stopping = new AbortController();
  const bridge = startBridge(
    {
      url: `mqtt://127.0.0.1:${brokerPort}`,
      clientId: 'bridge',
      protocolVersion: 4,
      templates: ['sites/{building}/{floor}/{device_id}/{metric}'].map(parseTopicTemplate),
      shareGroup: null,
      sessionSeconds: 3_600,
      receiveMaximum: 1_000,
      maxWaiting: 5_000,
      credentials: {},
      ...options,
    },
    {
      forwarder: createForwarder(pubSubTopic(pubsub, 'readings'), {
        maxWaiting: 5_000,
        lingerMs: 2,
        random,
      }),
      deadLetter: persistentSender(pubSubTopic(pubsub, 'readings-dead'), {
        random,
        signal: stopping.signal,
      }).send,
      log: () => {},
      now: Date.now,
      random,
    },
  );
  onTestFinished(async () => {
    stopping.abort();
    await bridge.stop(0);
  });
  return bridge;
}

/** The payload of a value with a time of its own, so that every copy of it has one id. */
export function timedValue(index: number, value = 20): string {
  const timestamp = new Date(Date.now() - 3_600_000 + index).toISOString();
  return JSON.stringify({ value, timestamp, reading_id: `r${index}` });
}

/** Publishes at QoS 1 until the broker has acknowledged it, as a device does that must lose nothing. */
export async function publishSurely(
  device: MqttClient,
  topic: string,
  payload: string,
): Promise<void> {
  for (;;) {
    try {
      await device.publishAsync(topic, payload, { qos: 1 });
      return;
    } catch {
      // The connection broke before the acknowledgement.
      await sleep(10);
    }
  }
}
