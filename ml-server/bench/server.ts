import autocannon from 'autocannon';
import { startEcho, startFastApi, startModelServer, timeToReady } from './servers.ts';

/** One measured number, next to its goal. */
export interface Figure {
  readonly what: string;
  readonly value: number;
  readonly unit: string;
  readonly peer: string;
  readonly goal: string;
  /** Null: the peer is not there, see `reason`. */
  readonly met: boolean | null;
  readonly reason?: string;
}

const SECONDS = 2;
const PAIRS = 3;
const BATCH_SIZE = 1_000;

/**
 * The server against a bare Fastify that checks and answers the same and judges nothing, in the same run, in
 * turn, each in a process of its own; the load comes from this process.
 */
export async function benchServer(): Promise<Figure[]> {
  await using server = await startModelServer();
  await using echo = await startEcho();
  const figures: Figure[] = [];
  for (const connections of [32, 256]) {
    const ours = () => load(`${server.url}/detect`, connections, reading);
    const theirs = () => load(`${echo.url}/detect`, connections, reading);
    const [mine, bare] = await inTurn(ours, theirs);
    const at = `at ${connections} connections`;
    figures.push(ratio(`/detect requests/s ${at}`, mine.perSecond, bare.perSecond, 0.95), {
      what: `/detect p99 ${at}`,
      value: mine.p99Ms / bare.p99Ms,
      unit: '× of peer',
      peer: ECHO,
      goal: 'at most 1.1',
      met: mine.p99Ms <= 1.1 * bare.p99Ms,
    });
    if (connections === 32) figures.push(...(await againstFastApi(mine.perSecond)));
  }
  const [mine, bare] = await inTurn(
    () => load(`${server.url}/detect/batch`, 4, batch),
    () => load(`${echo.url}/detect/batch`, 4, batch),
  );
  const readingsPerSecond = mine.perSecond * BATCH_SIZE;
  figures.push(
    {
      what: `/detect/batch of ${BATCH_SIZE}, all detectors`,
      value: readingsPerSecond,
      unit: 'readings/s',
      peer: 'none',
      goal: 'at least 650000',
      met: 650_000 <= readingsPerSecond,
    },
    ratio(`/detect/batch of ${BATCH_SIZE}`, mine.perSecond, bare.perSecond, 0.55),
  );
  figures.push(await underOverload(server.url));
  const readyMs = median([await timeToReady(), await timeToReady(), await timeToReady()]);
  figures.push({
    what: 'start to ready with a model of 100 trees',
    value: readyMs,
    unit: 'ms',
    peer: 'none',
    goal: 'below 300',
    met: readyMs < 300,
  });
  return figures;
}

const ECHO = 'bare Fastify with the same schemas';

/** Answers a second with ten times the connections that keep it busy, of which it turns half away. */
async function underOverload(url: string): Promise<Figure> {
  const busy = await load(`${url}/detect`, 100, reading);
  const overloaded = await load(`${url}/detect`, 1_000, reading, true);
  const value = overloaded.perSecond / busy.perSecond;
  return {
    what: '/detect answers/s at 1,000 connections',
    value,
    unit: '× of peer',
    peer: 'itself at 100 connections',
    goal: 'at least 0.9',
    met: 0.9 <= value,
  };
}

async function againstFastApi(perSecond: number): Promise<Figure[]> {
  const what = '/detect requests/s at 32 connections';
  const peer = 'FastAPI + scikit-learn, one worker';
  const goal = 'at least 100';
  const started = await startFastApi();
  if (typeof started === 'string') {
    return [{ what, value: perSecond, unit: 'requests/s', peer, goal, met: null, reason: started }];
  }
  await using fastApi = started;
  const theirs = await load(`${fastApi.url}/detect`, 32, reading);
  const value = perSecond / theirs.perSecond;
  return [{ what, value, unit: '× of peer', peer, goal, met: 100 <= value }];
}

function ratio(what: string, mine: number, bare: number, goal: number): Figure {
  const value = mine / bare;
  return {
    what,
    value,
    unit: '× of peer',
    peer: ECHO,
    goal: `at least ${goal}`,
    met: goal <= value,
  };
}

interface Load {
  readonly perSecond: number;
  readonly p99Ms: number;
}

/** ABBA, so that a machine that slows down or speeds up does not favour one; medians. */
async function inTurn(a: () => Promise<Load>, b: () => Promise<Load>): Promise<[Load, Load]> {
  const [as, bs]: [Load[], Load[]] = [[], []];
  await a();
  await b();
  for (let pair = 0; pair < PAIRS; pair++) {
    if (pair % 2 === 0) as.push(await a());
    bs.push(await b());
    if (pair % 2 === 1) as.push(await a());
  }
  const middle = (loads: Load[]): Load => ({
    perSecond: median(loads.map((one) => one.perSecond)),
    p99Ms: median(loads.map((one) => one.p99Ms)),
  });
  return [middle(as), middle(bs)];
}

async function load(
  url: string,
  connections: number,
  body: () => string,
  mayRefuse = false,
): Promise<Load> {
  const result = await autocannon({
    url,
    connections,
    duration: SECONDS,
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    setupClient: (client) => {
      client.setBody(body());
      client.on('response', () => client.setBody(body()));
    },
  });
  if (!mayRefuse && 0 < result.non2xx + result.errors) {
    throw new Error(`${url}: ${result.non2xx} refused, ${result.errors} lost`);
  }
  return { perSecond: result['2xx'] / result.duration, p99Ms: result.latency.p99 };
}

let readingCount = 0;

function reading(): string {
  return JSON.stringify(nextReading());
}

function batch(): string {
  return JSON.stringify({ readings: Array.from({ length: BATCH_SIZE }, nextReading) });
}

/** Readings of two hundred devices in turn. */
function nextReading() {
  readingCount++;
  return {
    device_id: `device-${readingCount % 200}`,
    temperature: 20 + (readingCount % 40) / 10,
    vibration: 1 + (readingCount % 10) / 20,
  };
}

function median(values: readonly number[]): number {
  const sorted = [...values].sort((a, b) => a - b);
  return sorted[Math.floor(sorted.length / 2)] as number;
}
