import { BigQuery } from '@google-cloud/bigquery';
import { PubSub } from '@google-cloud/pubsub';
import { Storage } from '@google-cloud/storage';
import type { Environment } from '@plumbline/contracts';
import { type Emulator, startBigQuery, startPubSub, startStorage } from '@plumbline/emulators';
import type { Ports } from './ports.ts';

/** Google's three APIs on this machine, and Google's own clients for them. */
export interface Google {
  readonly projectId: string;
  /** The standard variables that point every process at them. */
  readonly env: Readonly<Record<string, string>>;
  readonly pubsub: PubSub;
  readonly bigquery: BigQuery;
  readonly storage: Storage;
  /** Names of those that run in this process; the others the environment gave. */
  readonly embedded: readonly string[];
  stop(): Promise<void>;
}

const STARTERS = {
  PUBSUB_EMULATOR_HOST: (ports: Ports) => startPubSub({ port: ports.pubsub }),
  BIGQUERY_EMULATOR_HOST: (ports: Ports) => startBigQuery({ port: ports.bigquery, grpcPort: 0 }),
  STORAGE_EMULATOR_HOST: (ports: Ports) => startStorage({ port: ports.storage }),
} as const;

/** Starts an embedded emulator for each API whose standard variable is not set, and makes the clients. */
export async function startGoogle(
  projectId: string,
  ports: Ports,
  given: Environment,
): Promise<Google> {
  const variables = Object.keys(STARTERS) as (keyof typeof STARTERS)[];
  const missing = variables.filter((variable) => !given[variable]);
  const emulators: Emulator[] = await Promise.all(
    missing.map((variable) => STARTERS[variable](ports)),
  );
  const env: Record<string, string> = {
    GOOGLE_CLOUD_PROJECT: projectId,
    // No account on this machine: the clients must not look for one.
    METADATA_SERVER_DETECTION: 'none',
    ...Object.fromEntries(variables.map((variable) => [variable, given[variable] ?? ''])),
    ...Object.assign({}, ...emulators.map((emulator) => emulator.env)),
  };
  // The clients read these variables when they are made, and nowhere else.
  // biome-ignore lint/style/noProcessEnv: the one way to tell them
  Object.assign(process.env, env);
  const pubsub = new PubSub({ projectId });
  return {
    projectId,
    env,
    pubsub,
    bigquery: new BigQuery({ projectId }),
    storage: new Storage({ projectId }),
    embedded: missing,
    async stop() {
      await pubsub.close();
      await Promise.all(emulators.map((emulator) => emulator.stop()));
    },
  };
}
