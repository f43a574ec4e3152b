import { ConfigError, readEnvironment, type Environment as Variables } from '@plumbline/contracts';
import { ENVIRONMENTS, type Environment, type EnvironmentName } from './environments.ts';
import { IMAGES, type Images, imageVariable } from './images.ts';

/** Who may open the dashboard: callers with a Google identity token, people behind a Google sign-in page, or everybody. */
export const DASHBOARD_ACCESS = ['private', 'iap', 'public'] as const;
export type DashboardAccess = (typeof DASHBOARD_ACCESS)[number];

/**
 * Who gets into a service that devices call: nobody (there is none), operators by Google's IAM, or whoever has a key,
 * which the service itself asks for because a device has no Google identity.
 */
export const DOORS = ['none', 'private', 'keys'] as const;
export type Door = (typeof DOORS)[number];

/** Files of the MQTT bridge that may be secrets; each is the secret `mqtt-NAME` of the project. */
export const MQTT_SECRETS = ['password', 'ca', 'cert', 'key'] as const;
export type MqttSecret = (typeof MQTT_SECRETS)[number];

export interface Mqtt {
  readonly url: string;
  readonly username: string | undefined;
  /** Topic templates of the bridge, in its own words; undefined takes its own. */
  readonly topics: string | undefined;
  readonly secrets: readonly MqttSecret[];
}

export interface Config extends Environment {
  readonly name: EnvironmentName;
  readonly projectId: string;
  readonly region: string;
  /** Where the data lies: a multi-region (EU, US) or a region. Cannot be changed once the dataset exists. */
  readonly dataLocation: string;
  readonly dashboardAccess: DashboardAccess;
  /** Members (`user:ada@example.com`) that may open the dashboard. */
  readonly viewers: readonly string[];
  /** Members that may call the ML server and publish readings. */
  readonly operators: readonly string[];
  readonly alertEmails: readonly string[];
  /** Where `docs/runbook.md` can be read; alerts link to it. */
  readonly runbookUrl: string | undefined;
  readonly budget: { readonly billingAccount: string; readonly usdPerMonth: number } | undefined;
  readonly httpGateway: Door;
  /** The broker whose messages are brought to Pub/Sub, if there is one. */
  readonly mqtt: Mqtt | undefined;
  readonly coordinator: Door;
  /** The devices that learn together, if there is a coordinator. */
  readonly fleet: string;
  readonly images: Images;
}

/** What the environment may say. docs/deploy.md explains each. */
const VARIABLES = [
  'PLUMBLINE_ENVIRONMENT',
  'PLUMBLINE_REGION',
  'PLUMBLINE_DATA_LOCATION',
  'PLUMBLINE_DASHBOARD_ACCESS',
  'PLUMBLINE_VIEWERS',
  'PLUMBLINE_OPERATORS',
  'PLUMBLINE_ALERT_EMAILS',
  'PLUMBLINE_RUNBOOK_URL',
  'PLUMBLINE_BILLING_ACCOUNT',
  'PLUMBLINE_BUDGET_USD',
  'PLUMBLINE_HTTP_GATEWAY',
  'PLUMBLINE_MQTT_URL',
  'PLUMBLINE_MQTT_USERNAME',
  'PLUMBLINE_MQTT_TOPICS',
  'PLUMBLINE_MQTT_SECRETS',
  'PLUMBLINE_COORDINATOR',
  'PLUMBLINE_FLEET',
  ...IMAGES.map(imageVariable),
];

/** What a value looks like, and one that does. */
const SHAPES = {
  project: { pattern: /^[a-z][a-z0-9-]{4,28}[a-z0-9]$/, example: 'my-project' },
  region: { pattern: /^[a-z]+-[a-z]+\d+$/, example: 'europe-west1' },
  member: {
    pattern: /^(user|group|serviceAccount|domain):[^\s,]+$/,
    example: 'user:ada@example.com',
  },
  email: { pattern: /^[^\s@,]+@[^\s@,]+\.[^\s@,]+$/, example: 'ada@example.com' },
  billingAccount: {
    pattern: /^[0-9A-F]{6}-[0-9A-F]{6}-[0-9A-F]{6}$/,
    example: '012345-6789AB-CDEF01',
  },
  image: {
    pattern: /^[a-z0-9.-]+(:\d+)?\/[a-z0-9._/-]+@sha256:[0-9a-f]{64}$/,
    example: 'HOST/PATH@sha256:…',
  },
  url: { pattern: /^https:\/\/\S+$/, example: 'https://example.com/runbook' },
  // A password in it would stand in the plan and in logs.
  broker: { pattern: /^(mqtts?|wss?):\/\/[^\s@]+$/, example: 'mqtts://broker.example.com:8883' },
  fleet: { pattern: /^[a-z][a-z0-9-]{0,62}$/, example: 'lab' },
  mqttSecret: {
    pattern: new RegExp(`^(${MQTT_SECRETS.join('|')})$`),
    example: MQTT_SECRETS.join(', '),
  },
};
type Shape = keyof typeof SHAPES;

/**
 * The configuration of one environment: its fixed part (`environments.ts`) and what the variables say.
 *
 * Throws one ConfigError that lists every problem.
 */
