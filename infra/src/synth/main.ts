import { readFile } from 'node:fs/promises';
import { join, relative } from 'node:path';
import { fileURLToPath } from 'node:url';
import { ConfigError, LOCAL_PORTS } from '@plumbline/contracts';
import { buildApp } from '../app.ts';
import { writeFunctions, zipsOf } from '../artifacts.ts';
import { parseConfig } from '../config.ts';
import { ENVIRONMENTS, type EnvironmentName } from '../environments.ts';

const root = fileURLToPath(new URL('../../..', import.meta.url));
const outdir = join(root, 'infra/cdktf.out');
/** Stands in for a project until one is named: what it makes can be looked at, not deployed. */
const EXAMPLE_PROJECT = 'my-project';

try {
  const GOOGLE_CLOUD_PROJECT = process.env.GOOGLE_CLOUD_PROJECT || EXAMPLE_PROJECT;
  const env = { ...process.env, GOOGLE_CLOUD_PROJECT };
  const configs = environmentNames().map((name) => parseConfig(name, env));
  const emulator = (port: number) => `127.0.0.1:${port}`;
  const app = buildApp(
    configs,
    {
      zips: zipsOf(await writeFunctions(root)),
      runbook: await readFile(join(root, 'docs/runbook.md'), 'utf8'),
      emulators: {
        pubsub: emulator(LOCAL_PORTS.pubsub),
        bigquery: emulator(LOCAL_PORTS.bigquery),
        storage: emulator(LOCAL_PORTS.storage),
      },
    },
    outdir,
  );
  app.synth();
  const folder = relative(process.cwd(), join(outdir, 'stacks'));
  const names = app.node.children.map((stack) => stack.node.id).join(', ');
  console.log(`${folder}: ${names} for project ${GOOGLE_CLOUD_PROJECT}`);
} catch (error) {
  console.error(error instanceof ConfigError ? error.message : error);
  process.exitCode = 1;
}

/** The environment named on the command line or by the deployment that calls this; all without one. */
function environmentNames(): EnvironmentName[] {
  const all = Object.keys(ENVIRONMENTS) as EnvironmentName[];
  const asked = process.argv[2] ?? process.env.PLUMBLINE_ENVIRONMENT;
  if (asked === undefined) return all;
  const name = all.find((candidate) => candidate === asked);
  if (name === undefined) {
    throw new ConfigError([`environment must be one of ${all.join(', ')}, got "${asked}"`]);
  }
  return [name];
}
