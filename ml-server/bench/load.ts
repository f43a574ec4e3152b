import autocannon from 'autocannon';
import type { BenchServer } from './servers.ts';

/** What one server did under load, for a while. */
export interface Load {
  readonly perSecond: number;
  /** Requests for each second of the server's processor time: what a core is good for. */
  readonly perCpuSecond: number;
  readonly p99Ms: number;
}

export interface LoadOptions {
  readonly path: string;
  readonly connections: number;
  /** The next request's body. */
  readonly body: () => string;
  readonly seconds?: number;
  /** Answers other than 2xx are an error unless this is set. */
  readonly mayRefuse?: boolean;
}

const SECONDS = 2;
const PAIRS = 6;
/** Until then the just-in-time compiler still speeds both up. */
const WARM_UPS = 4;

/** Keeps a server busy from this process. Answers with 2xx count. */
export async function load(
  server: BenchServer,
  { path, connections, body, seconds = SECONDS, mayRefuse = false }: LoadOptions,
): Promise<Load> {
  const cpuBefore = await server.cpuSeconds();
  const result = await autocannon({
    url: `${server.url}${path}`,
    connections,
    duration: seconds,
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    setupClient: (client) => {
      client.setBody(body());
      client.on('response', () => client.setBody(body()));
    },
  });
  const cpuSeconds = (await server.cpuSeconds()) - cpuBefore;
  if (!mayRefuse && 0 < result.non2xx + result.errors) {
    throw new Error(`${server.url}${path}: ${result.non2xx} refused, ${result.errors} lost`);
  }
  return {
    perSecond: result['2xx'] / result.duration,
    perCpuSecond: result['2xx'] / cpuSeconds,
    p99Ms: result.latency.p99,
  };
}

/** ABBA, so that a machine that slows down or speeds up does not favour one; each is warmed up first. */
export async function inTurn(
  a: () => Promise<Load>,
  b: () => Promise<Load>,
): Promise<[Load[], Load[]]> {
  const [as, bs]: [Load[], Load[]] = [[], []];
  for (let i = 0; i < WARM_UPS; i++) {
    await a();
    await b();
  }
  for (let pair = 0; pair < PAIRS; pair++) {
    if (pair % 2 === 0) as.push(await a());
    bs.push(await b());
    if (pair % 2 === 1) as.push(await a());
  }
  return [as, bs];
}

/** The middle of the ratios of neighbours: what disturbs one run mostly disturbs the other too. */
export function medianRatio(
  as: readonly Load[],
  bs: readonly Load[],
  of: (one: Load) => number,
): number {
  return median(as.map((one, i) => of(one) / of(bs[i] as Load)));
}

export function median(values: readonly number[]): number {
  const sorted = [...values].sort((a, b) => a - b);
  const half = sorted.length / 2;
  const [low, high] = [sorted[Math.ceil(half) - 1] as number, sorted[Math.floor(half)] as number];
  return (low + high) / 2;
}
