import {
  BATCH_SIZE,
  liveBatches,
  liveReadings,
  preparedBatches,
  preparedReadings,
} from './bodies.ts';
import { inTurn, type Load, load, median, medianRatio } from './load.ts';
import { askBy } from './overload.ts';
import {
  type BenchServer,
  buildBundle,
  startEcho,
  startFastApi,
  startModelServer,
  timeToReady,
} from './servers.ts';

/** One measured number, next to its goal. */
export interface Figure {
  readonly what: string;
  readonly value: number;
  readonly unit: string;
  readonly peer: string;
  readonly goal: string;
  /** Null: nothing to compare with, or no goal; `reason` says which. */
  readonly met: boolean | null;
  readonly reason?: string;
}

const ECHO = 'bare Fastify, same schemas';
/** As many as it bears without turning any away. */
const BUSY_CLIENTS = 256;
const NO_GOAL = { goal: 'none', met: null, reason: 'for comparison' };

/**
 * The server against a bare Fastify that checks and answers the same and judges nothing, in the same run, in
 * turn, each in a process of its own; the load comes from this process.
 *
 * The goals are those of a server that judges each reading by itself with one forest (DETECTORS=forest); what
 * the streaming detectors cost is told beside it.
 */
export async function benchServer(): Promise<Figure[]> {
  await using echo = await startEcho();
  const figures: Figure[] = [];
  {
    await using server = await startModelServer({ DETECTORS: 'forest' });
    for (const connections of [32, 256]) {
      figures.push(...(await singleFigures(server, echo, connections)));
    }
    figures.push(await cacheFigure(server), await againstFastApi(server));
    figures.push(...(await batchFigures(server, echo)));
  }
  {
    await using server = await startModelServer();
    figures.push(...(await streamingFigures(server, echo)), ...(await overloadFigures(server)));
  }
  figures.push(...(await startFigures()));
  return figures;
}

/** As a container starts, and as it would if its build had compiled nothing ahead. */
async function startFigures(): Promise<Figure[]> {
  const { entry, env } = buildBundle();
  const [compiled, uncompiled]: [number[], number[]] = [[], []];
  for (let i = 0; i < 7; i++) {
    uncompiled.push(await timeToReady(entry, { NODE_DISABLE_COMPILE_CACHE: '1' }));
    compiled.push(await timeToReady(entry, env));
  }
  const what = 'start to ready with a model of 100 trees, as built for a container';
  const readyMs = median(compiled);
  return [
    { what, value: readyMs, unit: 'ms', peer: 'none', goal: 'below 300', met: readyMs < 300 },
    {
      what: `${what}, but nothing compiled ahead`,
      value: median(uncompiled),
      unit: 'ms',
      peer: 'none',
      ...NO_GOAL,
    },
  ];
}

async function singleFigures(
  server: BenchServer,
  echo: BenchServer,
  connections: number,
): Promise<Figure[]> {
  const options = { path: '/detect', connections, body: preparedReadings('temperature') };
  const [ours, theirs] = await inTurn(
    () => load(server, options),
    () => load(echo, options),
  );
  const at = `at ${connections} connections`;
  const p99 = medianRatio(ours, theirs, ({ p99Ms }) => p99Ms);
  return [
    atLeast(0.95, {
      what: `/detect requests/s ${at}`,
      value: medianRatio(ours, theirs, ({ perSecond }) => perSecond),
      peer: ECHO,
    }),
    atLeast(0.95, {
      what: `/detect requests per CPU second ${at}`,
      value: medianRatio(ours, theirs, ({ perCpuSecond }) => perCpuSecond),
      peer: ECHO,
    }),
    {
      what: `/detect p99 ${at}`,
      value: p99,
      unit: '× of peer',
      peer: ECHO,
      goal: 'at most 1.1',
      met: p99 <= 1.1,
    },
  ];
}

/** Whether a cache of predictions would pay: one that always hits, and costs nothing, saves this. */
async function cacheFigure(server: BenchServer): Promise<Figure> {
  const spent = async () => ({
    judgingSeconds: await server.metric('iot_prediction_duration_seconds_sum'),
    cpuSeconds: await server.cpuSeconds(),
  });
  const before = await spent();
  await load(server, { path: '/detect', connections: 32, body: preparedReadings('temperature') });
  const after = await spent();
  const judging = after.judgingSeconds - before.judgingSeconds;
  return {
    what: '/detect at 32 connections, what a perfect cache of predictions would save',
    value: (100 * judging) / (after.cpuSeconds - before.cpuSeconds),
    unit: '% of processor time',
    peer: 'none',
    ...NO_GOAL,
  };
}

