import { type ChildProcess, spawn } from 'node:child_process';
import { createServer } from 'node:net';
import { fileURLToPath } from 'node:url';

/** The real ML server. Without a bucket of models (an emulator's address) it has none: rules alone answer. */
export async function startMlServer({ storage = 'http://127.0.0.1:9' } = {}): Promise<{
  url: string;
  stop(): void;
}> {
  const port = await freePort();
  const url = `http://127.0.0.1:${port}`;
  const main = fileURLToPath(new URL('../../ml-server/src/serve/main.ts', import.meta.url));
  const child: ChildProcess = spawn(process.execPath, [main], {
    stdio: 'ignore',
    env: {
      ...process.env,
      PORT: String(port),
      GOOGLE_CLOUD_PROJECT: 'dashboard-test',
      STORAGE_EMULATOR_HOST: storage,
      MODEL_RELOAD_SECONDS: '1',
    },
  });
  const deadlineMs = Date.now() + 20_000;
  while (!(await isUp(`${url}/health`))) {
    if (Date.now() > deadlineMs) throw new Error(`the ML server did not start at ${url}`);
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
  return { url, stop: () => child.kill('SIGKILL') };
}

async function isUp(url: string): Promise<boolean> {
  return fetch(url).then(
    (response) => response.ok,
    () => false,
  );
}

function freePort(): Promise<number> {
  return new Promise((resolve, reject) => {
    const server = createServer();
    server.once('error', reject);
    server.listen(0, '127.0.0.1', () => {
      const address = server.address();
      server.close(() => resolve(typeof address === 'object' && address ? address.port : 0));
    });
  });
}
