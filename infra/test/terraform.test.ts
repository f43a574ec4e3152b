import { execFile } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import {
  DATASET,
  modelBucket,
  ROUTINES,
  SUBSCRIPTIONS,
  TABLES,
  TOPIC_SCHEMAS,
  TOPICS,
  VIEWS,
} from '@plumbline/contracts';
import { startBigQuery, startPubSub, startStorage } from '@plumbline/emulators';
import { afterAll, beforeAll, expect, type TestContext, test } from 'vitest';
import { buildApp } from '../src/app.ts';
import { parseConfig } from '../src/config.ts';
import { GATEWAYS, runbook, VARIABLES, zips } from './synthesised.ts';

/**
 * Terraform itself on what we synthesise. It needs Google's provider, 100 MB from Terraform's registry or from a
 * mirror that TF_CLI_CONFIG_FILE names; where it cannot be had these tests are skipped and say so.
 */
const PROJECT = 'plumbline-emulator';
const folder = mkdtempSync(join(tmpdir(), 'plumbline-terraform-'));
/** States go to a folder beside it, as in the repository. */
const outdir = join(folder, 'cdktf.out');
/** Where providers stay, so that they are fetched once. */
const cache = new URL('../../node_modules/.cache/terraform', import.meta.url).pathname;
const emulators = await Promise.all([startPubSub(), startBigQuery(), startStorage()]);
const [pubsub, bigquery, storage] = emulators;
beforeAll(async () => {
  mkdirSync(cache, { recursive: true });
  const parts = {
    zips,
    runbook,
    emulators: { pubsub: pubsub.host, bigquery: bigquery.host, storage: storage.host },
  };
  buildApp([parseConfig('prod', { ...VARIABLES, ...GATEWAYS })], parts, outdir).synth();
});

afterAll(async () => {
  await Promise.all(emulators.map((emulator) => emulator.stop()));
  rmSync(folder, { recursive: true });
});

/** In a process of its own, as the emulators live in this one. */
async function terraform(stack: string, ...args: string[]): Promise<string> {
  const chdir = `-chdir=${join(outdir, 'stacks', stack)}`;
  const { stdout } = await promisify(execFile)('terraform', [chdir, ...args], {
    timeout: 170_000,
    env: {
      ...process.env,
      CHECKPOINT_DISABLE: '1',
      TF_IN_AUTOMATION: '1',
      TF_PLUGIN_CACHE_DIR: cache,
      // Without a network it must not take a minute to say so.
      TF_REGISTRY_CLIENT_TIMEOUT: '5',
      TF_REGISTRY_DISCOVERY_RETRY: '0',
    },
  });
  return stdout;
}

/** Prepares a stack, or skips the test if Terraform or a provider cannot be had. Anything else that goes wrong is thrown. */
async function initOrSkip(context: TestContext, stack: string, ...args: string[]): Promise<void> {
  try {
    await terraform(stack, 'init', '-input=false', ...args);
  } catch (error) {
    const { code, stderr = '' } = error as { code?: unknown; stderr?: string };
    const isUnreachable = /failed to query available provider|no available releases/i.test(stderr);
    if (code !== 'ENOENT' && !isUnreachable) throw error;
    const reason =
      code === 'ENOENT'
        ? 'terraform is not installed'
        : `the providers of ${stack} cannot be had here`;
    console.warn(`skipped: ${reason}`);
    context.skip(reason);
  }
}

test.for(['emulator', 'bootstrap-prod', 'pipeline-prod'])(
  'Terraform finds the stack %s valid',
  { timeout: 180_000 },
  async (stack, context) => {
    await initOrSkip(context, stack, '-backend=false');
    expect(await terraform(stack, 'validate')).toContain('Success!');
  },
);

test('Terraform makes topics with schemas, subscriptions, tables, functions and bucket in the emulators', async (context) => {
  await initOrSkip(context, 'emulator');
  await terraform('emulator', 'apply', '-auto-approve', '-input=false');
  const names = async (url: string, list: string, name: (item: never) => string) => {
    const answer = (await (await fetch(url)).json()) as Record<string, never[]>;
    return (answer[list] ?? []).map(name).sort();
  };
  const last = ({ name }: { name: string }) => name.split('/').at(-1) ?? '';
  const root = `http://${pubsub.host}/v1/projects/${PROJECT}`;
  expect(await names(`${root}/topics`, 'topics', last)).toEqual(Object.keys(TOPICS).sort());
  expect(await names(`${root}/subscriptions`, 'subscriptions', last)).toEqual(
    Object.keys(SUBSCRIPTIONS).sort(),
  );
  expect(await names(`${root}/schemas`, 'schemas', last)).toEqual(
    Object.values(TOPIC_SCHEMAS).map(({ name }) => name),
  );
  const routines = `http://${bigquery.host}/bigquery/v2/projects/${PROJECT}/datasets/${DATASET}/routines`;
  const routineId = ({ routineReference }: { routineReference: { routineId: string } }) =>
    routineReference.routineId;
  expect(await names(routines, 'routines', routineId)).toEqual(Object.keys(ROUTINES).sort());
  const tables = `http://${bigquery.host}/bigquery/v2/projects/${PROJECT}/datasets/${DATASET}/tables?maxResults=100`;
  const tableId = ({ tableReference }: { tableReference: { tableId: string } }) =>
    tableReference.tableId;
  expect(await names(tables, 'tables', tableId)).toEqual(
    [...Object.keys(TABLES), ...Object.keys(VIEWS)].sort(),
  );
  const buckets = `http://${storage.host}/storage/v1/b?project=${PROJECT}`;
  expect(await names(buckets, 'items', last)).toEqual([modelBucket(PROJECT)]);
  // A second plan is empty: what Terraform reads back is what it wrote.
  expect(await terraform('emulator', 'plan', '-input=false')).toContain('No changes');
}, 180_000);
