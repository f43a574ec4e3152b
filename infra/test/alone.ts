import { type ChildProcess, execFileSync, spawn } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { freePort } from './free-port.ts';

/** A folder outside of the repository: nothing of it can be found by accident. */
export function folderAlone(): { path: string; remove(): void } {
  const path = mkdtempSync(join(tmpdir(), 'plumbline-alone-'));
  return { path, remove: () => rmSync(path, { recursive: true, force: true }) };
}

/** Unpacks with a program that knows nothing of ours. */
export function unpack(zip: Uint8Array, folder: string): void {
  mkdirSync(folder, { recursive: true });
  const file = join(dirname(folder), `${Date.now()}.zip`);
  writeFileSync(file, zip);
  execFileSync('python3', ['-m', 'zipfile', '-e', file, folder]);
}

export interface Running {
  readonly url: string;
  /** From the start of the process to its first answer. */
  readonly startMs: number;
  stop(): Promise<void>;
}

const GIVE_UP_MS = 10_000;

/** Starts a server of a folder on a free port and waits for its first answer. */
export async function start(
  folder: string,
  args: readonly string[],
  env: Readonly<Record<string, string>>,
): Promise<Running> {
  const port = await freePort();
  const startedAt = performance.now();
  const child = spawn(process.execPath, [...args], {
    cwd: folder,
    env: {
      PATH: process.env.PATH,
      HOME: folder,
      NODE_ENV: 'production',
      PORT: String(port),
      ...env,
    },
    stdio: ['ignore', 'ignore', 'pipe'],
  });
  let errors = '';
  child.stderr.on('data', (chunk) => {
    errors += chunk;
  });
  const url = `http://127.0.0.1:${port}`;
  while (!(await answers(url))) {
    if (child.exitCode !== null || performance.now() - startedAt > GIVE_UP_MS) {
      child.kill('SIGKILL');
      throw new Error(`${args.join(' ')} does not answer on ${url}: ${errors}`);
    }
    await sleep(5);
  }
  return { url, startMs: performance.now() - startedAt, stop: () => stop(child) };
}

async function answers(url: string): Promise<boolean> {
  return fetch(url).then(
    () => true,
    () => false,
  );
}

async function stop(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null) return;
  const exited = new Promise((resolve) => child.once('exit', resolve));
  child.kill('SIGTERM');
  await exited;
}
