import type { Environment } from './environment.ts';
import { LOCAL_PORTS } from './resources.ts';

/** The project of `npm start`. */
export const LOCAL_PROJECT = 'plumbline-local';

/** Which pipeline a command speaks to. */
export interface Target {
  readonly description: string;
  /** What the Google clients need in their environment. */
  readonly env: Readonly<Record<string, string>>;
}

/**
 * Emulators where the standard variables name them, Google Cloud where only a project is given, else the
 * pipeline that `npm start` runs on this machine.
 */
export function findTarget(env: Environment): Target {
  const project = env.GOOGLE_CLOUD_PROJECT;
  const isEmulated = Boolean(env.BIGQUERY_EMULATOR_HOST || env.PUBSUB_EMULATOR_HOST);
  if (project && !isEmulated) {
    return { description: `Google Cloud, project ${project}`, env: {} };
  }
  const at = (variable: string, port: number) => `127.0.0.1:${env[variable] || port}`;
  const local = {
    GOOGLE_CLOUD_PROJECT: project || LOCAL_PROJECT,
    METADATA_SERVER_DETECTION: 'none',
    PUBSUB_EMULATOR_HOST: env.PUBSUB_EMULATOR_HOST || at('PUBSUB_PORT', LOCAL_PORTS.pubsub),
    BIGQUERY_EMULATOR_HOST:
      env.BIGQUERY_EMULATOR_HOST || `http://${at('BIGQUERY_PORT', LOCAL_PORTS.bigquery)}`,
    STORAGE_EMULATOR_HOST:
      env.STORAGE_EMULATOR_HOST || `http://${at('STORAGE_PORT', LOCAL_PORTS.storage)}`,
  };
  return { description: `this machine, project ${local.GOOGLE_CLOUD_PROJECT}`, env: local };
}
