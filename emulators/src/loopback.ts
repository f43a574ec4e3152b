import type { IncomingHttpHeaders } from 'node:http';
import type { Server } from 'node:net';

export const LOOPBACK = '127.0.0.1';

/**
 * Emulators have no authentication, so they never run where others could reach them.
 *
 * Throws on Cloud Run and Cloud Functions, which set K_SERVICE or CLOUD_RUN_JOB.
 */
export function refuseOnCloudRun(
  // biome-ignore lint/style/noProcessEnv: the guard must hold for every caller, so it reads for itself
  env: Readonly<Record<string, string | undefined>> = process.env,
): void {
  const sign = ['K_SERVICE', 'CLOUD_RUN_JOB'].find((name) => env[name] !== undefined);
  if (sign !== undefined) {
    throw new Error(
      `emulators do not start on Cloud Run (${sign} is set): they have no access control`,
    );
  }
}

/**
 * Listens on 127.0.0.1 and returns the port.
 *
 * Throws an error that names the port and the variable to change when the port is taken.
 */
export function listenOnLoopback(server: Server, port: number, variable: string): Promise<number> {
  return new Promise((resolve, reject) => {
    server.once('error', (cause: NodeJS.ErrnoException) => {
      reject(
        cause.code === 'EADDRINUSE'
          ? new Error(`port ${port} is in use: stop what uses it or set ${variable}`, { cause })
          : cause,
      );
    });
    server.listen(port, LOOPBACK, () => {
      const address = server.address();
      if (address === null || typeof address === 'string') reject(new Error('no TCP address'));
      else resolve(address.port);
    });
  });
}

/**
 * True if a request comes from a web page of another site: by a name that was rebound to this machine,
 * or by a form or script that sends without being able to read the answer.
 */
export function isForeign({ host, origin }: IncomingHttpHeaders): boolean {
  if (!isLoopbackHost(host)) return true;
  return origin !== undefined && !isLoopbackHost(URL.parse(origin)?.host);
}

function isLoopbackHost(header: string | undefined): boolean {
  const name = header?.replace(/:\d+$/, '').toLowerCase();
  return name === LOOPBACK || name === 'localhost' || name === '[::1]';
}
