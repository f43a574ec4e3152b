import { SCHEDULED_QUERIES, TRAINING_SCHEDULE } from '@plumbline/contracts';
import type { Environment, Machine, Size } from '../environments.ts';
import { PRICES } from './prices.ts';
import {
  CPU_SECONDS,
  DELIVERIES,
  MESSAGE_OVERHEAD_BYTES,
  messageBytes,
  REQUEST_SECONDS,
  ROW_BYTES,
  SCANNED_BYTES,
  TRAINED_BYTES,
} from './units.ts';

/** What the devices send. */
export interface Load {
  readonly readingsPerSecond: number;
  /** Readings that a producer packs into a message, 1 to 500. */
  readonly readingsPerMessage: number;
}

export interface Line {
  readonly what: string;
  readonly usdPerMonth: number;
  /** What it follows from. */
  readonly because: string;
}

const GIB = 2 ** 30;
const TIB = 2 ** 40;
export const MONTH_SECONDS = 730 * 3_600;
const MONTH_MINUTES = 730 * 60;
const DAY_SECONDS = 86_400;
/** How long a training run takes. */
const TRAINING_SECONDS = 60;

/**
 * What a month of an environment costs under a load, after what is free. An estimate: good for telling cents from
 * hundreds, and for seeing which part grows.
 */
export function estimate(load: Load, environment: Environment): Line[] {
  return [
    pubsub(load),
    ...compute(load, environment),
    rowsWritten(load, environment.warehouseWriter),
    storage(load),
    ...queries(load, environment),
    ...(environment.hasRedis ? [redis(1, environment.isProtected)] : []),
  ];
}

/** Fifty devices that report every ten seconds, through a gateway: what is assumed where nobody says. */
export const USUAL_LOAD: Load = { readingsPerSecond: 5, readingsPerMessage: 10 };

/** What a million readings of a load cost with all that it takes to bring, judge and keep them. */
export function usdPerMillionReadings(environment: Environment, load = USUAL_LOAD): number {
  const usdPerMonth = sum(estimate(load, environment).map((line) => line.usdPerMonth));
  return usdPerMonth / ((load.readingsPerSecond * MONTH_SECONDS) / 1e6);
}

/** Messages a second. */
export function messageRate({ readingsPerSecond, readingsPerMessage }: Load): number {
  return readingsPerSecond / readingsPerMessage;
}

/** Bytes for which a message is paid for when it is published or delivered. */
export function billedBytes({ readingsPerMessage }: Load): number {
  const bytes = messageBytes(readingsPerMessage) + MESSAGE_OVERHEAD_BYTES;
  return Math.max(PRICES.pubsub.minimumRequestBytes, bytes);
}

export function pubsub(load: Load): Line {
  const { perTiB, freeGiB } = PRICES.pubsub;
  const messages = messageRate(load) * MONTH_SECONDS;
  const bytes = messages * billedBytes(load) * (1 + DELIVERIES);
  return {
    what: 'Pub/Sub',
    usdPerMonth: (beyond(bytes, freeGiB * GIB) / TIB) * perTiB,
    because: `${millions(messages)} messages, each billed as ${Math.round(billedBytes(load))} bytes, published once and delivered twice`,
  };
}

export function compute(load: Load, environment: Environment): Line[] {
  const { ingest, detect } = environment.functions;
  const { trainer, mlServer, dashboard } = environment;
  const trained = training(trainer);
  const parts = [
    billed(load, 'ingest', ingest),
    billed(load, 'detect', detect),
    billed(load, 'mlServer', mlServer),
    trained,
  ];
  const vcpuSeconds = sum(parts.map((part) => part.vcpuSeconds));
  const gibSeconds = sum(parts.map((part) => part.gibSeconds));
  const requests = messageRate(load) * MONTH_SECONDS * (DELIVERIES + 1);
  const { run } = PRICES;
  const warm = [mlServer, dashboard, ...Object.values(environment.functions)];
  const idle = sum(
    warm.map(
      (size) =>
        size.minInstances *
        MONTH_SECONDS *
        (size.cpu * run.perIdleVcpuSecond + (size.memoryMb / 1024) * run.perGiBSecond),
    ),
  );
  return [
    {
      what: 'Requests to functions and ML server',
      usdPerMonth: (beyond(requests, run.freeRequests) / 1e6) * run.perMillionRequests,
      because: `${millions(requests)} requests`,
    },
    {
      what: 'Functions, ML server and trainer at work',
      usdPerMonth:
        beyond(vcpuSeconds, run.freeVcpuSeconds) * run.perVcpuSecond +
        beyond(gibSeconds, run.freeGiBSeconds) * run.perGiBSecond,
      because: `${Math.round(vcpuSeconds / 3_600)} hours of a vCPU, of which ${Math.round(trained.vcpuSeconds / 3_600)} train`,
    },
    {
      what: 'Instances kept warm',
      usdPerMonth: idle,
      because: `${sum(warm.map((size) => size.minInstances))} instances`,
    },
  ];
}

export type Part = keyof typeof CPU_SECONDS;

/**
 * Instances that are busy, in the mean: as long as at least one request is in them. Requests come at random, so one
 * instance is busy for 1 - exp(-rate × duration) of the time; when more come than it takes at once, or than its
 * processors can work off, there are more.
 *
 * Source: the busy probability of an M/G/∞ queue.
 */
export function busyInstances(load: Load, part: Part, size: Size): number {
  const ownSeconds = REQUEST_SECONDS[part] + load.readingsPerMessage * CPU_SECONDS[part];
  const inFlight = messageRate(load) * Math.max(ownSeconds, PRICES.run.roundingSeconds);
  const processors = load.readingsPerSecond * CPU_SECONDS[part];
  return Math.max(1 - Math.exp(-inFlight), inFlight / size.concurrency, processors / size.cpu);
}

