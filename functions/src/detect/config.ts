import { type Environment, LOCAL_PORTS, readEnvironment } from '@plumbline/contracts';
import { readWarehouseConfig, type WarehouseConfig } from '../platform/warehouse.ts';

export interface DetectConfig {
  readonly warehouse: WarehouseConfig;
  readonly mlServerUrl: string;
}

/** Throws one ConfigError that lists every problem. */
export function parseConfig(env: Environment): DetectConfig {
  const read = readEnvironment(env);
  const config = {
    warehouse: readWarehouseConfig(read),
    mlServerUrl: read.string('ML_SERVER_URL', `http://127.0.0.1:${LOCAL_PORTS.mlServer}`),
  };
  read.done();
  return config;
}
