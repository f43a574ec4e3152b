import { readFileSync } from 'node:fs';
import {
  ConfigError,
  type DeviceKey,
  type Environment,
  modelBucket,
  parseDeviceKeys,
  readEnvironment,
} from '@plumbline/contracts';
import { DEFAULT_RULES, type RoundRules } from './coordinator.ts';

export const COORDINATOR_HELP = `npm run coordinator -w federated

Runs rounds of federated averaging for one fleet. /api/status, /api/history, /health and /metrics tell how it goes.

  PORT                   8060, on 127.0.0.1 unless it runs on Cloud Run
  GOOGLE_CLOUD_PROJECT   needed; BIGQUERY_EMULATOR_HOST, STORAGE_EMULATOR_HOST for emulators
  MODEL_BUCKET           {project}-models
  FLEET                  lab; devices that learn together
  INPUTS                 12 numbers in a point: metrics times rows of a window
  ROUND_SECONDS          60
  DEADLINE_SECONDS       0.75 of a round; stragglers are not waited for any longer
  MINIMUM_CLIENTS        3
  CLIENT_FRACTION        1; the share of the clients that a round asks
  CLIP_NORM              5; a longer change is shortened to it
  NOISE_MULTIPLIER       0; above, noise for privacy
  CLIENT_KEYS_FILE       JSON array of { name, sha256, devices }; without it no key is asked for`;

export interface CoordinatorConfig {
  readonly host: string;
  readonly port: number;
  readonly projectId: string;
  readonly bucket: string;
  /** Devices that learn together: they share the model's shape and the metrics in its points. */
  readonly fleet: string;
  /** Numbers in a point: metrics times rows of a window. */
  readonly inputs: number;
  readonly roundEveryMs: number;
  readonly rules: RoundRules;
  /** Empty: no key is asked for. */
  readonly keys: readonly DeviceKey[];
}

/** @throws ConfigError that lists all that is wrong */
export function readCoordinatorConfig(env: Environment): CoordinatorConfig {
  const read = readEnvironment(env);
  const projectId = read.string('GOOGLE_CLOUD_PROJECT');
  const roundSeconds = read.number('ROUND_SECONDS', { min: 1, max: 86_400, fallback: 60 });
  const config = {
    // Cloud Run sets K_SERVICE; its IAM lets nobody through who may not.
    host: env.K_SERVICE === undefined ? '127.0.0.1' : '0.0.0.0',
    port: read.integer('PORT', { min: 0, max: 65_535, fallback: 8060 }),
    projectId,
    bucket: read.string('MODEL_BUCKET', modelBucket(projectId)),
    fleet: read.string('FLEET', 'lab'),
    inputs: read.integer('INPUTS', { min: 2, max: 24, fallback: 12 }),
    roundEveryMs: 1000 * roundSeconds,
    rules: {
      ...DEFAULT_RULES,
      fraction: read.number('CLIENT_FRACTION', { min: 0.01, max: 1, fallback: 1 }),
      minimumClients: read.integer('MINIMUM_CLIENTS', { min: 1, max: 10_000, fallback: 3 }),
      deadlineMs:
        1000 *
        read.number('DEADLINE_SECONDS', { min: 1, max: 3_600, fallback: 0.75 * roundSeconds }),
      clipNorm: read.number('CLIP_NORM', {
        min: 0.001,
        max: 1_000,
        fallback: DEFAULT_RULES.clipNorm,
      }),
      noiseMultiplier: read.number('NOISE_MULTIPLIER', { min: 0, max: 100, fallback: 0 }),
    },
  };
  read.done();
  return { ...config, keys: keysIn(env.CLIENT_KEYS_FILE) };
}

function keysIn(path: string | undefined): readonly DeviceKey[] {
  if (!path) return [];
  try {
    return parseDeviceKeys(readFileSync(path, 'utf8'));
  } catch (error) {
    throw new ConfigError([`CLIENT_KEYS_FILE: ${(error as Error).message}`]);
  }
}
