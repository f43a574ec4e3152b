import { readFileSync } from 'node:fs';
import {
  ConfigError,
  type DeviceKey,
  type Environment,
  parseDeviceKeys,
  readEnvironment,
} from '@plumbline/contracts';

export const HTTP_HELP = `npm run http -w gateway

Takes readings by POST /v1/readings: JSON, NDJSON or SenML, one or many. /health and /metrics tell how it is doing.

  PORT, HOST             8070, 127.0.0.1
  GOOGLE_CLOUD_PROJECT   needed; PUBSUB_EMULATOR_HOST for an emulator
  TOPIC                  readings
  DEVICE_KEYS_FILE       JSON array of { name, sha256, devices, readings_per_second? }; without it no key is asked for
  READINGS_PER_SECOND    1000 of one key, or of one address where no key is asked for; ten seconds' worth at once
  MAX_WAITING_READINGS   20000 that may wait for Pub/Sub`;

export interface HttpConfig {
  readonly host: string;
  readonly port: number;
  readonly projectId: string;
  readonly topic: string;
  readonly maxWaiting: number;
  /** Of one principal, on average. */
  readonly readingsPerSecond: number;
  readonly deadLetterTopic: string;
  /** Empty: no key is asked for. */
  readonly keys: readonly DeviceKey[];
}

/** @throws ConfigError that lists all that is wrong */
export function readHttpConfig(env: Environment): HttpConfig {
  const read = readEnvironment(env);
  const config = {
    host: read.string('HOST', '127.0.0.1'),
    port: read.integer('PORT', { min: 0, max: 65_535, fallback: 8070 }),
    projectId: read.string('GOOGLE_CLOUD_PROJECT'),
    topic: read.string('TOPIC', 'readings'),
    maxWaiting: read.integer('MAX_WAITING_READINGS', { min: 500, max: 1e6, fallback: 20_000 }),
    readingsPerSecond: read.number('READINGS_PER_SECOND', { min: 0.1, max: 1e6, fallback: 1_000 }),
    deadLetterTopic: read.string('DEAD_LETTER_TOPIC', 'readings-dead'),
    keys: env.DEVICE_KEYS_FILE ? keysIn(env.DEVICE_KEYS_FILE) : [],
  };
  read.done();
  // Cloud Run sets K_SERVICE; its IAM lets nobody through who may not.
  const isGuarded = 0 < config.keys.length || env.K_SERVICE !== undefined;
  if (!['127.0.0.1', '::1', 'localhost'].includes(config.host) && !isGuarded) {
    throw new ConfigError([
      `HOST=${config.host} would let anyone on the network send readings: set DEVICE_KEYS_FILE, or leave HOST out`,
    ]);
  }
  return config;
}

function keysIn(path: string): readonly DeviceKey[] {
  try {
    return parseDeviceKeys(readFileSync(path, 'utf8'));
  } catch (error) {
    throw new ConfigError([`DEVICE_KEYS_FILE: ${(error as Error).message}`]);
  }
}