function billed(load: Load, part: Part, size: Size) {
  const instanceSeconds = busyInstances(load, part, size) * MONTH_SECONDS;
  return {
    vcpuSeconds: instanceSeconds * size.cpu,
    gibSeconds: instanceSeconds * (size.memoryMb / 1024),
  };
}

function training(trainer: Environment['trainer']) {
  const seconds = (MONTH_MINUTES / TRAINING_SCHEDULE.everyMinutes) * TRAINING_SECONDS;
  return {
    vcpuSeconds: seconds * trainer.cpu,
    gibSeconds: seconds * (trainer.memoryMb / 1024),
  };
}

export function rowsWritten(load: Load, writer: Environment['warehouseWriter']): Line {
  const readings = load.readingsPerSecond * MONTH_SECONDS;
  const { streamedPerGiB, minimumRowBytes, storageWritePerGiB, freeStorageWriteTiB } =
    PRICES.bigquery;
  if (writer === 'insert-all') {
    return {
      what: 'BigQuery, rows written',
      usdPerMonth: ((2 * readings * minimumRowBytes) / GIB) * streamedPerGiB,
      because: `${millions(2 * readings)} rows, a reading and its prediction, each counted as 1 KiB`,
    };
  }
  const bytes = readings * (ROW_BYTES.reading + ROW_BYTES.prediction);
  return {
    what: 'BigQuery, rows written',
    usdPerMonth: (beyond(bytes, freeStorageWriteTiB * TIB) / GIB) * storageWritePerGiB,
    because: `${millions(2 * readings)} rows, a reading and its prediction, ${(bytes / GIB).toFixed(1)} GiB`,
  };
}

export function storage(load: Load): Line {
  const readings = load.readingsPerSecond * MONTH_SECONDS;
  const bytes = readings * (ROW_BYTES.reading + ROW_BYTES.prediction);
  const { storedPerGiB, freeStoredGiB } = PRICES.bigquery;
  return {
    what: 'BigQuery, a month of data stored',
    usdPerMonth: beyond(bytes / GIB, freeStoredGiB) * storedPerGiB,
    because: `${(bytes / GIB).toFixed(1)} GiB; every further month kept adds as much`,
  };
}

export function queries(load: Load, { trainer }: Environment): Line[] {
  const { queriedPerTiB, freeQueriedTiB } = PRICES.bigquery;
  const aggregation = sum(
    Object.values(SCHEDULED_QUERIES).map(
      ({ everyMinutes, reach }) =>
        (MONTH_MINUTES / everyMinutes) * aggregationScan(load, reach.horizonMinutes),
    ),
  );
  const trainingDays = trainer.historyHours / 24;
  const history =
    (MONTH_MINUTES / TRAINING_SCHEDULE.everyMinutes) * scan(load, trainingDays, TRAINED_BYTES.run);
  const billedShare = beyond(aggregation + history, freeQueriedTiB * TIB) / (aggregation + history);
  const usd = (bytes: number) => ((bytes * billedShare) / TIB) * queriedPerTiB;
  return [
    {
      what: 'BigQuery, aggregation',
      usdPerMonth: usd(aggregation),
      because: `${Object.values(SCHEDULED_QUERIES)
        .map(
          ({ everyMinutes, reach }) =>
            `every ${everyMinutes} minutes the last ${reach.horizonMinutes}`,
        )
        .join(', ')}: ${(aggregation / TIB).toFixed(1)} TiB`,
    },
    {
      what: 'BigQuery, history for training',
      usdPerMonth: usd(history),
      because: `${trainer.historyHours} hours at each run, ${(history / TIB).toFixed(1)} TiB`,
    },
  ];
}

/** Bytes that a run of the aggregation reads: as far back as it may look, and to the beginning of that hour's partition. */
export function aggregationScan(load: Load, horizonMinutes: number): number {
  return scan(load, (horizonMinutes + 30) / (24 * 60));
}

/** Bytes that a query reads of so many days, with so many of each reading. */
export function scan(load: Load, days: number, bytesOfReading = SCANNED_BYTES): number {
  const bytes = load.readingsPerSecond * DAY_SECONDS * days * bytesOfReading;
  return Math.max(PRICES.bigquery.minimumTableBytes, bytes);
}

/** One instance that never sleeps: the MQTT bridge, the coordinator. */
export function alwaysOn(what: string, { cpu, memoryMb }: Machine): Line {
  const { perVcpuSecond, perGiBSecond } = PRICES.workers;
  return {
    what,
    usdPerMonth: MONTH_SECONDS * (cpu * perVcpuSecond + (memoryMb / 1024) * perGiBSecond),
    because: `${cpu} vCPU and ${memoryMb} MiB, always on`,
  };
}

export function redis(gb: number, isHighlyAvailable: boolean): Line {
  const { perGbHour, largeFromGb } = PRICES.redis;
  const price = isHighlyAvailable ? perGbHour.highlyAvailable : perGbHour.basic;
  return {
    what: 'Redis',
    usdPerMonth: 730 * gb * (gb < largeFromGb ? price.small : price.large),
    because: `${gb} GB, always on`,
  };
}

function beyond(amount: number, free: number): number {
  return Math.max(0, amount - free);
}

function sum(values: readonly number[]): number {
  return values.reduce((total, value) => total + value, 0);
}

function millions(count: number): string {
  return `${(count / 1e6).toFixed(1)} million`;
}
