import { createServer } from 'node:net';
import { type Environment, FUNCTIONS, LOCAL_PORTS, readEnvironment } from '@plumbline/contracts';

/** Where each part listens on 127.0.0.1. */
export interface Ports {
  readonly dashboard: number;
  readonly mlServer: number;
  readonly pubsub: number;
  readonly bigquery: number;
  readonly storage: number;
  readonly ingest: number;
  readonly detect: number;
  readonly deadLetter: number;
  readonly mqtt: number;
  readonly gateway: number;
  readonly coordinator: number;
  /** Health and metrics of the devices that learn. */
  readonly edge: number;
}

/** The variable that changes each port. */
export const PORT_VARIABLES: Record<keyof Ports, string> = {
  dashboard: 'DASHBOARD_PORT',
  mlServer: 'ML_SERVER_PORT',
  pubsub: 'PUBSUB_PORT',
  bigquery: 'BIGQUERY_PORT',
  storage: 'STORAGE_PORT',
  ingest: 'INGEST_PORT',
  detect: 'DETECT_PORT',
  deadLetter: 'DEAD_LETTER_PORT',
  mqtt: 'MQTT_PORT',
  gateway: 'GATEWAY_PORT',
  coordinator: 'COORDINATOR_PORT',
  edge: 'EDGE_PORT',
};

const DEFAULTS: Ports = {
  ...LOCAL_PORTS,
  ingest: FUNCTIONS.ingest.localPort,
  detect: FUNCTIONS.detect.localPort,
  deadLetter: FUNCTIONS['dead-letter'].localPort,
  mqtt: 1883,
  gateway: 8070,
  coordinator: 8060,
  edge: 8061,
};

/** What a taken port may mean, where there is a likely reason. */
const HINTS: Partial<Record<keyof Ports, string>> = {
  mqtt: ' (if it is a broker of yours, such as Mosquitto: MQTT_URL=mqtt://127.0.0.1:1883 uses it)',
};

/** The ports that the environment asks for. Throws one ConfigError that lists every wrong one. */
export function parsePorts(env: Environment): Ports {
  const read = readEnvironment(env);
  const ports = mapPorts((name) =>
    read.integer(PORT_VARIABLES[name], { min: 1, max: 65_535, fallback: DEFAULTS[name] }),
  );
  read.done();
  return ports;
}

/** Ports that are free now, so that a run disturbs no other. */
export async function freePorts(): Promise<Ports> {
  const names = Object.keys(DEFAULTS) as (keyof Ports)[];
  const servers = await Promise.all(names.map(() => listen(0)));
  const found = servers.map(({ port }) => port);
  await Promise.all(servers.map(({ close }) => close()));
  return mapPorts((name) => found[names.indexOf(name)] as number);
}

/** Throws an error that names each port that is taken and the variable that changes it. */
export async function assertFree(ports: Partial<Ports>): Promise<void> {
  const taken: string[] = [];
  for (const [name, port] of Object.entries(ports) as [keyof Ports, number][]) {
    try {
      await (await listen(port)).close();
    } catch {
      const { [name]: hint = '' } = HINTS;
      taken.push(`port ${port} is in use: stop what uses it or set ${PORT_VARIABLES[name]}${hint}`);
    }
  }
  if (taken.length > 0) throw new Error(taken.join('\n'));
}

function mapPorts(value: (name: keyof Ports) => number): Ports {
  const names = Object.keys(DEFAULTS) as (keyof Ports)[];
  return Object.fromEntries(names.map((name) => [name, value(name)])) as unknown as Ports;
}

function listen(port: number): Promise<{ port: number; close: () => Promise<void> }> {
  return new Promise((resolve, reject) => {
    const server = createServer();
    server.once('error', reject);
    server.listen(port, '127.0.0.1', () => {
      const { port: given } = server.address() as { port: number };
      resolve({ port: given, close: () => new Promise((done) => server.close(() => done())) });
    });
  });
}
