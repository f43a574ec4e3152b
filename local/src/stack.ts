import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type FunctionName, modelBucket } from '@plumbline/contracts';
import { ENVIRONMENTS, usdPerMillionReadings } from '@plumbline/infra/cost';
import { type Google, startGoogle } from './google.ts';
import { createMessaging } from './messaging.ts';
import { assertFree, type Ports } from './ports.ts';
import { createSupervisor, type Part, ROOT, runJob, type Supervisor } from './supervise.ts';
import { aggregate, createWarehouse } from './warehouse.ts';

export interface StackOptions {
  readonly projectId: string;
  readonly ports: Ports;
  readonly env: Readonly<Record<string, string | undefined>>;
  /** What a person should see while it runs: deaths, restarts, warnings of the parts. */
  readonly report: (line: string) => void;
  /** Without the page, for runs that nobody looks at. */
  readonly withDashboard?: boolean;
  /** Settings of the coordinator of federated learning, as its --help names them. */
  readonly rounds?: Readonly<Record<string, string>>;
}

/** The whole pipeline on this machine: emulators in this process, each other part in its own. */
export interface Stack {
  readonly google: Google;
  readonly ports: Ports;
  /** The broker that the bridge listens to. */
  readonly mqttUrl: string;
  readonly supervisor: Supervisor;
  /** The environment in which another program finds this pipeline. */
  readonly env: Readonly<Record<string, string | undefined>>;
  /** Trains a model version; gives what the trainer printed. */
  train(): Promise<string>;
  aggregate: (runTime: Date, reach?: Parameters<typeof aggregate>[2]) => Promise<void>;
  stop(): Promise<void>;
}

/** Parts that ask for a table or the bucket as soon as they start. */
const READS_AT_START: ReadonlySet<string> = new Set(['ml-server', 'coordinator', 'dashboard']);

const FRAMEWORK = 'node_modules/@google-cloud/functions-framework/build/src/main.js';

/** Starts everything and resolves when every port answers. Throws before it starts anything if a port is taken. */
export async function startStack(options: StackOptions): Promise<Stack> {
  const { projectId, ports, report } = options;
  await assertFree(neededPorts(options));
  const google = await startGoogle(projectId, ports, options.env);
  const env = { ...options.env, ...google.env };
  const supervisor = createSupervisor(ROOT, env, report);
  const journalDir = mkdtempSync(join(tmpdir(), 'plumbline-broker-'));
  const stop = async () => {
    await supervisor.stop();
    await google.stop();
    rmSync(journalDir, { recursive: true, force: true });
  };
  try {
    const resources = Promise.all([
      createMessaging(google.pubsub, {
        ingest: `http://127.0.0.1:${ports.ingest}/`,
        detect: `http://127.0.0.1:${ports.detect}/`,
        'dead-letter': `http://127.0.0.1:${ports.deadLetter}/`,
      }),
      createWarehouse(google.bigquery),
      createBucket(google),
    ]);
    await Promise.all([
      resources,
      ...parts(options, journalDir).map(async (part) => {
        // The others load their code meanwhile: on two processors that is a good part of a second.
        if (READS_AT_START.has(part.name)) await resources;
        await supervisor.start(part);
      }),
    ]);
  } catch (error) {
    await stop();
    throw error;
  }
  return {
    google,
    ports,
    mqttUrl: mqttUrlOf(options),
    supervisor,
    env,
    train: () => runJob(ROOT, ['ml-server/src/train/main.ts'], env),
    aggregate: (runTime, reach) => aggregate(google.bigquery, runTime, reach),
    stop,
  };
}

