import { SCHEDULED_QUERIES, TRAINING_SCHEDULE } from '@plumbline/contracts';
import type { Environment, Size } from '../environments.ts';
import { PRICES } from './prices.ts';

/** What the devices send. */
export interface Load {
  readonly readingsPerSecond: number;
  /** Size of a reading as JSON. */
  readonly readingBytes: number;
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
const MONTH_SECONDS = 730 * 3_600;
const MONTH_MINUTES = 730 * 60;
const DAY_SECONDS = 86_400;

/** Attributes, id and time of a message, which are paid for as well. */
const MESSAGE_OVERHEAD_BYTES = 100;
/** Subscriptions that get every message: `ingest` and `detect`. */
const DELIVERIES = 2;
/** From the arrival of a push to its answer: an append to BigQuery takes 80 ms at the median; `detect` asks the ML server first. */
const SECONDS = { ingest: 0.1, detect: 0.2, mlServer: 0.05 };
/** A stored row: what a reading, and what a prediction takes. */
const ROW_BYTES = { reading: 150, prediction: 200 };
/** The columns that the aggregation and the trainer read of a reading. */
const SCANNED_BYTES = 100;
/** Days of history of a training run, and how long it takes. */
const TRAINING = { days: 7, seconds: 60 };

/**
 * What a month of an environment costs under a load, after what is free. An estimate: good for telling cents from
 * hundreds, and for seeing which part grows.
 */
export function estimate(load: Load, environment: Environment): Line[] {
  const readings = load.readingsPerSecond * MONTH_SECONDS;
  const messages = readings / load.readingsPerMessage;
  return [
    pubsub(load, messages),
    ...compute(messages, environment),
    streaming(readings),
    storage(readings),
    ...queries(load),
    ...(environment.hasRedis ? [redis(environment)] : []),
  ];
}

function pubsub(load: Load, messages: number): Line {
  const { perTiB, minimumRequestBytes, freeGiB } = PRICES.pubsub;
  const messageBytes = load.readingBytes * load.readingsPerMessage + MESSAGE_OVERHEAD_BYTES;
  const bytes = messages * Math.max(minimumRequestBytes, messageBytes) * (1 + DELIVERIES);
  return {
    what: 'Pub/Sub',
    usdPerMonth: (beyond(bytes, freeGiB * GIB) / TIB) * perTiB,
    because: `${millions(messages)} messages of ${Math.round(messageBytes)} bytes, published once and delivered twice`,
  };
}

function compute(messages: number, environment: Environment): Line[] {
  const { ingest, detect } = environment.functions;
  const { trainer, mlServer, dashboard } = environment;
  const trained = training(trainer);
  const parts = [
    busy(messages, SECONDS.ingest, ingest),
    busy(messages, SECONDS.detect, detect),
    busy(messages, SECONDS.mlServer, mlServer),
    trained,
  ];
  const vcpuSeconds = sum(parts.map((part) => part.vcpuSeconds));
  const gibSeconds = sum(parts.map((part) => part.gibSeconds));
  const requests = messages * (DELIVERIES + 1);
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

/**
 * Time for which instances are billed: as long as at least one request is in them. Requests come at random, so one
 * instance is busy for 1 - exp(-rate × duration) of the time, and when more come than it takes at once there are more.
 *
 * Source: the busy probability of an M/G/∞ queue.
 */
function busy(requests: number, seconds: number, size: Size) {
  const duration = Math.max(seconds, PRICES.run.roundingSeconds);
  const inFlight = (requests / MONTH_SECONDS) * duration;
  const instances = Math.max(1 - Math.exp(-inFlight), inFlight / size.concurrency);
  const instanceSeconds = instances * MONTH_SECONDS;
  return {
    vcpuSeconds: instanceSeconds * size.cpu,
    gibSeconds: instanceSeconds * (size.memoryMb / 1024),
  };
}

function training(trainer: Environment['trainer']) {
  const seconds = (MONTH_MINUTES / TRAINING_SCHEDULE.everyMinutes) * TRAINING.seconds;
  return {
    vcpuSeconds: seconds * trainer.cpu,
    gibSeconds: seconds * (trainer.memoryMb / 1024),
  };
}

function streaming(readings: number): Line {
  const { streamedPerGiB, minimumRowBytes } = PRICES.bigquery;
  const rows = readings * 2;
  return {
    what: 'BigQuery, rows written',
    usdPerMonth: ((rows * minimumRowBytes) / GIB) * streamedPerGiB,
    because: `${millions(rows)} rows, a reading and its prediction, each counted as 1 KiB`,
  };
}

function storage(readings: number): Line {
  const bytes = readings * (ROW_BYTES.reading + ROW_BYTES.prediction);
  const { storedPerGiB, freeStoredGiB } = PRICES.bigquery;
  return {
    what: 'BigQuery, a month of data stored',
    usdPerMonth: beyond(bytes / GIB, freeStoredGiB) * storedPerGiB,
    because: `${(bytes / GIB).toFixed(1)} GiB; every further month kept adds as much`,
  };
}

function queries(load: Load): Line[] {
  const { queriedPerTiB, freeQueriedTiB } = PRICES.bigquery;
  // As far back as a run may look, and to the beginning of that hour's partition, half an hour earlier in the mean.
  const aggregation = sum(
    Object.values(SCHEDULED_QUERIES).map(
      ({ everyMinutes, reach }) =>
        (MONTH_MINUTES / everyMinutes) * scan(load, (reach.horizonMinutes + 30) / (24 * 60)),
    ),
  );
  const history = (MONTH_MINUTES / TRAINING_SCHEDULE.everyMinutes) * scan(load, TRAINING.days);
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
      because: `${TRAINING.days} days at each run, ${(history / TIB).toFixed(1)} TiB`,
    },
  ];
}

function scan(load: Load, days: number): number {
  const bytes = load.readingsPerSecond * DAY_SECONDS * days * SCANNED_BYTES;
  return Math.max(PRICES.bigquery.minimumTableBytes, bytes);
}

function redis(environment: Environment): Line {
  const { basic, highlyAvailable } = PRICES.redis.perHour;
  return {
    what: 'Redis',
    usdPerMonth: 730 * (environment.isProtected ? highlyAvailable : basic),
    because: '1 GB, always on',
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
