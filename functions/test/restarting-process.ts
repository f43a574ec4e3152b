import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { connect } from 'node:net';
import { ROOT } from '../../local/src/supervise.ts';

const EXIT_WITH_PARENT = new URL('../../local/src/exit-with-parent.ts', import.meta.url).href;
const READY_MS = 60_000;

export interface RestartingProcess {
  /** Resolves when the port answers. */
  ready(): Promise<void>;
  /** Sends a signal to the process; it is started again as soon as it has ended. */
  kill(signal: 'SIGKILL' | 'SIGTERM'): void;
  stop(): Promise<void>;
}

/** A script of ours in a process of its own, started again at once whenever it ends. */
export function restartingProcess(
  args: readonly string[],
  env: Readonly<Record<string, string | undefined>>,
  port: number,
): RestartingProcess {
  let isStopping = false;
  let child = launch();

  function launch(): ChildProcess {
    const own = spawn(process.execPath, ['--import', EXIT_WITH_PARENT, ...args], {
      cwd: ROOT,
      env,
      stdio: ['ignore', 'ignore', 'inherit', 'ipc'],
    });
    own.once('exit', () => {
      if (!isStopping) child = launch();
    });
    return own;
  }

  return {
    async ready() {
      const endMs = performance.now() + READY_MS;
      while (!(await accepts(port))) {
        if (endMs < performance.now())
          throw new Error(`port ${port} is not open in ${READY_MS} ms`);
        await new Promise((resolve) => setTimeout(resolve, 20));
      }
    },
    kill: (signal) => void child.kill(signal),
    async stop() {
      isStopping = true;
      const hasEnded = child.exitCode !== null || child.signalCode !== null;
      const exit = hasEnded ? undefined : once(child, 'exit');
      child.kill('SIGTERM');
      await exit;
    },
  };
}

function accepts(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect(port, '127.0.0.1');
    socket.once('error', () => resolve(false));
    socket.once('connect', () => {
      socket.destroy();
      resolve(true);
    });
  });
}