function parts(options: StackOptions, journalDir: string): Part[] {
  const { ports, withDashboard = true } = options;
  const mlServerUrl = `http://127.0.0.1:${ports.mlServer}`;
  const all: Part[] = [
    functionPart('ingest', ports.ingest, {}),
    functionPart('detect', ports.detect, { ML_SERVER_URL: mlServerUrl }),
    functionPart('dead-letter', ports.deadLetter, {}),
    {
      name: 'ml-server',
      args: ['ml-server/src/serve/main.ts'],
      env: {
        PORT: String(ports.mlServer),
        // A person waits for the first model; looking each second costs nothing on one machine.
        MODEL_RELOAD_SECONDS: '1',
        // One that was killed knows its devices again: up to 300 readings of each, hourly ones included.
        WARM_START_HOURS: '336',
      },
      port: ports.mlServer,
    },
    gatewayPart(options, journalDir),
    coordinatorPart(options),
  ];
  if (withDashboard) {
    all.push({
      name: 'dashboard',
      args: ['dashboard/src/server/main.ts'],
      env: {
        PORT: String(ports.dashboard),
        ML_SERVER_URL: mlServerUrl,
        // What Google Cloud would ask: here it costs nothing.
        USD_PER_MILLION_READINGS:
          options.env.USD_PER_MILLION_READINGS ??
          usdPerMillionReadings(ENVIRONMENTS.dev).toFixed(2),
      },
      port: ports.dashboard,
    });
  }
  return all;
}

/** Devices that speak MQTT or HTTP, in one process for a quick start: broker (unless there is one), bridge, server. */
function gatewayPart({ ports, env }: StackOptions, journalDir: string): Part {
  return {
    name: 'gateway',
    args: ['gateway/src/local/main.ts'],
    env: {
      PORT: String(ports.gateway),
      MQTT_PORT: String(ports.mqtt),
      MQTT_URL: env.MQTT_URL ?? '',
      JOURNAL_DIR: journalDir,
    },
    port: ports.gateway,
    // A broker of somebody else may come later; the rest of the pipeline does not wait for it.
    ...(!env.MQTT_URL && { readyPath: '/ready' }),
    endsFirst: true,
  };
}

/** The coordinator of the devices that learn where their data is. */
function coordinatorPart({ ports, rounds }: StackOptions): Part {
  return {
    name: 'coordinator',
    args: ['federated/src/coordinator/main.ts'],
    env: { PORT: String(ports.coordinator), ...rounds },
    port: ports.coordinator,
  };
}

/** A few devices of the profile `lab` that learn together; each keeps its readings to itself. */
export function edgePart(ports: Ports, env: Readonly<Record<string, string>> = {}): Part {
  return {
    name: 'edge',
    args: ['federated/src/edge/main.ts'],
    env: {
      COORDINATOR_URL: coordinatorUrl(ports),
      STATUS_PORT: String(ports.edge),
      NUM_DEVICES: '5',
      ...env,
    },
    port: ports.edge,
    endsFirst: true,
  };
}

export function coordinatorUrl(ports: Ports): string {
  return `http://127.0.0.1:${ports.coordinator}`;
}

function mqttUrlOf({ env, ports }: StackOptions): string {
  return env.MQTT_URL || `mqtt://127.0.0.1:${ports.mqtt}`;
}

function functionPart(name: FunctionName, port: number, env: Record<string, string>): Part {
  const args = [FRAMEWORK, '--source', `functions/src/${name}/main.ts`, '--target', name];
  return { name, args: [...args, '--port', String(port)], env, port, endsFirst: true };
}

function neededPorts({ env, ports, withDashboard = true }: StackOptions): Partial<Ports> {
  const { pubsub, bigquery, storage, dashboard, mqtt, ...rest } = ports;
  return {
    ...rest,
    ...(withDashboard && { dashboard }),
    ...(!env.MQTT_URL && { mqtt }),
    ...(!env.PUBSUB_EMULATOR_HOST && { pubsub }),
    ...(!env.BIGQUERY_EMULATOR_HOST && { bigquery }),
    ...(!env.STORAGE_EMULATOR_HOST && { storage }),
  };
}

async function createBucket({ storage, projectId }: Google): Promise<void> {
  const bucket = storage.bucket(modelBucket(projectId));
  const [exists] = await bucket.exists();
  if (!exists) await bucket.create();
}