export function parseConfig(
  name: EnvironmentName,
  env: Variables,
  environment: Environment = ENVIRONMENTS[name],
): Config {
  const read = readEnvironment(env);
  const problems: string[] = [];
  const region = shaped(
    'PLUMBLINE_REGION',
    'region',
    read.string('PLUMBLINE_REGION', 'europe-west1'),
  );
  const billingAccount = optional('PLUMBLINE_BILLING_ACCOUNT', 'billingAccount');
  const usdPerMonth = read.integer('PLUMBLINE_BUDGET_USD', { min: 1, max: 1_000_000, fallback: 0 });
  const config: Config = {
    ...environment,
    name,
    projectId: shaped('GOOGLE_CLOUD_PROJECT', 'project', read.string('GOOGLE_CLOUD_PROJECT')),
    region,
    dataLocation: read.string('PLUMBLINE_DATA_LOCATION', region.startsWith('us-') ? 'US' : 'EU'),
    dashboardAccess: read.oneOf('PLUMBLINE_DASHBOARD_ACCESS', DASHBOARD_ACCESS, 'private'),
    viewers: list('PLUMBLINE_VIEWERS', 'member'),
    operators: list('PLUMBLINE_OPERATORS', 'member'),
    alertEmails: list('PLUMBLINE_ALERT_EMAILS', 'email'),
    runbookUrl: optional('PLUMBLINE_RUNBOOK_URL', 'url'),
    budget:
      billingAccount === undefined || usdPerMonth === 0
        ? undefined
        : { billingAccount, usdPerMonth },
    httpGateway: read.oneOf('PLUMBLINE_HTTP_GATEWAY', DOORS, 'none'),
    mqtt: mqtt(),
    coordinator: read.oneOf('PLUMBLINE_COORDINATOR', DOORS, 'none'),
    fleet: shaped('PLUMBLINE_FLEET', 'fleet', read.string('PLUMBLINE_FLEET', 'lab')),
    images: Object.fromEntries(
      IMAGES.map((image) => [image, optional(imageVariable(image), 'image')]),
    ) as Images,
  };
  problems.push(...misspelled(env), ...contradictions(config));
  if ((billingAccount === undefined) !== (usdPerMonth === 0)) {
    problems.push(
      'PLUMBLINE_BILLING_ACCOUNT and PLUMBLINE_BUDGET_USD go together: set both or none',
    );
  }
  throwAll();
  return config;

  function shaped(variable: string, shape: Shape, value: string): string {
    const { pattern, example } = SHAPES[shape];
    if (value !== '' && !pattern.test(value)) {
      problems.push(`${variable} must look like ${example}, got "${value}"`);
    }
    return value;
  }
  function optional(variable: string, shape: Shape): string | undefined {
    return shaped(variable, shape, env[variable] ?? '') || undefined;
  }
  function list(variable: string, shape: Shape): readonly string[] {
    const items = (env[variable] ?? '').split(',').map((item) => item.trim());
    return items.filter(Boolean).map((item) => shaped(variable, shape, item));
  }
  function mqtt(): Mqtt | undefined {
    const url = optional('PLUMBLINE_MQTT_URL', 'broker');
    const secrets = list('PLUMBLINE_MQTT_SECRETS', 'mqttSecret') as readonly MqttSecret[];
    const username = env.PLUMBLINE_MQTT_USERNAME || undefined;
    const topics = env.PLUMBLINE_MQTT_TOPICS || undefined;
    if (url === undefined) {
      if (username || topics || secrets.length > 0) {
        problems.push('PLUMBLINE_MQTT_… without PLUMBLINE_MQTT_URL has no effect: set it too');
      }
      return undefined;
    }
    return { url, username, topics, secrets };
  }
  function throwAll(): void {
    try {
      read.done();
    } catch (error) {
      if (error instanceof ConfigError) problems.unshift(...error.problems);
      else throw error;
    }
    if (problems.length > 0) throw new ConfigError(problems);
  }
}

/** A misspelled variable would be ignored, and a door left open or shut that its owner believes otherwise. */
function misspelled(env: Variables): string[] {
  return Object.keys(env)
    .filter((name) => name.startsWith('PLUMBLINE_') && !VARIABLES.includes(name))
    .map((name) => `${name} is not known; there are ${VARIABLES.join(', ')}`);
}

/** What is wrong with a configuration whose parts are right one by one. */
function contradictions(config: Config): string[] {
  const problems: string[] = [];
  const { region, dataLocation } = config;
  const fits =
    (dataLocation === 'EU' && region.startsWith('europe-')) ||
    (dataLocation === 'US' && region.startsWith('us-')) ||
    dataLocation === region;
  if (!fits) {
    problems.push(
      `PLUMBLINE_DATA_LOCATION ${dataLocation} does not contain PLUMBLINE_REGION ${region}: use EU with europe-…, US with us-…, or the region itself`,
    );
  }
  if (config.detectors === 'forest' && config.hasRedis) {
    problems.push(
      'hasRedis has no effect with detectors "forest", which remember nothing: drop one',
    );
  }
  if (config.mlServer.maxInstances > 1 && !config.hasRedis && config.detectors === 'all') {
    problems.push(
      `mlServer.maxInstances ${config.mlServer.maxInstances} needs hasRedis: the history of a device lives in one instance's memory otherwise`,
    );
  }
  if (config.dashboardAccess === 'public' && config.viewers.length > 0) {
    problems.push(
      'PLUMBLINE_VIEWERS has no effect with PLUMBLINE_DASHBOARD_ACCESS=public: unset one',
    );
  }
  for (const [name, size] of Object.entries({
    ...config.functions,
    mlServer: config.mlServer,
    dashboard: config.dashboard,
    gatewayHttp: config.gatewayHttp,
  })) {
    if (size.minInstances > size.maxInstances) {
      problems.push(
        `${name}.minInstances ${size.minInstances} exceeds maxInstances ${size.maxInstances}`,
      );
    }
    // https://cloud.google.com/run/docs/configuring/services/memory-limits: more than 4 GB needs 2 vCPU.
    if (size.memoryMb > 4096 && size.cpu < 2) {
      problems.push(`${name}.memoryMb ${size.memoryMb} needs at least 2 cpu, got ${size.cpu}`);
    }
  }
  return problems;
}
