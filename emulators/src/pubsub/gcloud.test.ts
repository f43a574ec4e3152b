/** A recorded session of `gcloud pubsub`, with a configuration of its own that is thrown away. */
import { execFile, execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { expect, onTestFinished, test } from 'vitest';
import { startPubSub } from './index.ts';

const reason = whyNot();
if (reason !== undefined) console.log(`gcloud pubsub is not tested: ${reason}`);

test.skipIf(reason !== undefined)(
  'gcloud makes a topic and a subscription, publishes, pulls and cleans up',
  async () => {
    const emulator = await startPubSub();
    const config = mkdtempSync(join(tmpdir(), 'gcloud-'));
    onTestFinished(async () => {
      await emulator.stop();
      rmSync(config, { recursive: true });
    });
    const gcloud = async (line: string) => {
      const { stdout } = await promisify(execFile)('gcloud', ['pubsub', ...line.split(' ')], {
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
      return stdout.trim();
    };
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

function whyNot(): string | undefined {
  try {
    execFileSync('which', ['gcloud']);
    return undefined;
  } catch {
    return 'no gcloud on the PATH';
  }
}
