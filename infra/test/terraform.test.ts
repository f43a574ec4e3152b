import { execFile } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { DATASET, modelBucket, SUBSCRIPTIONS, TABLES, TOPICS, VIEWS } from '@plumbline/contracts';
import { startBigQuery, startPubSub, startStorage } from '@plumbline/emulators';
import { afterAll, beforeAll, expect, type TestContext, test } from 'vitest';
import { buildApp } from '../src/app.ts';
import { parseConfig } from '../src/config.ts';
import { runbook, VARIABLES, zips } from './synthesised.ts';

/**
 * Terraform itself on what we synthesise. It needs Google's provider, 100 MB from Terraform's registry or from a
 * mirror that TF_CLI_CONFIG_FILE names; where it cannot be had these tests are skipped and say so.
 */
const PROJECT = 'plumbline-emulator';
const outdir = mkdtempSync(join(tmpdir(), 'plumbline-terraform-'));
const emulators = await Promise.all([startPubSub(), startBigQuery(), startStorage()]);
const [pubsub, bigquery, storage] = emulators;
let missing: string | undefined;

beforeAll(async () => {
  const parts = {
    zips,
    runbook,
    emulators: { pubsub: pubsub.host, bigquery: bigquery.host, storage: storage.host },
  };
  buildApp([parseConfig('prod', VARIABLES)], parts, outdir).synth();
  missing = await terraform('emulator', 'init', '-input=false').then(() => undefined, whyMissing);
  if (missing) console.warn(`skipped: ${missing}`);
}, 180_000);

afterAll(async () => {
  await Promise.all(emulators.map((emulator) => emulator.stop()));
  rmSync(outdir, { recursive: true });
});

/** In a process of its own, as the emulators live in this one. */
async function terraform(stack: string, ...args: string[]): Promise<string> {
  const chdir = `-chdir=${join(outdir, 'stacks', stack)}`;
  const { stdout } = await promisify(execFile)('terraform', [chdir, ...args], {
    timeout: 170_000,
    env: { ...process.env, CHECKPOINT_DISABLE: '1', TF_IN_AUTOMATION: '1' },
  });
  return stdout;
}

/** Why Terraform or the provider cannot be had. Anything else that went wrong is thrown. */
function whyMissing(error: Error & { code?: unknown; stderr?: string }): string {
  if (error.code === 'ENOENT') return 'terraform is not installed';
  const isUnreachable =
    /could not connect|failed to query available provider|no available releases/i;
  if (isUnreachable.test(error.stderr ?? ''))
    return 'the provider hashicorp/google cannot be had here';
  throw error;
}

function skipIfMissing(context: TestContext): void {
  if (missing) context.skip(missing);
}

test('Terraform finds every stack valid', async (context) => {
  skipIfMissing(context);
  for (const stack of ['emulator', 'bootstrap-prod', 'pipeline-prod']) {
    await terraform(stack, 'init', '-backend=false', '-input=false');
    expect(await terraform(stack, 'validate'), stack).toContain('Success!');
  }
}, 180_000);

test('Terraform makes topics, subscriptions, tables and bucket in the emulators', async (context) => {
  skipIfMissing(context);
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
