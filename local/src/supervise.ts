import { type ChildProcess, spawn } from 'node:child_process';
import { connect } from 'node:net';
import { createInterface } from 'node:readline';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';

export interface Part {
  readonly name: string;
  /** Arguments for Node: a script of ours and its options. */
  readonly args: readonly string[];
  readonly env: Readonly<Record<string, string>>;
  /** The port that it listens on once it is ready. */
  readonly port?: number;
  /** A path there that answers 200 once it is; without it an open port is enough. */
  readonly readyPath?: string;
  /** It asks other parts for what it does, so it must end before they do. */
  readonly endsFirst?: boolean;
}

export interface Supervisor {
  /** Starts a part and resolves when its port answers. A part that dies is started again, and named. */
  start(part: Part): Promise<void>;
  /** Process ids by name, of the parts that run now. */
  pids(): Readonly<Record<string, number>>;
  /** Ends all parts, those that ask others first: SIGTERM, then SIGKILL for all that are left after `graceMs`. */
  stop(graceMs?: number): Promise<void>;
}

const FIRST_RESTART_MS = 100;
const MAX_RESTART_MS = 5_000;
/** A part that lived this long starts over with a short wait. */
const HEALTHY_MS = 30_000;
/** Many times what it takes, for machines that are busy with other things. */
const READY_TIMEOUT_MS = 60_000;
const EXIT_WITH_PARENT = new URL('./exit-with-parent.ts', import.meta.url).href;

/**
 * Keeps the processes of the pipeline alive.
 *
 * `report` gets what a person should see: deaths and restarts, and the parts' own warnings and errors.
 */
export function createSupervisor(
  root: string,
  env: Readonly<Record<string, string | undefined>>,
  report: (line: string) => void,
): Supervisor {
  const running = new Map<string, { part: Part; child: ChildProcess }>();
  let isStopping = false;

  return {
    async start(part) {
      launch(part, FIRST_RESTART_MS);
      if (part.port !== undefined) await answers(part.name, part.port, part.readyPath);
    },
    pids() {
      return Object.fromEntries([...running].map(([name, { child }]) => [name, child.pid ?? 0]));
    },
    async stop(graceMs = 8_500) {
      isStopping = true;
      const all = [...running.values()];
      const late = sleep(graceMs, undefined, { ref: false });
      for (const isFirst of [true, false]) {
        const wave = all.filter(({ part }) => (part.endsFirst ?? false) === isFirst);
        for (const { child } of wave) child.kill('SIGTERM');
        await Promise.race([Promise.all(wave.map(({ child }) => ended(child))), late]);
      }
      for (const { child } of all) child.kill('SIGKILL');
      await Promise.all(all.map(({ child }) => ended(child)));
    },
  };

  function launch(part: Part, restartMs: number): void {
    const startedMs = Date.now();
    const child = spawn(process.execPath, ['--import', EXIT_WITH_PARENT, ...part.args], {
      cwd: root,
      env: { ...env, ...part.env },
      // Its own process group: Ctrl-C reaches the supervisor alone, which ends the parts in order.
      detached: true,
      stdio: ['ignore', 'pipe', 'pipe', 'ipc'],
    });
    running.set(part.name, { part, child });
    const lastLines: string[] = [];
    for (const stream of [child.stdout, child.stderr]) {
      if (stream === null) continue;
      createInterface({ input: stream }).on('line', (line) => {
        lastLines.push(line);
        if (lastLines.length > 8) lastLines.shift();
        const shown = worthShowing(line, stream === child.stderr);
        if (shown !== undefined) report(`${part.name}: ${shown}`);
      });
    }
    child.once('exit', (code, signal) => {
      running.delete(part.name);
      if (isStopping) return;
      const wait = HEALTHY_MS < Date.now() - startedMs ? FIRST_RESTART_MS : restartMs;
      report(
        `${part.name} died (${signal ?? `exit status ${code}`}); it starts again in ${wait} ms`,
      );
      if (code !== 0 && signal === null) for (const line of lastLines) report(`  ${line}`);
      setTimeout(() => {
        if (!isStopping) launch(part, Math.min(MAX_RESTART_MS, wait * 2));
      }, wait).unref();
    });
  }
}

/** Runs a job to its end and gives its output; rejects with the output when it fails. */
export async function runJob(
  root: string,
  args: readonly string[],
  env: Readonly<Record<string, string | undefined>>,
): Promise<string> {
  const child = spawn(process.execPath, ['--import', EXIT_WITH_PARENT, ...args], {
    cwd: root,
    env,
    detached: true,
    stdio: ['ignore', 'pipe', 'pipe', 'ipc'],
  });
  let output = '';
  for (const stream of [child.stdout, child.stderr]) {
    stream?.setEncoding('utf8').on('data', (text: string) => {
      output += text;
    });
  }
  const code = await ended(child);
  if (code !== 0) throw new Error(`${args[0]} failed (exit status ${code}):\n${output.trim()}`);
  return output;
}

/** The checkout's root, whatever the current directory. */
export const ROOT = fileURLToPath(new URL('../..', import.meta.url));

function ended(child: ChildProcess): Promise<number | null> {
  if (child.exitCode !== null || child.signalCode !== null) return Promise.resolve(child.exitCode);
  return new Promise((resolve) => child.once('close', resolve));
}

async function answers(name: string, port: number, path?: string): Promise<void> {
  const endMs = Date.now() + READY_TIMEOUT_MS;
  while (!(await (path === undefined ? accepts(port) : isReady(port, path)))) {
    if (endMs < Date.now()) {
      throw new Error(`${name} did not answer on port ${port} within ${READY_TIMEOUT_MS / 1000} s`);
    }
    await sleep(50);
  }
}

async function isReady(port: number, path: string): Promise<boolean> {
  const response = await fetch(`http://127.0.0.1:${port}${path}`).catch(() => undefined);
  await response?.arrayBuffer();
  return response?.ok ?? false;
}

function accepts(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect(port, '127.0.0.1');
    socket.once('connect', () => resolve(true)).once('error', () => resolve(false));
    socket.once('connect', () => socket.destroy());
  });
}

/** Warnings and errors of structured logs, and what a part says on its error stream. */
function worthShowing(line: string, isError: boolean): string | undefined {
  if (!line.startsWith('{')) return isError && !NOISE.test(line) ? line : undefined;
  try {
    const { severity, message, error, status } = JSON.parse(line) as Record<string, unknown>;
    if (severity !== 'WARNING' && severity !== 'ERROR') return undefined;
    return [message, status, error].filter((part) => part !== undefined).join(' ');
  } catch {
    return line;
  }
}

/** What the Google clients say where there is no account, and for each large download (teeny-request). */
const NOISE = /^\s*$|MetadataLookupWarning|MaxListenersExceededWarning|--trace-warnings/;
