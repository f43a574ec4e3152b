import { SCHEDULED_QUERIES, TABLES } from '@plumbline/contracts';
import { aggregationScan, billedBytes, messageRate, scan } from '../cost/estimate.ts';
import { DELIVERIES, ROW_BYTES, TRAINED_BYTES } from '../cost/units.ts';
import { devicesRemembered, ENVIRONMENTS } from '../environments.ts';
import {
  type Design,
  environmentOf,
  has,
  instancesOf,
  loadOf,
  redisGb,
  SHARDS,
  type Switch,
  workersOf,
} from './design.ts';

/** Something of which there is only so much. */
export interface Limit {
  readonly what: string;
  readonly unit: string;
  readonly limit: number;
  readonly source: string;
  /** What a design takes of it, in the same unit. */
  readonly load: (design: Design) => number;
  /** What to flip when it does not suffice, the cheapest first. Empty: it cannot be reached by more devices. */
  readonly remedies: readonly Switch[];
}

const PUBSUB = 'https://cloud.google.com/pubsub/quotas, a large region such as europe-west1';
const BIGQUERY = 'https://cloud.google.com/bigquery/quotas, the multi-region EU or US';
const OURS = 'infra/src/environments.ts, prod';
/** Devices that share an ordering key: those of a gateway. */
const DEVICES_PER_KEY = 100;
/** What a slot reads, joins and groups in a second. A guess, to be replaced by what the first real runs take. */
const SLOT_BYTES_PER_SECOND = 5e6;

const { prod } = ENVIRONMENTS;
const published = (design: Design) => messageRate(loadOf(design)) * billedBytes(loadOf(design));
const shards = (design: Design) => (has(design, 'sharded topics') ? SHARDS : 1);

/** Every quota that a reading meets on its way, in order. Google raises most of them when asked; a plan does not count on it. */
export const LIMITS: readonly Limit[] = [
  {
    what: 'Pub/Sub, published in a region',
    unit: 'MB/s',
    limit: 4_000,
    source: PUBSUB,
    load: (design) => published(design) / shards(design) / 1e6,
    remedies: ['packing', 'full packing', 'sharded topics'],
  },
  {
    what: 'Pub/Sub, pushed in a region',
    unit: 'MB/s',
    limit: 440,
    source: PUBSUB,
    load: (design) =>
      has(design, 'pull workers') ? 0 : (DELIVERIES * published(design)) / shards(design) / 1e6,
    remedies: ['packing', 'full packing', 'pull workers'],
  },
  {
    what: 'Pub/Sub, pulled in a region',
    unit: 'MB/s',
    limit: 4_000,
    source: PUBSUB,
    load: (design) =>
      has(design, 'pull workers') ? (DELIVERIES * published(design)) / shards(design) / 1e6 : 0,
    remedies: ['full packing', 'sharded topics'],
  },
  {
    what: `Pub/Sub, an ordering key of ${DEVICES_PER_KEY} devices`,
    unit: 'MB/s',
    limit: 1,
    source: PUBSUB,
    load: (design) => (published(design) / design.devices) * (DEVICES_PER_KEY / 1e6),
    remedies: ['packing', 'full packing'],
  },
  {
    what: 'Instances of ingest',
    unit: '',
    limit: prod.functions.ingest.maxInstances,
    source: OURS,
    load: (design) => instancesOf(design, 'ingest'),
    remedies: ['packing', 'full packing', 'pull workers'],
  },
  {
    what: 'Instances of detect',
    unit: '',
    limit: prod.functions.detect.maxInstances,
    source: OURS,
    load: (design) => instancesOf(design, 'detect'),
    remedies: ['packing', 'full packing', 'pull workers'],
  },
  {
    what: 'Workers that pull, and ML servers',
    unit: '',
    limit: 1_000,
    source:
      'https://cloud.google.com/run/quotas, instances of 1 vCPU and 1 GiB; more in large regions',
    load: (design) =>
      workersOf(design) + (has(design, 'redis') ? instancesOf(design, 'mlServer') : 0),
    remedies: ['sharded topics'],
  },
  {
    what: 'Processors of the one ML server',
    unit: '%',
    limit: 100,
    source: OURS,
    load: (design) => (has(design, 'redis') ? 0 : 100 * instancesOf(design, 'mlServer')),
    remedies: ['packing', 'redis'],
  },
  {
    what: 'Devices that the ML server remembers',
    unit: '',
    limit: devicesRemembered(prod.mlServer),
    source: OURS,
    load: (design) => (has(design, 'redis') ? 0 : design.devices),
    remedies: ['redis'],
  },
  {
    what: 'Redis, an instance',
    unit: 'GB',
    limit: 300,
    source: 'https://cloud.google.com/memorystore/docs/redis/quotas; above it a Redis Cluster',
    load: (design) => (has(design, 'redis') && !has(design, 'redis cluster') ? redisGb(design) : 0),
    remedies: ['redis cluster'],
  },
  {
    what: 'BigQuery, rows written',
    unit: 'MB/s',
    limit: 3_000,
    source: BIGQUERY,
    load: (design) => {
      const bytes =
        ROW_BYTES.prediction + (has(design, 'BigQuery subscription') ? 0 : ROW_BYTES.reading);
      return (loadOf(design).readingsPerSecond * bytes) / 1e6;
    },
    remedies: ['BigQuery subscription'],
  },
  {
    what: 'BigQuery, connections that write',
    unit: '',
    limit: 10_000,
    source: BIGQUERY,
    // Each instance holds one for each of its tables.
    load: (design) =>
      2 * (instancesOf(design, 'ingest') + instancesOf(design, 'detect') + workersOf(design)),
    remedies: ['pull workers'],
  },
  {
    what: 'BigQuery, partitions of readings_raw',
    unit: '',
    limit: 10_000,
    source: BIGQUERY,
    load: () => 24 * TABLES.readings_raw.expirationDays,
    remedies: [],
  },
  {
    what: 'BigQuery, slots that the aggregation keeps busy',
    unit: '',
    limit: 2_000,
    source: `${BIGQUERY}, on demand; ${SLOT_BYTES_PER_SECOND / 1e6} MB/s for each is a guess`,
    load: (design) =>
      has(design, 'dataflow')
        ? 0
        : Object.values(SCHEDULED_QUERIES).reduce(
            (sum, { everyMinutes, reach }) =>
              sum +
              aggregationScan(loadOf(design), reach.horizonMinutes) /
                (everyMinutes * 60 * SLOT_BYTES_PER_SECOND),
            0,
          ),
    remedies: ['dataflow'],
  },
  {
    what: 'Training, bytes of a query',
    unit: 'GB',
    limit: 20,
    source: 'TRAINING_MAX_GB_BILLED, our own guard',
    load: (design) => {
      const days = environmentOf(design).trainer.historyHours / 24;
      return scan(loadOf(design), days, TRAINED_BYTES.query) / 1e9;
    },
    remedies: ['shorter history'],
  },
];

/** How much of a limit a design takes; 1 is all of it. */
export function share({ load, limit }: Limit, design: Design): number {
  return load(design) / limit;
}
