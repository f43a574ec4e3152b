import { ConfigError } from '@plumbline/contracts';

/**
 * Runs a process of this package: `--help` prints what it is told by, a wrong start one line a problem, status 1.
 */
export async function runMain(help: string, run: () => Promise<void>): Promise<void> {
  if (process.argv.includes('--help')) {
    console.log(help);
    return;
  }
  try {
    await run();
  } catch (error) {
    const { code, port } = error as { code?: string; port?: number };
    if (code === 'EADDRINUSE') {
      console.error(`port ${port} is in use: stop what uses it or set another (see --help)`);
    } else console.error(error instanceof ConfigError ? error.message : error);
    process.exit(1);
  }
}

/** Cloud Run kills ten seconds after SIGTERM. */
const STOP_MS = 8_500;

/** Stops by SIGTERM or SIGINT: `stop` has so many milliseconds, then the process ends whatever is left. */
export function stopOnSignal(stop: (graceMs: number) => Promise<void>): void {
  const end = () => {
    setTimeout(() => process.exit(1), STOP_MS).unref();
    void stop(STOP_MS - 1_000).then(() => process.exit(0));
  };
  process.once('SIGTERM', end);
  process.once('SIGINT', end);
}
