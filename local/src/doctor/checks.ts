import { BigQuery } from '@google-cloud/bigquery';
import { PubSub } from '@google-cloud/pubsub';
import { Storage } from '@google-cloud/storage';
import {
  DATASET,
  MAX_BYTES_BILLED,
  MODEL_NAME,
  modelBucket,
  SUBSCRIPTIONS,
  TABLES,
  VIEWS,
} from '@plumbline/contracts';
import type { Ports } from '../ports.ts';
import { coordinatorUrl } from '../stack.ts';

export interface Finding {
  readonly isGood: boolean;
  readonly detail: string;
  /** What to do about it, if it is not good. */
  readonly fix?: string;
}

export interface Check {
  readonly name: string;
  run(): Promise<Finding>;
}

const START = 'start the pipeline: npm start';

/**
 * What must be true for readings to become anomalies, in the order in which data flows.
 *
 * `ports` are those of a pipeline on this machine; undefined looks at Google Cloud, where IAM guards these doors.
 */
export function checks(
  projectId: string,
  nodeVersion: string,
  nowMs: number,
  ports: Ports | undefined,
): Check[] {
  const bigquery = new BigQuery({ projectId });
  const dataset = bigquery.dataset(DATASET);
  return [
    {
      name: 'Node',
      async run() {
        const [major = 0, minor = 0] = nodeVersion.slice(1).split('.').map(Number);
        const isGood = 22 < major || (major === 22 && 18 <= minor);
        return { isGood, detail: nodeVersion, fix: 'run it by npm, which brings Node 24: npm ci' };
      },
    },
    {
      name: 'Pub/Sub',
      async run() {
        const pubsub = new PubSub({ projectId });
        try {
          const [subscriptions] = await pubsub.getSubscriptions();
          const found = subscriptions.map(({ name }) => name.split('/').at(-1) ?? '');
          return compare('subscriptions', Object.keys(SUBSCRIPTIONS), found);
        } finally {
          await pubsub.close();
        }
      },
    },
    ...(ports === undefined ? [] : [gatewayCheck(ports), federatedCheck(ports)]),
    {
      name: 'BigQuery',
      async run() {
        const [tables] = await dataset.getTables();
        const wanted = [...Object.keys(TABLES), ...Object.keys(VIEWS)];
        return compare(
          'tables',
          wanted,
          tables.map(({ id }) => id ?? ''),
        );
      },
    },
    {
      name: 'Readings',
      async run() {
        const [rows] = await bigquery.query({
          query: `SELECT COUNT(*) AS row_count, MAX(received_at) AS newest FROM ${DATASET}.readings_raw
           WHERE measured_at >= TIMESTAMP_SUB(CURRENT_TIMESTAMP(), INTERVAL 24 HOUR)`,
          maximumBytesBilled: MAX_BYTES_BILLED,
        });
        const { row_count: count, newest } = rows[0] as {
          row_count: number;
          newest: { value: string } | null;
        };
        if (newest === null) {
          return { isGood: false, detail: 'none in 24 h', fix: 'publish some: npm run simulate' };
        }
        const ageSeconds = Math.round((nowMs - Date.parse(newest.value)) / 1000);
        return {
          isGood: ageSeconds < 300,
          detail: `${count} in 24 h, the newest ${ageSeconds} s ago`,
          fix: 'nothing arrives: is a device or `npm run simulate` publishing?',
        };
      },
    },
    {
      name: 'Dead letters',
      async run() {
        const [rows] = await bigquery.query({
          query: `SELECT reason, COUNT(DISTINCT dead_letter_id) AS letter_count FROM ${DATASET}.dead_letters
           WHERE received_at >= TIMESTAMP_SUB(CURRENT_TIMESTAMP(), INTERVAL 24 HOUR)
           GROUP BY reason ORDER BY letter_count DESC`,
          maximumBytesBilled: MAX_BYTES_BILLED,
        });
        const reasons = (rows as { reason: string; letter_count: number }[]).map(
          ({ reason, letter_count }) => `${reason} ${letter_count}`,
        );
        return {
          isGood: reasons.length === 0,
          detail: reasons.join(', ') || 'none in 24 h',
          fix: `look: npm run dead-letters -- list`,
        };
      },
    },
    {
      name: 'Model',
      async run() {
        const pointer = new Storage({ projectId })
          .bucket(modelBucket(projectId))
          .file(`models/${MODEL_NAME}/current.json`);
        const [exists] = await pointer.exists();
        if (!exists) return { isGood: false, detail: 'none yet', fix: 'train one: npm run train' };
        const [metadata] = await pointer.getMetadata();
        return { isGood: true, detail: `switched ${metadata.updated}` };
      },
    },
  ];
}

function gatewayCheck({ gateway }: Ports): Check {
  return {
    name: 'Gateway',
    async run() {
      const response = await fetch(`http://127.0.0.1:${gateway}/ready`);
      return response.ok
        ? { isGood: true, detail: 'takes readings over HTTP and from its MQTT broker' }
        : {
            isGood: false,
            detail: 'no broker brings messages',
            fix: 'is the broker of MQTT_URL up?',
          };
    },
  };
}

function federatedCheck(ports: Ports): Check {
  return {
    name: 'Federated',
    async run() {
      const response = await fetch(`${coordinatorUrl(ports)}/api/status`);
      const { round, clients } = (await response.json()) as { round: number; clients: number };
      // Devices begin to learn once the pipeline is live: none yet is no fault.
      return { isGood: response.ok, detail: `round ${round}, ${clients} devices`, fix: START };
    },
  };
}

function compare(what: string, wanted: readonly string[], found: readonly string[]): Finding {
  const missing = wanted.filter((name) => !found.includes(name));
  return missing.length === 0
    ? { isGood: true, detail: `${wanted.length} ${what}` }
    : { isGood: false, detail: `missing ${what}: ${missing.join(', ')}`, fix: START };
}
