import { readFileSync } from 'node:fs';
import { ConfigError, type Environment, readEnvironment } from '@plumbline/contracts';
import type { BridgeOptions } from './bridge.ts';
import { parseTopicTemplate, type TopicTemplate } from './topic-template.ts';

export const BRIDGE_HELP = `npm run bridge -w gateway

Brings what devices publish at an MQTT broker to Pub/Sub.

  MQTT_URL               mqtt://127.0.0.1:1883; mqtts:// for TLS
  MQTT_VERSION           3.1.1 or 5
  MQTT_TOPICS            sites/{building}/{floor}/{device_id}/{metric},devices/{device_id}/readings
  MQTT_CLIENT_ID         plumbline-bridge; each bridge its own
  MQTT_SHARE_GROUP       none; bridges of one group share the messages
  MQTT_USERNAME, MQTT_PASSWORD_FILE, MQTT_CA_FILE, MQTT_CERT_FILE, MQTT_KEY_FILE
  MQTT_SESSION_SECONDS, MQTT_RECEIVE_MAXIMUM   86400, 1000; MQTT 5 only
  MAX_WAITING_READINGS   20000 that may wait for Pub/Sub
  STATUS_PORT            8071 on 127.0.0.1: /health, /ready, /metrics
  GOOGLE_CLOUD_PROJECT   needed; PUBSUB_EMULATOR_HOST for an emulator
  TOPIC, DEAD_LETTER_TOPIC   readings, readings-dead`;

export interface BridgeConfig {
  readonly projectId: string;
  readonly topic: string;
  readonly deadLetterTopic: string;
  /** Where /health, /ready and /metrics are, on 127.0.0.1. */
  readonly statusPort: number;
  readonly maxWaiting: number;
  readonly bridge: BridgeOptions;
}

const TOPICS = 'sites/{building}/{floor}/{device_id}/{metric},devices/{device_id}/readings';
/** Readings of a message may all be of one device; the forwarder's bound is the bridge's and one message more. */
const MAX_WAITING = 20_000;

/** @throws ConfigError that lists all that is wrong */
export function readBridgeConfig(env: Environment): BridgeConfig {
  const read = readEnvironment(env);
  const config = {
    projectId: read.string('GOOGLE_CLOUD_PROJECT'),
    topic: read.string('TOPIC', 'readings'),
    deadLetterTopic: read.string('DEAD_LETTER_TOPIC', 'readings-dead'),
    statusPort: read.integer('STATUS_PORT', { min: 0, max: 65_535, fallback: 8071 }),
    bridge: {
      url: read.string('MQTT_URL', 'mqtt://127.0.0.1:1883'),
      clientId: read.string('MQTT_CLIENT_ID', 'plumbline-bridge'),
      protocolVersion: read.oneOf('MQTT_VERSION', ['3.1.1', '5'], '3.1.1') === '5' ? 5 : 4,
      templates: [] as readonly TopicTemplate[],
      shareGroup: env.MQTT_SHARE_GROUP || null,
      sessionSeconds: read.integer('MQTT_SESSION_SECONDS', {
        min: 0,
        max: 2 ** 32 - 1,
        fallback: 86_400,
      }),
      receiveMaximum: read.integer('MQTT_RECEIVE_MAXIMUM', {
        min: 1,
        max: 65_535,
        fallback: 1_000,
      }),
      maxWaiting: read.integer('MAX_WAITING_READINGS', {
        min: 500,
        max: 1e6,
        fallback: MAX_WAITING,
      }),
      credentials: {
        ...(env.MQTT_USERNAME && { username: env.MQTT_USERNAME }),
        ...fileText('password', 'MQTT_PASSWORD_FILE'),
        ...fileText('ca', 'MQTT_CA_FILE'),
        ...fileText('cert', 'MQTT_CERT_FILE'),
        ...fileText('key', 'MQTT_KEY_FILE'),
      },
    },
  } as const;
  read.done();
  const problems = urlProblems(config.bridge.url, config.bridge.shareGroup);
  if (problems.length > 0) throw new ConfigError(problems);
  const templates = read
    .string('MQTT_TOPICS', TOPICS)
    .split(',')
    .map((template) => parseTopicTemplate(template.trim()));
  const { maxWaiting } = config.bridge;
  return { ...config, maxWaiting, bridge: { ...config.bridge, templates } };

  function fileText<Name extends string>(name: Name, variable: string) {
    const path = env[variable];
    if (!path) return {};
    try {
      const text = readFileSync(path, 'utf8');
      return { [name]: name === 'password' ? text.trimEnd() : text };
    } catch (error) {
      throw new ConfigError([`${variable}: ${(error as Error).message}`]);
    }
  }
}

function urlProblems(url: string, shareGroup: string | null): string[] {
  const problems = [];
  if (!/^(mqtts?|wss?):\/\/[^@]+$/.test(url)) {
    problems.push(
      'MQTT_URL must be mqtt://, mqtts://, ws:// or wss:// with a host, without a password',
    );
  }
  if (shareGroup !== null && !/^[^/+#\0]{1,64}$/.test(shareGroup)) {
    problems.push(`MQTT_SHARE_GROUP must have no / + #, got "${shareGroup}"`);
  }
  return problems;
}
