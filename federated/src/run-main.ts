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
