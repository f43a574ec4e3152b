import { type ChildProcess, spawn } from 'node:child_process';
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { freePort } from './free-port.ts';

/** A folder outside of the repository: nothing of it can be found by accident. */
export function folderAlone(): { path: string; remove(): void } {
  const path = mkdtempSync(join(tmpdir(), 'plumbline-alone-'));
  return { path, remove: () => rmSync(path, { recursive: true, force: true }) };
}

/**
 * Unpacks a zip whose entries are stored, file by file from the start, as any machine can. That other programs read
 * our zips as well is shown in build.test.ts.
 *
 * Source: APPNOTE.TXT 6.3.10, 4.3.7.
 */
export function unpack(zip: Buffer, folder: string): void {
  for (let at = 0; zip.readUInt32LE(at) === 0x04034b50; ) {
    const size = zip.readUInt32LE(at + 18);
    const nameStart = at + 30;
    const dataStart = nameStart + zip.readUInt16LE(at + 26) + zip.readUInt16LE(at + 28);
    const name = zip.toString('utf8', nameStart, nameStart + zip.readUInt16LE(at + 26));
    mkdirSync(dirname(join(folder, name)), { recursive: true });
    writeFileSync(join(folder, name), zip.subarray(dataStart, dataStart + size));
    at = dataStart + size;
  }
}

export interface Running {
  readonly url: string;
  /** What the start up to the first answer took: see `startTime`. */
  readonly startMs: number;
  stop(): Promise<void>;
}

const GIVE_UP_MS = 10_000;

/** Starts a server of a folder on a free port, or on the one that its variables name, and waits for its first answer. */
export async function start(
  folder: string,
  args: readonly string[],
  env: Readonly<Record<string, string>>,
  answersOn?: number,
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
  const url = `http://127.0.0.1:${answersOn ?? port}`;
  while (!(await answers(url))) {
    if (child.exitCode !== null || performance.now() - startedAt > GIVE_UP_MS) {
      child.kill('SIGKILL');
      throw new Error(`${args.join(' ')} does not answer on ${url}: ${errors}`);
    }
    await sleep(5);
  }
  const startMs = startTime(child) ?? performance.now() - startedAt;
  return { url, startMs, stop: () => stop(child) };
}

/**
 * Milliseconds of processor time that a process took so far: what its start takes on a processor of its own, however
 * busy this machine is. Only Linux tells it.
 *
 * Source: proc(5), /proc/pid/stat, fields 14 and 15, in ticks of 10 ms.
 */
function startTime({ pid }: ChildProcess): number | undefined {
  const path = `/proc/${pid}/stat`;
  if (!existsSync(path)) return undefined;
  const afterName = readFileSync(path, 'utf8').split(') ')[1]?.split(' ') ?? [];
  return 10 * (Number(afterName[11]) + Number(afterName[12]));
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
