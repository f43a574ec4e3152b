import {
  busyInstances,
  compute,
  type Line,
  type Load,
  MONTH_SECONDS,
  messageRate,
  pubsub,
  queries,
  redis,
  rowsWritten,
  storage,
} from '../cost/estimate.ts';
import { PRICES } from '../cost/prices.ts';
import {
  CPU_SECONDS,
  HISTORY_BYTES,
  MESSAGE_OVERHEAD_BYTES,
  ROW_BYTES,
  TRAINED_BYTES,
} from '../cost/units.ts';
import { ENVIRONMENTS, type Environment } from '../environments.ts';

/** A way to grow. */
export interface Growth {
  readonly does: string;
  /** Where it is switched on, or that it would have to be built. */
  readonly where: string;
  /** Means nothing without another switch. */
  readonly after?: Switch;
}

export type Switch =
  | 'packing'
  | 'full packing'
  | 'redis'
  | 'redis cluster'
  | 'shorter history'
  | 'pull workers'
  | 'BigQuery subscription'
  | 'sharded topics'
  | 'dataflow';

export const SWITCHES: Readonly<Record<Switch, Growth>> = {
  packing: {
    does: 'a site of 100 devices sends what they measure in an interval as one message',
    where: 'docs/gateway.md, a body of many readings',
  },
  'full packing': {
    does: 'a message carries 500 readings, of 500 devices or of five intervals',
    where: 'docs/gateway.md, a body of many readings',
    after: 'packing',
  },
  redis: {
    does: 'devices are remembered in Redis, and there are as many ML servers as it takes',
    where: '`hasRedis`, and `maxInstances` of `mlServer`',
  },
  'redis cluster': {
    does: 'the history of devices is spread over a Redis Cluster',
    where: 'to be built: a client and a construct for it',
    after: 'redis',
  },
  'shorter history': {
    does: 'a training run reads as much history as 20 GB hold',
    where: '`historyHours` of `trainer`',
  },
  'pull workers': {
    does: 'worker pools pull batches where functions are called message by message',
    where: 'to be built, around the same code',
  },
  'BigQuery subscription': {
    does: 'Pub/Sub writes rows of a second topic, one message a reading, which gateways have checked',
    where: 'to be built; `hasArchive` keeps messages that way already',
  },
  'sharded topics': {
    does: 'a topic in each of several regions',
    where: 'to be built: one project for each region does it today',
  },
  dataflow: {
    does: 'Dataflow aggregates the stream, so that nothing is read twice',
    where: "to be built on Google's engine",
  },
};

/** Devices and how often each measures, with the switches that are flipped. */
export interface Design {
  readonly devices: number;
  readonly intervalSeconds: number;
  readonly switches: readonly Switch[];
}

const PROD = ENVIRONMENTS.prod;
/** A worker is kept at this share of its processors. */
const WORKER_LOAD = 0.6;
/** Regions among which topics are spread. */
export const SHARDS = 4;
/** Google's own connector writes 27,000 rows/s a vCPU (performance of Dataflow's write to BigQuery); windows take as much again. */
const DATAFLOW_READINGS_PER_VCPU = 13_500;
const DATAFLOW_GB_PER_VCPU = 4;

export function has({ switches }: Design, name: Switch): boolean {
  return switches.includes(name);
}

export function loadOf(design: Design): Load {
  const packed = has(design, 'full packing') ? 500 : has(design, 'packing') ? 100 : 1;
  return {
    readingsPerSecond: design.devices / design.intervalSeconds,
    readingsPerMessage: packed,
  };
}

/** `prod` with what the switches change in it. */
export function environmentOf(design: Design): Environment {
  const instances = Math.max(1, Math.ceil(instancesOf(design, 'mlServer')));
  return {
    ...PROD,
    hasRedis: has(design, 'redis'),
    mlServer: { ...PROD.mlServer, maxInstances: has(design, 'redis') ? instances : 1 },
    trainer: {
      ...PROD.trainer,
      historyHours: has(design, 'shorter history')
        ? Math.min(PROD.trainer.historyHours, historyHours(design))
        : PROD.trainer.historyHours,
    },
  };
}

/** Instances of a part that are busy in the mean; workers that pull are counted as workers. */
export function instancesOf(design: Design, part: 'ingest' | 'detect' | 'mlServer'): number {
  const load = loadOf(design);
  if (part === 'mlServer') return busyInstances(load, part, PROD.mlServer);
  if (part === 'ingest' && has(design, 'BigQuery subscription')) return 0;
  if (has(design, 'pull workers')) return 0;
  return busyInstances(load, part, PROD.functions[part]);
}

