import { type Environment, LOCAL_PORTS, readEnvironment } from '@plumbline/contracts';

export interface DetectConfig {
  readonly projectId: string;
  readonly mlServerUrl: string;
}

/** Throws one ConfigError that lists every problem. */
export function parseConfig(env: Environment): DetectConfig {
  const read = readEnvironment(env);
  const config = {
    projectId: read.string('GOOGLE_CLOUD_PROJECT'),
    mlServerUrl: read.string('ML_SERVER_URL', `http://127.0.0.1:${LOCAL_PORTS.mlServer}`),
  };
  read.done();
  return config;
}
