import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { connect, createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';

/** A broker in a process of its own that comes back on its port, with what its disk holds. */
export interface MortalBroker {
  readonly url: string;
  /** Ends it by the signal and starts it again; resolves when it answers. */
  kill(): Promise<void>;
  stop(): Promise<void>;
}

export const BROKERS = ['embedded', 'mosquitto'] as const;
export type BrokerName = (typeof BROKERS)[number];
export const SIGNALS = ['SIGKILL', 'SIGTERM'] as const;
export type EndSignal = (typeof SIGNALS)[number];

const EMBEDDED = fileURLToPath(new URL('../../../gateway/src/broker/main.ts', import.meta.url));
const READY_MS = 20_000;

export async function startMortalBroker(
  name: BrokerName,
  signal: EndSignal,
): Promise<MortalBroker> {
  const folder = mkdtempSync(join(tmpdir(), 'plumbline-kills-'));
  const port = await freePort();
  const launch = name === 'embedded' ? embedded : mosquitto;
  let child = launch(port, folder, signal);
  await answers(port);
  return {
    url: `mqtt://127.0.0.1:${port}`,
    async kill() {
      await end();
      child = launch(port, folder, signal);
      await answers(port);
    },
    async stop() {
      await end();
      rmSync(folder, { recursive: true, force: true });
    },
  };

  async function end(): Promise<void> {
    const exited = once(child, 'exit');
    if (child.exitCode === null && child.signalCode === null) {
      child.kill(signal);
      await exited;
    }
  }
}

function embedded(port: number, folder: string): ChildProcess {
  return spawn(process.execPath, [EMBEDDED], {
    stdio: 'ignore',
    env: { ...process.env, PORT: String(port), JOURNAL_DIR: folder },
  });
}

/**
 * Mosquitto with its persistence. It saves when it is asked to end; for one that is not asked it is set to save after
 * every change, which is as safe as it gets: its answer may still come first.
 */
function mosquitto(port: number, folder: string, signal: EndSignal): ChildProcess {
  const config = join(folder, 'mosquitto.conf');
  const lines = [
    `listener ${port} 127.0.0.1`,
    'allow_anonymous true',
    'persistence true',
    `persistence_location ${folder}/`,
    ...(signal === 'SIGKILL' ? ['autosave_on_changes true', 'autosave_interval 1'] : []),
    'max_queued_messages 0',
    ...(process.getuid?.() === 0 ? ['user root'] : []),
  ];
  writeFileSync(config, `${lines.join('\n')}\n`);
  return spawn('mosquitto', ['-c', config], { stdio: 'ignore' });
}

async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as { port: number };
  server.close();
  await once(server, 'close');
  return port;
}

async function answers(port: number): Promise<void> {
  for (const endMs = performance.now() + READY_MS; ; await sleep(20)) {
    const socket = connect(port, '127.0.0.1');
    const isOpen = await once(socket, 'connect').then(
      () => true,
      () => false,
    );
    socket.destroy();
    if (isOpen) return;
    if (endMs < performance.now()) throw new Error(`no broker on port ${port}`);
  }
}