/** Worker instances of one vCPU that pull, for `ingest` and `detect` together. */
export function workersOf(design: Design): number {
  if (!has(design, 'pull workers')) return 0;
  const parts = has(design, 'BigQuery subscription')
    ? ['detect' as const]
    : ['ingest' as const, 'detect' as const];
  const { readingsPerSecond } = loadOf(design);
  return Math.ceil(
    parts.reduce((sum, part) => sum + (readingsPerSecond * CPU_SECONDS[part]) / WORKER_LOAD, 0),
  );
}

/** Gigabytes of Redis that hold the history of all devices. */
export function redisGb({ devices }: Design): number {
  return Math.max(1, Math.ceil((devices * HISTORY_BYTES) / 1e9));
}

/** Hours of history that a query of 20 GB reads: TRAINING_MAX_GB_BILLED of the trainer. */
function historyHours(design: Design): number {
  const perHour = loadOf(design).readingsPerSecond * 3_600 * TRAINED_BYTES.query;
  return Math.max(0.1, Math.floor((10 * 20e9) / perHour) / 10);
}

/** US$ a month of a design, part by part. A design that no quota allows has a price as well. */
export function linesOf(design: Design): Line[] {
  const load = loadOf(design);
  const environment = environmentOf(design);
  return [
    pubsub(load),
    ...compute(load, environment).filter(
      ({ what }) => !has(design, 'pull workers') || what === 'Instances kept warm',
    ),
    ...(has(design, 'pull workers') ? pulled(design) : []),
    ...(has(design, 'BigQuery subscription') ? [subscribed(load)] : []),
    rowsWritten(load, environment.warehouseWriter),
    storage(load),
    ...queries(load, environment).map((line) =>
      line.what === 'BigQuery, aggregation' && has(design, 'dataflow') ? dataflow(load) : line,
    ),
    ...(has(design, 'redis') ? [redis(redisGb(design), true)] : []),
  ];
}

export function usdOf(design: Design): number {
  return linesOf(design).reduce((sum, { usdPerMonth }) => sum + usdPerMonth, 0);
}

/** Workers instead of functions; the ML server stays a service that they call. */
function pulled(design: Design): Line[] {
  const load = loadOf(design);
  const { mlServer } = environmentOf(design);
  const { perVcpuSecond, perGiBSecond } = PRICES.workers;
  const workers = workersOf(design);
  const calls = messageRate(load) * MONTH_SECONDS;
  const busy = busyInstances(load, 'mlServer', mlServer) * MONTH_SECONDS;
  return [
    {
      what: 'Workers that pull',
      usdPerMonth: workers * MONTH_SECONDS * (perVcpuSecond + 0.5 * perGiBSecond),
      because: `${workers} of 1 vCPU and 512 MiB`,
    },
    {
      what: 'ML server, requests and work',
      usdPerMonth:
        (calls / 1e6) * PRICES.run.perMillionRequests +
        busy *
          (mlServer.cpu * PRICES.run.perVcpuSecond +
            (mlServer.memoryMb / 1024) * PRICES.run.perGiBSecond),
      because: `${(calls / 1e6).toFixed(1)} million requests`,
    },
  ];
}

/** The second topic: published in batches, and written by Pub/Sub. */
function subscribed({ readingsPerSecond }: Load): Line {
  const bytes = readingsPerSecond * MONTH_SECONDS * (ROW_BYTES.reading + MESSAGE_OVERHEAD_BYTES);
  const { perTiB, bigQuerySubscriptionPerTiB } = PRICES.pubsub;
  return {
    what: 'BigQuery subscription',
    usdPerMonth: (bytes / 2 ** 40) * (perTiB + bigQuerySubscriptionPerTiB),
    because: `${(bytes / 2 ** 40).toFixed(1)} TiB published and written`,
  };
}

function dataflow({ readingsPerSecond }: Load): Line {
  const vcpu = Math.max(1, Math.ceil(readingsPerSecond / DATAFLOW_READINGS_PER_VCPU));
  const { perVcpuHour, perGbHour, perGbProcessed } = PRICES.dataflow;
  const gb = (readingsPerSecond * MONTH_SECONDS * ROW_BYTES.reading) / 1e9;
  return {
    what: 'Dataflow, aggregation',
    usdPerMonth:
      730 * vcpu * (perVcpuHour + DATAFLOW_GB_PER_VCPU * perGbHour) + gb * perGbProcessed,
    because: `${vcpu} vCPU, ${Math.round(gb)} GB`,
  };
}
