import { type Environment, MODEL_NAME, modelBucket, readEnvironment } from '@plumbline/contracts';
import type { Limits } from './limits.ts';

export interface ServeConfig {
  readonly host: string;
  readonly port: number;
  readonly projectId: string;
  readonly bucket: string;
  readonly modelName: string;
  /** Between two looks for a newer model version, spread by a third either way. */
  readonly reloadMs: number;
  readonly maxDevices: number;
  readonly limits: Limits;
}

/** @throws ConfigError that lists all that is wrong */
export function readServeConfig(env: Environment): ServeConfig {
  const read = readEnvironment(env);
  const projectId = read.string('GOOGLE_CLOUD_PROJECT');
  const config = {
    host: read.string('HOST', '127.0.0.1'),
    port: read.integer('PORT', { min: 0, max: 65_535, fallback: 8000 }),
    projectId,
    bucket: read.string('MODEL_BUCKET', modelBucket(projectId)),
    modelName: read.string('MODEL_NAME', MODEL_NAME),
    reloadMs: 1000 * read.number('MODEL_RELOAD_SECONDS', { min: 0.1, max: 86_400, fallback: 30 }),
    maxDevices: read.integer('MAX_DEVICES', { min: 1, max: 10_000_000, fallback: 20_000 }),
    limits: {
      maxInFlight: read.integer('MAX_IN_FLIGHT', { min: 1, max: 100_000, fallback: 512 }),
      maxBatchesInFlight: read.integer('MAX_BATCHES_IN_FLIGHT', {
        min: 1,
        max: 1_000,
        fallback: 8,
      }),
    },
  };
  read.done();
  return config;
}
