import { ConfigError, type Environment, readEnvironment } from '@plumbline/contracts';

export interface HttpConfig {
  readonly host: string;
  readonly port: number;
  readonly projectId: string;
  readonly topic: string;
  readonly maxWaiting: number;
  /** JSON file with the keys of devices; null: no key is asked for. */
  readonly deviceKeysFile: string | null;
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
    deviceKeysFile: env.DEVICE_KEYS_FILE || null,
  };
  read.done();
  // Cloud Run sets K_SERVICE; its IAM lets nobody through who may not.
  const isGuarded = config.deviceKeysFile !== null || env.K_SERVICE !== undefined;
  if (!['127.0.0.1', '::1', 'localhost'].includes(config.host) && !isGuarded) {
    throw new ConfigError([
      `HOST=${config.host} would let anyone on the network send readings: set DEVICE_KEYS_FILE, or leave HOST out`,
    ]);
  }
  return config;
}