async function batchFigures(server: BenchServer, echo: BenchServer): Promise<Figure[]> {
  const brief = { connections: 4, body: preparedBatches('temperature', 'anomalies') };
  const [ours, unscored] = await inTurn(
    () => load(server, { ...brief, path: '/detect/batch' }),
    () => load(echo, { ...brief, path: '/detect/batch/unscored' }),
  );
  const full = { connections: 4, body: preparedBatches('temperature', 'all') };
  const [explained, checked] = await inTurn(
    () => load(server, { ...full, path: '/detect/batch' }),
    () => load(echo, { ...full, path: '/detect/batch' }),
  );
  const perCore = readingsPerCore(ours);
  return [
    {
      what: `/detect/batch of ${BATCH_SIZE}, anomalies explained`,
      value: perCore,
      unit: 'readings/s a core',
      peer: 'none',
      goal: 'at least 650000',
      met: 650_000 <= perCore,
    },
    atLeast(0.55, {
      what: `/detect/batch of ${BATCH_SIZE}, anomalies explained`,
      value: medianRatio(ours, unscored, ({ perCpuSecond }) => perCpuSecond),
      peer: 'the same route without scoring',
    }),
    {
      what: `/detect/batch of ${BATCH_SIZE}, all explained`,
      value: readingsPerCore(explained),
      unit: 'readings/s a core',
      peer: 'none',
      ...NO_GOAL,
    },
    {
      what: `/detect/batch of ${BATCH_SIZE}, all explained`,
      value: medianRatio(explained, checked, ({ perCpuSecond }) => perCpuSecond),
      unit: '× of peer',
      peer: ECHO,
      ...NO_GOAL,
    },
  ];
}

async function streamingFigures(server: BenchServer, echo: BenchServer): Promise<Figure[]> {
  const options = { path: '/detect', connections: 32, body: liveReadings('temperature') };
  const [ours, theirs] = await inTurn(
    () => load(server, options),
    () => load(echo, options),
  );
  const batches = { path: '/detect/batch', connections: 4 };
  const body = liveBatches('temperature', 'anomalies');
  const runs = [await load(server, { ...batches, body }), await load(server, { ...batches, body })];
  return [
    {
      what: '/detect requests/s at 32 connections, streaming detectors too',
      value: medianRatio(ours, theirs, ({ perSecond }) => perSecond),
      unit: '× of peer',
      peer: ECHO,
      ...NO_GOAL,
    },
    {
      what: `/detect/batch of ${BATCH_SIZE}, streaming detectors too`,
      value: readingsPerCore(runs),
      unit: 'readings/s a core',
      peer: 'none',
      ...NO_GOAL,
    },
  ];
}

/**
 * Ten times the clients that keep it busy, of which it turns most away, and what is left of it after that. Three times
 * over: the machine's own speed changes by as much as the goals allow.
 */
async function overloadFigures(server: BenchServer): Promise<Figure[]> {
  const body = liveReadings('temperature');
  const ask = (clients: number, seconds: number) => askBy(clients, server, body, seconds);
  await ask(BUSY_CLIENTS, 4);
  const [goodputs, p99s, recoveries]: [number[], number[], number[]] = [[], [], []];
  for (let round = 0; round < 3; round++) {
    const busy = await ask(BUSY_CLIENTS, 3);
    const overloaded = await ask(10 * BUSY_CLIENTS, 6);
    // The first second after the load is gone may still be slow, the second may not.
    await ask(BUSY_CLIENTS, 1);
    const after = await ask(BUSY_CLIENTS, 1);
    goodputs.push(overloaded.perSecond / busy.perSecond);
    p99s.push(overloaded.p99Ms / busy.p99Ms);
    recoveries.push(after.perSecond / busy.perSecond);
  }
  const peer = `itself with ${BUSY_CLIENTS} clients`;
  const at = `with ${10 * BUSY_CLIENTS} clients`;
  const p99 = median(p99s);
  return [
    atLeast(0.9, { what: `/detect answers/s ${at}`, value: median(goodputs), peer }),
    {
      what: `/detect p99 of what is let in ${at}`,
      value: p99,
      unit: '× of peer',
      peer,
      goal: 'at most 2',
      met: p99 <= 2,
    },
    atLeast(0.9, {
      what: '/detect answers/s in the second second after that',
      value: median(recoveries),
      peer,
    }),
  ];
}

async function againstFastApi(server: BenchServer): Promise<Figure> {
  const what = '/detect requests/s at 32 connections';
  const peer = 'FastAPI + scikit-learn, one worker';
  const body = preparedReadings('both');
  const options = { path: '/detect', connections: 32, body, seconds: 5 };
  const goal = 'at least 100';
  const started = await startFastApi();
  if (typeof started === 'string') {
    const { perSecond: value } = await load(server, options);
    return {
      what,
      value,
      unit: 'requests/s',
      peer,
      goal,
      met: null,
      reason: started,
    };
  }
  await using fastApi = started;
  const runs = async (one: BenchServer) => [await load(one, options), await load(one, options)];
  const theirs = await runs(fastApi);
  const ours = await runs(server);
  const value = medianRatio(ours, theirs, ({ perSecond }) => perSecond);
  // A peer that is too slow to answer once in the time given is no measure.
  if (!Number.isFinite(value)) {
    const [{ perSecond }] = ours as [Load];
    const reason = 'it answered nothing in the time given';
    return { what, value: perSecond, unit: 'requests/s', peer, goal, met: null, reason };
  }
  return atLeast(100, { what, value, peer });
}

function readingsPerCore(loads: readonly Load[]): number {
  return BATCH_SIZE * median(loads.map(({ perCpuSecond }) => perCpuSecond));
}

function atLeast(
  goal: number,
  { what, value, peer }: { readonly what: string; readonly value: number; readonly peer: string },
): Figure {
  return { what, value, unit: '× of peer', peer, goal: `at least ${goal}`, met: goal <= value };
}
