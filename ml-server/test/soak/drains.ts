import { type ChildProcess, spawn } from 'node:child_process';
import { connect, createServer, type Socket } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';

const CLIENTS = 50;
const BODY = '{"device_id":"sensor_001","temperature":21}';
const HEAD = `POST /detect HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\nContent-Length: ${BODY.length}\r\n\r\n`;
const SERVER = fileURLToPath(new URL('../../src/serve/main.ts', import.meta.url));

export interface DrainReport {
  /** Requests that were under way at SIGTERM, and those of them answered with 200. */
  readonly asked: number;
  readonly answered: number;
  /** Servers that did not end with 0. */
  readonly badEnds: number;
}

/**
 * Starts the server as a process, puts 50 requests under way, sends SIGTERM, lets the requests go on, and counts
 * the answers. Again and again.
 *
 * `env` says where the models are.
 */
export async function drainRounds(
  rounds: number,
  env: Readonly<Record<string, string>>,
  report: (round: number) => void,
): Promise<DrainReport> {
  let answered = 0;
  let badEnds = 0;
  for (let round = 0; round < rounds; round++) {
    const port = await freePort();
    const child = spawn(process.execPath, [SERVER], {
      env: { ...process.env, ...env, PORT: String(port) },
      stdio: ['ignore', 'ignore', 'inherit'],
    });
    const ended = new Promise<number | null>((resolve) => child.once('exit', resolve));
    await untilReady(port, child);
    const clients = await Promise.all(Array.from({ length: CLIENTS }, () => open(port)));
    for (const client of clients) client.write(HEAD + BODY.slice(0, 5));
    await untilInFlight(port);
    child.kill('SIGTERM');
    const answers = clients.map(wholeAnswer);
    await sleep(20);
    for (const client of clients) client.write(BODY.slice(5));
    for (const text of await Promise.all(answers)) {
      if (text.startsWith('HTTP/1.1 200') && text.includes('"is_anomaly":false')) answered++;
    }
    if ((await ended) !== 0) badEnds++;
    report(round + 1);
  }
  return { asked: rounds * CLIENTS, answered, badEnds };
}

async function untilReady(port: number, child: ChildProcess): Promise<void> {
  while (child.exitCode === null) {
    const answer = await fetch(`http://127.0.0.1:${port}/ready`).catch(() => null);
    if (answer?.ok) return;
    await sleep(10);
  }
  throw new Error(`the server ended with ${child.exitCode}`);
}

async function untilInFlight(port: number): Promise<void> {
  for (;;) {
    const text = await (await fetch(`http://127.0.0.1:${port}/metrics`)).text();
    if (text.includes(`iot_http_requests_in_flight ${CLIENTS}\n`)) return;
  }
}

function open(port: number): Promise<Socket> {
  return new Promise((resolve, reject) => {
    const socket = connect(port, '127.0.0.1', () => resolve(socket));
    socket.on('error', reject);
  });
}

/** All that comes until the server closes the connection. */
function wholeAnswer(socket: Socket): Promise<string> {
  let text = '';
  socket.on('data', (data) => {
    text += data.toString('utf8');
  });
  return new Promise((resolve) => socket.once('close', () => resolve(text)));
}

async function freePort(): Promise<number> {
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as { port: number };
  await new Promise((resolve) => server.close(resolve));
  return port;
}
