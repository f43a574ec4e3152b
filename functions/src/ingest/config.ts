import {
  DEFAULT_TIME_BOUNDS,
  type Environment,
  readEnvironment,
  type TimeBounds,
} from '@plumbline/contracts';
import { readWarehouseConfig, type WarehouseConfig } from '../platform/warehouse.ts';

export interface IngestConfig {
  readonly warehouse: WarehouseConfig;
  readonly bounds: TimeBounds;
}

/** Throws one ConfigError that lists every problem. */
export function parseConfig(env: Environment): IngestConfig {
  const read = readEnvironment(env);
  const day = 86_400_000;
  const config = {
    warehouse: readWarehouseConfig(read),
    bounds: {
      maxAgeMs:
        day *
        read.number('MAX_READING_AGE_DAYS', {
          min: 1,
          max: 3_650,
          fallback: DEFAULT_TIME_BOUNDS.maxAgeMs / day,
        }),
      maxAheadMs:
        1000 *
        read.number('MAX_READING_AHEAD_SECONDS', {
          min: 0,
          max: 86_400,
          fallback: DEFAULT_TIME_BOUNDS.maxAheadMs / 1000,
        }),
    },
  };
  read.done();
  return config;
}
