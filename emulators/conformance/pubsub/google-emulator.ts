import { type ChildProcess, execFileSync, spawn } from 'node:child_process';
import { existsSync, readdirSync, realpathSync } from 'node:fs';
import { createServer } from 'node:net';
import { dirname, join } from 'node:path';

export interface GoogleEmulator {
  readonly host: string;
  readonly pid: number;
  stop(): Promise<void>;
}

/** Where Google's Pub/Sub emulator is, or the reason why it cannot run here. */
export function findGoogleEmulator(): { jar: string } | { reason: string } {
  const gcloud = onPath('gcloud');
  if (gcloud === undefined) return { reason: 'no gcloud on the PATH' };
  if (onPath('java') === undefined) return { reason: 'no java on the PATH' };
  for (const sdk of [dirname(dirname(realpathSync(gcloud))), '/usr/lib/google-cloud-sdk']) {
    const lib = join(sdk, 'platform/pubsub-emulator/lib');
    const jar = existsSync(lib) && readdirSync(lib).find((file) => file.endsWith('-all.jar'));
    if (jar) return { jar: join(lib, jar) };
  }
  return { reason: 'gcloud has no component pubsub-emulator' };
}

/** Starts Google's emulator on a free port; resolves when it listens. */
export async function startGoogleEmulator(jar: string): Promise<GoogleEmulator> {
  const port = await freePort();
  const child = spawn('java', ['-jar', jar, '--host=127.0.0.1', `--port=${port}`]);
  await new Promise<void>((resolve, reject) => {
    child.stderr.on('data', (text) => String(text).includes('Server started') && resolve());
    child.stdout.resume();
    child.once('error', reject);
    child.once('exit', (code) => reject(new Error(`Google's emulator exited with ${code}`)));
  });
  return { host: `127.0.0.1:${port}`, pid: child.pid as number, stop: () => end(child) };
}

async function end(child: ChildProcess): Promise<void> {
  const exited = new Promise((resolve) => child.once('exit', resolve));
  if (child.exitCode === null && child.signalCode === null) {
    child.kill('SIGKILL');
    await exited;
  }
}

function onPath(command: string): string | undefined {
  try {
    return execFileSync('which', [command], { encoding: 'utf8' }).trim();
  } catch {
    return undefined;
  }
}

function freePort(): Promise<number> {
  return new Promise((resolve, reject) => {
    const server = createServer();
    server.once('error', reject);
    server.listen(0, '127.0.0.1', () => {
      const address = server.address();
      server.close(() => resolve((address as { port: number }).port));
    });
  });
}
