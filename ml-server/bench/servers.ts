import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import { performance } from 'node:perf_hooks';
import { fileURLToPath } from 'node:url';
import { Storage } from '@google-cloud/storage';
import { modelBucket } from '@plumbline/contracts';
import { startStorage } from '@plumbline/emulators';
import { openModelStore } from '../src/model/model-store.ts';
import { ordinaryDays, publishModel, trainedModel } from '../test/model-bucket.ts';

/** A server in a process of its own. */
export interface BenchServer extends AsyncDisposable {
  readonly url: string;
}

const PROJECT = 'bench';
const PYTHON = process.env.PYTHON ?? 'python3';

/** The real server with a model of 100 trees from a bucket in the emulator. */
export async function startModelServer(): Promise<BenchServer> {
  const bucket = await startBucket();
  const child = await startModelProcess(bucket.env);
  return {
    url: child.url,
    async [Symbol.asyncDispose]() {
      await child[Symbol.asyncDispose]();
      await bucket.stop();
    },
  };
}

export function startEcho(): Promise<BenchServer> {
  return startNode('echo.ts', {});
}

/** Milliseconds from starting the process until it says that it is ready, model and all. */
export async function timeToReady(): Promise<number> {
  const bucket = await startBucket();
  const startMs = performance.now();
  const server = await startModelProcess(bucket.env);
  const readyMs = performance.now() - startMs;
  await server[Symbol.asyncDispose]();
  await bucket.stop();
  return readyMs;
}

/** The peer in Python; or why it is not there. */
export async function startFastApi(): Promise<BenchServer | string> {
  const modules = ['fastapi', 'uvicorn', 'sklearn'];
  const { status } = spawnSync(PYTHON, ['-c', `import ${modules.join(', ')}`]);
  if (status !== 0) return `${PYTHON} with ${modules.join(', ')} is not installed`;
  const port = 18_765;
  const script = fileURLToPath(new URL('fastapi_server.py', import.meta.url));
  const child = spawn(PYTHON, [script, String(port)], { stdio: 'ignore' });
  const url = `http://127.0.0.1:${port}`;
  await untilOk(`${url}/health`, child);
  return running(url, child);
}

async function startBucket() {
  const emulator = await startStorage();
  const apiEndpoint = `http://${emulator.host}`;
  const storage = new Storage({ projectId: PROJECT, apiEndpoint });
  const [bucket] = await storage.createBucket(modelBucket(PROJECT));
  const model = trainedModel(1, 100, ordinaryDays(1, 8, 800));
  await publishModel(openModelStore(bucket, 'sensors'), model);
  return { env: emulator.env, stop: () => emulator.stop() };
}

async function startModelProcess(env: Readonly<Record<string, string>>): Promise<BenchServer> {
  const server = await startNode('../src/serve/main.ts', { ...env, GOOGLE_CLOUD_PROJECT: PROJECT });
  for (;;) {
    const answer = await fetch(`${server.url}/ready`);
    const { model_version } = (await answer.json()) as { model_version: string | null };
    if (answer.ok && model_version !== null) return server;
  }
}

async function startNode(
  file: string,
  env: Readonly<Record<string, string>>,
): Promise<BenchServer> {
  const script = fileURLToPath(new URL(file, import.meta.url));
  const child = spawn(process.execPath, [script], {
    env: { ...process.env, ...env, PORT: '0' },
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  const port = await new Promise<string>((resolve, reject) => {
    child.once('exit', (code) => reject(new Error(`${file} ended with ${code}`)));
    child.stdout.setEncoding('utf8').on('data', (text: string) => {
      const [, found] = /listens on http:\/\/127\.0\.0\.1:(\d+)/.exec(text) ?? [];
      if (found !== undefined) resolve(found);
    });
  });
  return running(`http://127.0.0.1:${port}`, child);
}

function running(url: string, child: ChildProcess): BenchServer {
  return {
    url,
    async [Symbol.asyncDispose]() {
      const ended = new Promise((resolve) => child.once('exit', resolve));
      child.kill('SIGTERM');
      await ended;
    },
  };
}

async function untilOk(url: string, child: ChildProcess): Promise<void> {
  while (child.exitCode === null) {
    const answer = await fetch(url).catch(() => null);
    if (answer?.ok) return;
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
  throw new Error(`the server for ${url} ended with ${child.exitCode}`);
}
