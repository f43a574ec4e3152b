import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { connect, createServer } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { expect, onTestFinished, test } from 'vitest';

const root = fileURLToPath(new URL('../../..', import.meta.url));

/** The real functions-framework, as Cloud Run starts it, with a function that answers after 700 ms. */
async function startSlowFunction(): Promise<{ port: number; child: ChildProcess }> {
  const port = await freePort();
  const framework = 'node_modules/@google-cloud/functions-framework/build/src/main.js';
  const source = 'functions/fixtures/slow-function.ts';
  const child = spawn(
    process.execPath,
    [framework, '--source', source, '--target', 'slow', '--port', String(port)],
    { cwd: root, stdio: 'ignore' },
  );
  onTestFinished(() => void child.kill('SIGKILL'));
  while (!(await accepts('127.0.0.1', port))) await sleep(30);
  return { port, child };
}

test('SIGTERM lets requests in flight end, then the process exits with 0', async () => {
  const { port, child } = await startSlowFunction();
  const answers = [1, 2, 3, 4].map(() => fetch(`http://127.0.0.1:${port}/`, post('{}')));
  await sleep(200);
  const exit = once(child, 'exit');
  child.kill('SIGTERM');
  expect((await Promise.all(answers)).map(({ status }) => status)).toEqual([204, 204, 204, 204]);
  expect(await exit).toEqual([0, null]);
});

test('a body that is too large is refused, and only this machine can ask', async () => {
  const { port } = await startSlowFunction();
  const answer = await fetch(`http://127.0.0.1:${port}/`, post('x'.repeat(1_001)));
  expect(answer.status).toBe(413);
  expect(await answer.json()).toMatchObject({ detail: 'at most 1000 bytes' });
  expect(await accepts('127.0.0.2', port)).toBe(false);
});

function post(body: string): RequestInit {
  return { method: 'POST', headers: { 'content-type': 'application/json' }, body };
}

function accepts(host: string, port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect(port, host);
    socket.once('connect', () => {
      socket.destroy();
      resolve(true);
    });
    socket.once('error', () => resolve(false));
  });
}

async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as { port: number };
  server.close();
  await once(server, 'close');
  return port;
}
