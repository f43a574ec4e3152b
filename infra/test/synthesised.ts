import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { FUNCTIONS, type FunctionName } from '@plumbline/contracts';
import { buildApp } from '../src/app.ts';
import { parseConfig } from '../src/config.ts';
import { ENVIRONMENTS, type Environment, type EnvironmentName } from '../src/environments.ts';
import type { Zip } from '../src/zips.ts';

// biome-ignore lint/suspicious/noExplicitAny: Terraform's JSON has a shape for each resource type
type Json = any;

/** A stack as Terraform reads it. */
export interface Stack {
  readonly json: Json;
  readonly text: string;
  /** Resources of a type by their name in the stack. */
  all(type: string): Record<string, Json>;
  /** The only resource of a type whose attribute has a value. */
  one(type: string, attribute: string, value: string): Json;
}

export const runbook = readFileSync(new URL('../../docs/runbook.md', import.meta.url), 'utf8');

export const zips = Object.fromEntries(
  Object.keys(FUNCTIONS).map((name) => [
    name,
    { path: `../${name}.zip`, sha256: 'ab12'.repeat(16) },
  ]),
) as Record<FunctionName, Zip>;

const emulators = { pubsub: '127.0.0.1:1', bigquery: '127.0.0.1:2', storage: '127.0.0.1:3' };

export const VARIABLES = {
  GOOGLE_CLOUD_PROJECT: 'plumbline-test',
  PLUMBLINE_ALERT_EMAILS: 'ada@example.com',
  PLUMBLINE_OPERATORS: 'user:ada@example.com',
  PLUMBLINE_VIEWERS: 'group:office@example.com',
};

/** Asks for every gateway and for the coordinator. */
export const GATEWAYS = {
  PLUMBLINE_HTTP_GATEWAY: 'private',
  PLUMBLINE_MQTT_URL: 'mqtts://broker.example.com:8883',
  PLUMBLINE_MQTT_USERNAME: 'bridge',
  PLUMBLINE_MQTT_SECRETS: 'password,ca',
  PLUMBLINE_COORDINATOR: 'private',
};

/** Synthesises the stacks of an environment as `npm run synth` does. */
export function synthesise(
  name: EnvironmentName,
  variables: Record<string, string> = {},
  changes: Partial<Environment> = {},
): { bootstrap: Stack; pipeline: Stack; emulator: Stack } {
  const config = parseConfig(
    name,
    { ...VARIABLES, ...variables },
    { ...ENVIRONMENTS[name], ...changes },
  );
  const outdir = mkdtempSync(join(tmpdir(), 'plumbline-synth-'));
  try {
    buildApp([config], { zips, runbook, emulators }, outdir).synth();
    return {
      bootstrap: readStack(outdir, `bootstrap-${name}`),
      pipeline: readStack(outdir, `pipeline-${name}`),
      emulator: readStack(outdir, 'emulator'),
    };
  } finally {
    rmSync(outdir, { recursive: true });
  }
}

export function readStack(outdir: string, name: string): Stack {
  const text = readFileSync(join(outdir, 'stacks', name, 'cdk.tf.json'), 'utf8');
  const json: Json = JSON.parse(text);
  const all = (type: string) => json.resource[type] ?? {};
  return {
    json,
    text,
    all,
    one(type, attribute, value) {
      const found = Object.values<Json>(all(type)).filter((item) => item[attribute] === value);
      if (found.length !== 1) {
        throw new Error(`${found.length} ${type} with ${attribute} "${value}", wanted 1`);
      }
      return found[0];
    },
  };
}
