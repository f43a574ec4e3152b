import {
  ConfigError,
  type Environment,
  isMetricName,
  type MetricName,
  MODEL_NAME,
  modelBucket,
  readEnvironment,
} from '@plumbline/contracts';
import type { IdTokenRules } from './id-token.ts';
import type { Limits } from './limits.ts';

export interface ServeConfig {
  readonly host: string;
  readonly port: number;
  readonly projectId: string;
  readonly bucket: string;
  readonly modelName: string;
  /** forest: rules and forests judge each reading by itself, and nothing is remembered of devices. */
  readonly detectors: 'all' | 'forest';
  /** Between two looks for a newer model version, spread by a third either way. */
  readonly reloadMs: number;
  /** Devices whose history is kept in this process, when it is. */
  readonly maxDevices: number;
  /** How far back a server that starts reads the past of devices from BigQuery; 0: it starts without. */
  readonly warmStartMs: number;
  /** Where the histories of devices are kept for many instances; null: in this process. */
  readonly redisUrl: string | null;
  /** Of which metrics each series has a random cut forest in this process; empty: none has. */
  readonly cutForestMetrics: readonly MetricName[];
  readonly limits: Limits;
  /** JSON file with the keys of clients; null: no key is asked for. */
  readonly apiKeysFile: string | null;
  /** Google ID tokens that are accepted; null: none. */
  readonly idTokens: IdTokenRules | null;
  readonly readingsPerSecond: number;
}

const SOUND: readonly MetricName[] = ['sound', 'sound_low', 'sound_mid', 'sound_high'];
const LOOPBACK = ['127.0.0.1', '::1', 'localhost'];

/** @throws ConfigError that lists all that is wrong */
export function readServeConfig(env: Environment): ServeConfig {
  const read = readEnvironment(env);
  const projectId = read.string('GOOGLE_CLOUD_PROJECT');
  const host = read.string('HOST', '127.0.0.1');
  const config = {
    host,
    port: read.integer('PORT', { min: 0, max: 65_535, fallback: 8000 }),
    projectId,
    bucket: read.string('MODEL_BUCKET', modelBucket(projectId)),
    modelName: read.string('MODEL_NAME', MODEL_NAME),
    detectors: read.oneOf('DETECTORS', ['all', 'forest'], 'all'),
    reloadMs: 1000 * read.number('MODEL_RELOAD_SECONDS', { min: 0.1, max: 86_400, fallback: 30 }),
    maxDevices: read.integer('MAX_DEVICES', { min: 1, max: 10_000_000, fallback: 2_000 }),
    warmStartMs: 3_600_000 * read.number('WARM_START_HOURS', { min: 0, max: 720, fallback: 0 }),
    redisUrl: env.REDIS_URL || null,
    cutForestMetrics: cutForestMetrics(env),
    limits: {
      maxInFlight: read.integer('MAX_IN_FLIGHT', { min: 1, max: 100_000, fallback: 400 }),
      maxBatchesInFlight: read.integer('MAX_BATCHES_IN_FLIGHT', {
        min: 1,
        max: 1_000,
        fallback: 4,
      }),
    },
    apiKeysFile: env.API_KEYS_FILE || null,
    idTokens: env.ID_TOKEN_AUDIENCE
      ? { audience: env.ID_TOKEN_AUDIENCE, emails: read.string('ID_TOKEN_EMAILS').split(',') }
      : null,
    readingsPerSecond: read.number('RATE_LIMIT_READINGS_PER_SECOND', {
      min: 0,
      max: 1e9,
      fallback: 0,
    }),
  };
  read.done();
  if (config.detectors === 'forest' && (config.redisUrl !== null || 0 < config.warmStartMs)) {
    throw new ConfigError([
      'DETECTORS=forest remembers nothing of devices: leave REDIS_URL and WARM_START_HOURS out',
    ]);
  }
  // Cloud Run sets K_SERVICE; its IAM lets nobody through who may not.
  const isGuarded =
    config.apiKeysFile !== null || config.idTokens !== null || env.K_SERVICE !== undefined;
  if (!LOOPBACK.includes(host) && !isGuarded) {
    throw new ConfigError([
      `HOST=${host} would let anyone on the network in: set API_KEYS_FILE or ID_TOKEN_AUDIENCE, or leave HOST out`,
    ]);
  }
  return config;
}

/** A forest must see all of its series: where instances share a history, or keep none, there are no forests. */
function cutForestMetrics(env: Environment): readonly MetricName[] {
  const seesAll = env.DETECTORS !== 'forest' && !env.REDIS_URL;
  if (env.RANDOM_CUT_FORESTS === undefined) return seesAll ? SOUND : [];
  const names = env.RANDOM_CUT_FORESTS.split(',').flatMap((name) => name.trim() || []);
  const unknown = names.filter((name) => !isMetricName(name));
  if (0 < unknown.length) {
    throw new ConfigError([`RANDOM_CUT_FORESTS names ${unknown.join(', ')}, wanted metrics`]);
  }
  if (0 < names.length && !seesAll) {
    throw new ConfigError([
      'RANDOM_CUT_FORESTS are kept in this process: leave it out beside REDIS_URL and DETECTORS=forest',
    ]);
  }
  return names.filter(isMetricName);
}
