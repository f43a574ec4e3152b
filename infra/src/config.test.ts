import { readFileSync } from 'node:fs';
import { ConfigError } from '@plumbline/contracts';
import { expect, test } from 'vitest';
import { parseConfig } from './config.ts';
import { ENVIRONMENTS } from './environments.ts';

const minimal = { GOOGLE_CLOUD_PROJECT: 'my-project' };

function problems(env: Record<string, string>, changes = {}): readonly string[] {
  try {
    parseConfig('dev', env, { ...ENVIRONMENTS.dev, ...changes });
  } catch (error) {
    if (error instanceof ConfigError) return error.problems;
    throw error;
  }
  return [];
}

test('a project is all that must be named', () => {
  expect(parseConfig('dev', minimal)).toMatchObject({
    projectId: 'my-project',
    region: 'europe-west1',
    dataLocation: 'EU',
    dashboardAccess: 'private',
    viewers: [],
    budget: undefined,
  });
  expect(parseConfig('prod', { ...minimal, PLUMBLINE_REGION: 'us-central1' }).dataLocation).toBe(
    'US',
  );
});

test('lists are split, trimmed and may end in a comma', () => {
  const { operators } = parseConfig('dev', {
    ...minimal,
    PLUMBLINE_OPERATORS: ' user:a@b.c, group:d@e.f, ',
  });
  expect(operators).toEqual(['user:a@b.c', 'group:d@e.f']);
});

test('every problem is listed at once, with what was got and what was wanted', () => {
  expect(
    problems({
      PLUMBLINE_REGION: 'Belgium',
      PLUMBLINE_DASHBOARD_ACCESS: 'open',
      PLUMBLINE_ALERT_EMAILS: 'ada',
      PLUMBLINE_OPERATORS: 'ada@example.com',
      PLUMBLINE_BUDGET_USD: '0',
      PLUMBLINE_ML_SERVER_IMAGE: 'ml-server:latest',
      PLUMBLINE_BILLING_ACCOUNT: '012345-6789AB-CDEF01',
    }),
  ).toEqual([
    'PLUMBLINE_BUDGET_USD must be a whole number from 1 to 1000000, got "0"',
    'GOOGLE_CLOUD_PROJECT is required',
    'PLUMBLINE_DASHBOARD_ACCESS must be one of private, iap, public, got "open"',
    'PLUMBLINE_REGION must look like europe-west1, got "Belgium"',
    'PLUMBLINE_OPERATORS must look like user:ada@example.com, got "ada@example.com"',
    'PLUMBLINE_ALERT_EMAILS must look like ada@example.com, got "ada"',
    'PLUMBLINE_ML_SERVER_IMAGE must look like HOST/PATH@sha256:…, got "ml-server:latest"',
    expect.stringMatching(/^PLUMBLINE_DATA_LOCATION EU does not contain PLUMBLINE_REGION Belgium/),
    'PLUMBLINE_BILLING_ACCOUNT and PLUMBLINE_BUDGET_USD go together: set both or none',
  ]);
});

test('parts that contradict each other are refused', () => {
  expect(problems({ ...minimal, PLUMBLINE_DATA_LOCATION: 'US' })).toEqual([
    expect.stringMatching(
      /^PLUMBLINE_DATA_LOCATION US does not contain PLUMBLINE_REGION europe-west1/,
    ),
  ]);
  const { mlServer } = ENVIRONMENTS.dev;
  expect(problems(minimal, { mlServer: { ...mlServer, maxInstances: 4 } })).toEqual([
    expect.stringMatching(/^mlServer\.maxInstances 4 needs hasRedis/),
  ]);
  expect(problems(minimal, { mlServer: { ...mlServer, memoryMb: 8192 } })).toEqual([
    'mlServer.memoryMb 8192 needs at least 2 cpu, got 1',
  ]);
  expect(
    problems(minimal, { dashboard: { ...ENVIRONMENTS.dev.dashboard, minInstances: 2 } }),
  ).toEqual(['dashboard.minInstances 2 exceeds maxInstances 1']);
  expect(
    problems({ ...minimal, PLUMBLINE_DASHBOARD_ACCESS: 'public', PLUMBLINE_VIEWERS: 'user:a@b.c' }),
  ).toEqual([expect.stringMatching(/^PLUMBLINE_VIEWERS has no effect/)]);
  expect(problems({ ...minimal, PLUMBLINE_MQTT_USERNAME: 'bridge' })).toEqual([
    'PLUMBLINE_MQTT_… without PLUMBLINE_MQTT_URL has no effect: set it too',
  ]);
});

test('a broker is named without a password, and its secrets by what they are', () => {
  expect(
    problems({
      ...minimal,
      PLUMBLINE_MQTT_URL: 'mqtts://ada:secret@broker.example.com',
      PLUMBLINE_MQTT_SECRETS: 'password,token',
    }),
  ).toEqual([
    expect.stringMatching(/^PLUMBLINE_MQTT_URL must look like mqtts:\/\/broker/),
    'PLUMBLINE_MQTT_SECRETS must look like password, ca, cert, key, got "token"',
  ]);
});

test('a misspelled variable is not ignored', () => {
  expect(problems({ ...minimal, PLUMBLINE_VIEWER: 'user:a@b.c' })).toEqual([
    expect.stringMatching(/^PLUMBLINE_VIEWER is not known; there are .*PLUMBLINE_VIEWERS/),
  ]);
});

test('every variable is explained in the documentation', () => {
  const page = readFileSync(new URL('../../docs/deploy.md', import.meta.url), 'utf8');
  const [known] = problems({ ...minimal, PLUMBLINE_X: '' });
  const names = [...(known ?? '').matchAll(/PLUMBLINE_[A-Z_]{2,}/g)].map(([name]) => name);
  expect(names.length).toBeGreaterThan(5);
  for (const name of names) {
    // Set by the deployment itself.
    if (name !== 'PLUMBLINE_ENVIRONMENT') expect(page).toContain(name);
  }
});
