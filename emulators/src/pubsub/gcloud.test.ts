/** Recorded sessions of `gcloud pubsub`, with a configuration of its own that is thrown away. */
import { execFile, execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { expect, type TestContext, test } from 'vitest';
import { type PubSubEmulator, startPubSub } from './index.ts';

const reason = whyNot();
if (reason !== undefined) console.log(`gcloud pubsub is not tested: ${reason}`);

/** Runs `gcloud pubsub` lines, whose words must hold no spaces, against an emulator of its own. */
function session(emulator: PubSubEmulator, { onTestFinished }: TestContext) {
  const config = mkdtempSync(join(tmpdir(), 'gcloud-'));
  onTestFinished(async () => {
    await emulator.stop();
    rmSync(config, { recursive: true });
  });
  return async (line: string) => {
    const { stdout, stderr } = await promisify(execFile)('gcloud', ['pubsub', ...line.split(' ')], {
      env: {
        PATH: process.env.PATH,
        HOME: config,
        CLOUDSDK_CONFIG: config,
        CLOUDSDK_CORE_PROJECT: 'p-1234',
        CLOUDSDK_CORE_DISABLE_PROMPTS: 'true',
        CLOUDSDK_AUTH_DISABLE_CREDENTIALS: 'true',
        CLOUDSDK_API_ENDPOINT_OVERRIDES_PUBSUB: `http://${emulator.host}/`,
      },
    });
    return (stdout || stderr).trim();
  };
}

// At once, as each gcloud spends most of its second on its own start.
const sessionTest = reason === undefined ? test.concurrent : test.skip;

sessionTest(
  'gcloud makes a topic and a subscription, publishes, pulls and cleans up',
  async (context) => {
    const emulator = await startPubSub();
    const gcloud = session(emulator, context);
    await gcloud('topics create readings --labels=team=a');
    await gcloud('subscriptions create all --topic=readings --ack-deadline=20');
    expect(await gcloud('topics publish readings --message=21.5 --attribute=unit=C')).toBe(
      "messageIds:\n- '1'",
    );
    const pulled = JSON.parse(await gcloud('subscriptions pull all --auto-ack --format=json'));
    expect(pulled).toMatchObject([
      { message: { data: 'MjEuNQ==', attributes: { unit: 'C' }, messageId: '1' } },
    ]);
    expect(emulator.backlog('projects/p-1234/subscriptions/all').size).toBe(0);
    await gcloud('subscriptions update all --ack-deadline=60');
    expect(await gcloud('subscriptions describe all')).toContain('ackDeadlineSeconds: 60');
    await gcloud('subscriptions delete all');
    await gcloud('topics delete readings');
    expect(await gcloud('topics list --format=json')).toBe('[]');
  },
  60_000,
);

sessionTest(
  'gcloud acknowledges, extends, takes snapshots, seeks, changes pushes and detaches',
  async (context) => {
    const emulator = await startPubSub();
    const gcloud = session(emulator, context);
    const size = () => emulator.backlog('projects/p-1234/subscriptions/all').size;
    await gcloud('topics create readings --message-retention-duration=1d');
    await gcloud('subscriptions create all --topic=readings --enable-exactly-once-delivery');
    await gcloud('snapshots create before --subscription=all --labels=a=b');
    await gcloud('topics publish readings --message=a --ordering-key=k');
    const ackId = await gcloud('subscriptions pull all --format=value(ackId)');
    const ids = `--ack-ids=${ackId}`;
    await gcloud(`subscriptions modify-message-ack-deadline all ${ids} --ack-deadline=60`);
    emulator.advance(50_000);
    await gcloud(`subscriptions ack all ${ids}`);
    expect(size()).toBe(0);
    await expect(gcloud(`subscriptions ack all ${ids}`)).rejects.toThrow('INVALID_ARGUMENT');
    await gcloud('subscriptions seek all --snapshot=before');
    expect(size()).toBe(1);
    await gcloud('subscriptions seek all --time=2099-01-01T00:00:00Z');
    expect(size()).toBe(0);
    expect(await gcloud('snapshots describe before')).toContain('topics/readings');
    expect(await gcloud('snapshots list --format=value(snapshotId)')).toBe('before');
    await gcloud('snapshots delete before');
    await gcloud('subscriptions modify-push-config all --push-endpoint=http://127.0.0.1:9/push');
    expect(await gcloud('subscriptions list --format=value(pushConfig.pushEndpoint)')).toBe(
      'http://127.0.0.1:9/push',
    );
    await gcloud('subscriptions modify-push-config all --push-endpoint=');
    expect(await gcloud('topics list-subscriptions readings')).toContain('subscriptions/all');
    await gcloud('topics detach-subscription all');
    await expect(gcloud('subscriptions pull all')).rejects.toThrow('detached');
  },
  120_000,
);

sessionTest(
  'gcloud keeps schemas with their revisions, and policies',
  async (context) => {
    const gcloud = session(await startPubSub(), context);
    const field = (name: string) => `{"name":"${name}","type":"int","default":0}`;
    const record = (...fields: string[]) => `{"type":"record","name":"R","fields":[${fields}]}`;
    const avro = (definition: string) => `--type=avro --definition=${definition}`;
    await gcloud(`schemas validate-schema ${avro(record(field('a')))}`);
    await gcloud(`schemas create reading ${avro(record(field('a')))}`);
    const first = await gcloud('schemas describe reading --format=value(revisionId)');
    await gcloud(`schemas commit reading ${avro(record(field('a'), field('b')))}`);
    const other = avro(record('{"name":"a","type":"string"}'));
    // gcloud says what went wrong and exits with 0.
    expect(await gcloud(`schemas commit reading ${other}`)).toContain('Incompatible');
    const revisions = 'schemas list-revisions reading --format=value(revisionId)';
    expect((await gcloud(revisions)).split('\n')).toHaveLength(2);
    await gcloud(`schemas rollback reading --revision-id=${first}`);
    await gcloud(`schemas delete-revision reading@${first}`);
    const message = (json: string) =>
      gcloud(
        `schemas validate-message --message=${json} --message-encoding=json --schema-name=reading`,
      );
    await message('{"a":1}');
    await expect(message('{"a":"x"}')).rejects.toThrow('failed schema validation');
    await gcloud('topics create readings --schema=reading --message-encoding=json');
    const member = '--member=user:a@example.com --role=roles/pubsub.publisher';
    await gcloud(`topics add-iam-policy-binding readings ${member}`);
    expect(await gcloud('topics get-iam-policy readings')).toContain('user:a@example.com');
    await gcloud(`topics remove-iam-policy-binding readings ${member}`);
    expect(await gcloud('topics get-iam-policy readings')).not.toContain('user:a@example.com');
    await gcloud('schemas delete reading');
    expect(await gcloud('topics describe readings')).toContain('_deleted-schema_');
  },
  120_000,
);

function whyNot(): string | undefined {
  try {
    execFileSync('which', ['gcloud']);
    return undefined;
  } catch {
    return 'no gcloud on the PATH';
  }
}
