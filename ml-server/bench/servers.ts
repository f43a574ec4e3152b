import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import { type AddressInfo, createServer } from 'node:net';
import { performance } from 'node:perf_hooks';
import { fileURLToPath } from 'node:url';
import { Storage } from '@google-cloud/storage';
import { modelBucket } from '@plumbline/contracts';
import { DEFAULT_PARAMETERS } from '@plumbline/detection';
import { startStorage } from '@plumbline/emulators';
import { compileCacheEnv } from '../../infra/src/build/compile-cache.ts';
import { openModelStore } from '../src/model/model-store.ts';
import { ordinaryDays, publishModel, trainedModel } from '../test/model-bucket.ts';

/** A server in a process of its own. */
export interface BenchServer extends AsyncDisposable {
  readonly url: string;
  readonly pid: number;
  /** Processor time that it has used. NaN where it does not tell. */
  cpuSeconds(): Promise<number>;
  /** One sample without labels of its `/metrics`; NaN where it has none of that name. */
  metric(name: string): Promise<number>;
}

const PROJECT = 'bench';
/** The first of these that has what the peer needs. */
const PYTHONS = ['python3', '/usr/bin/python3'];

/** The real server with a model of 100 trees, each of 256 samples, from a bucket in the emulator. */
export async function startModelServer(
  env: Readonly<Record<string, string>> = {},
): Promise<BenchServer> {
  const bucket = await startBucket();
  const child = await startModelProcess({ ...bucket.env, ...env });
  return {
    ...child,
    async [Symbol.asyncDispose]() {
      await child[Symbol.asyncDispose]();
      await bucket.stop();
    },
  };
}

export function startEcho(): Promise<BenchServer> {
  return startNode(scriptOf('echo.ts'), {});
}

const ROOT = fileURLToPath(new URL('../..', import.meta.url));

/** What a container runs: `npm run build -- ml-server`. Gives its entry point and the Dockerfile's environment. */
export function buildBundle() {
  const { status } = spawnSync(process.execPath, [`${ROOT}infra/src/build/main.ts`, 'ml-server']);
  if (status !== 0) throw new Error('npm run build -- ml-server failed');
  const image = `${ROOT}infra/dist/ml-server`;
  return { entry: `${image}/src/serve/main.js`, env: compileCacheEnv(image) };
}

/** Milliseconds from starting the process until it says that it is ready, model and all. */
export async function timeToReady(
  entry: string,
  env: Readonly<Record<string, string>> = {},
): Promise<number> {
  const bucket = await startBucket();
  const startMs = performance.now();
  const server = await startModelProcess({ ...bucket.env, ...env }, entry);
  const readyMs = performance.now() - startMs;
  await server[Symbol.asyncDispose]();
  await bucket.stop();
  return readyMs;
}

/** The peer in Python; or why it is not there. */
export async function startFastApi(): Promise<BenchServer | string> {
  const modules = ['fastapi', 'uvicorn', 'sklearn'];
  const python = PYTHONS.find(
    (name) => spawnSync(name, ['-c', `import ${modules.join(', ')}`]).status === 0,
  );
  if (python === undefined) return `no Python with ${modules.join(', ')} is installed`;
  const port = await freePort();
  const script = fileURLToPath(new URL('fastapi_server.py', import.meta.url));
  const child = spawn(python, [script, String(port)], { stdio: 'ignore' });
  const url = `http://127.0.0.1:${port}`;
  await untilOk(`${url}/health`, child);
  return running(url, child);
}

async function startBucket() {
  const emulator = await startStorage();
  const apiEndpoint = `http://${emulator.host}`;
  const storage = new Storage({ projectId: PROJECT, apiEndpoint });
  const [bucket] = await storage.createBucket(modelBucket(PROJECT));
  const { trees, sampleSize } = DEFAULT_PARAMETERS;
  const model = trainedModel(1, trees, ordinaryDays(1, 8, 800), sampleSize);
  await publishModel(openModelStore(bucket, 'sensors'), model);
  return { env: emulator.env, stop: () => emulator.stop() };
}

async function startModelProcess(
  env: Readonly<Record<string, string>>,
  entry = scriptOf('../src/serve/main.ts'),
): Promise<BenchServer> {
  const server = await startNode(entry, { ...env, GOOGLE_CLOUD_PROJECT: PROJECT });
  for (;;) {
    const answer = await fetch(`${server.url}/ready`);
    const { model_version } = (await answer.json()) as { model_version: string | null };
    if (answer.ok && model_version !== null) return server;
  }
}

async function startNode(
  script: string,
  env: Readonly<Record<string, string>>,
): Promise<BenchServer> {
  const port = await freePort();
  const child = spawn(process.execPath, [script], {
    env: { ...process.env, ...env, PORT: String(port) },
    // Its log goes nowhere: a reader that is busy making load would hold it up.
    stdio: ['ignore', 'ignore', 'inherit'],
  });
  const url = `http://127.0.0.1:${port}`;
  await untilOk(`${url}/health`, child);
  return running(url, child);
}

function scriptOf(file: string): string {
  return fileURLToPath(new URL(file, import.meta.url));
}

async function freePort(): Promise<number> {
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  await new Promise((resolve) => server.close(resolve));
  return port;
}

function running(url: string, child: ChildProcess): BenchServer {
  const metric = async (name: string) => {
    const text = await (await fetch(`${url}/metrics`)).text();
    return Number(new RegExp(`^${name} (.+)$`, 'm').exec(text)?.[1] ?? Number.NaN);
  };
  return {
    url,
    pid: child.pid ?? 0,
    cpuSeconds: () => metric('process_cpu_seconds_total'),
    metric,
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
    await new Promise((resolve) => setTimeout(resolve, 5));
  }
  throw new Error(`the server for ${url} ended with ${child.exitCode}`);
}
