import { spawn } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { GoogleEmulator } from '../conformance/pubsub/google-emulator.ts';
import { ackIdLength } from '../src/pubsub/ack-ids.ts';
import { RESPONSE_MESSAGES } from '../src/pubsub/stream.ts';

/** Our emulator in a process of its own. */
export function startOurs(): Promise<GoogleEmulator> {
  return startProcess(join(import.meta.dirname, '../conformance/pubsub/serve.main.ts'));
}

/** Prepared answers instead of an emulator, to messages of a client with default settings. */
export function startCeiling(payloadBytes: number): Promise<GoogleEmulator> {
  const defaultMaxMessages = 1000;
  const shape = [payloadBytes, RESPONSE_MESSAGES, ackIdLength(defaultMaxMessages)];
  return startProcess(join(import.meta.dirname, 'ceiling.main.ts'), shape.map(String));
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

async function startProcess(main: string, args: readonly string[] = []): Promise<GoogleEmulator> {
  // A small nursery halves what the process keeps from the system, at little speed.
  const child = spawn(process.execPath, ['--max-semi-space-size=2', main, ...args], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  const host = await new Promise<string>((resolve, reject) => {
    child.stdout.once('data', (text) => resolve(String(text).trim()));
    child.once('exit', (code) => reject(new Error(`${main} exited with ${code}`)));
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
