import { spawn } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import type { GoogleEmulator } from '../conformance/pubsub/google-emulator.ts';
import { compile } from '../pack/compile.ts';
import { ackIdLength } from '../src/pubsub/ack-ids.ts';
import { RESPONSE_MESSAGES } from '../src/pubsub/stream.ts';

const COMPILED = join(import.meta.dirname, 'dist');
const COMMAND = join(import.meta.dirname, '../src/main.ts');

/** Compiles our emulators for `startOurs`: from sources, Node's own compiler would take 30 MB. */
export async function compileOurs(): Promise<void> {
  await compile(COMPILED);
}

/** Our emulator in a process of its own: compiled, and with the flags of the command. */
export function startOurs(): Promise<GoogleEmulator> {
  const [, flags = ''] = /^#!.* node (.+)/.exec(readFileSync(COMMAND, 'utf8')) ?? [];
  const script = `
    import { startPubSub } from ${JSON.stringify(pathToFileURL(join(COMPILED, 'pubsub/index.js')).href)};
    console.log((await startPubSub()).host);`;
  return startProcess([...flags.split(' '), '--input-type=module', '-e', script]);
}

/** Prepared answers instead of an emulator, to messages of a client with default settings. */
export function startCeiling(payloadBytes: number): Promise<GoogleEmulator> {
  const defaultMaxMessages = 1000;
  const shape = [payloadBytes, RESPONSE_MESSAGES, ackIdLength(defaultMaxMessages)];
  return startProcess([join(import.meta.dirname, 'ceiling.main.ts'), ...shape.map(String)]);
}

/** What the system gives the process, in MB of 10^6 bytes. Linux only: 0 elsewhere. */
export function residentMb(pid: number): number {
  try {
    const [, kibibytes = '0'] =
      /VmRSS:\s+(\d+)/.exec(readFileSync(`/proc/${pid}/status`, 'utf8')) ?? [];
    return (Number(kibibytes) * 1024) / 1e6;
  } catch {
    return 0;
  }
}

async function startProcess(args: readonly string[]): Promise<GoogleEmulator> {
  const child = spawn(process.execPath, args, { stdio: ['ignore', 'pipe', 'inherit'] });
  const host = await new Promise<string>((resolve, reject) => {
    child.stdout.once('data', (text) => resolve(String(text).trim()));
    child.once('exit', (code) => reject(new Error(`node ${args.join(' ')} exited with ${code}`)));
  });
  return {
    host,
    pid: child.pid as number,
    stop: () =>
      new Promise((resolve) => {
        child.once('exit', () => resolve());
        child.kill('SIGKILL');
      }),
  };
}
