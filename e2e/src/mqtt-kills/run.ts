import { randomBytes } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import { DATASET } from '@plumbline/contracts';
import { freePorts, type Stack, startStack, waitForCounts } from '@plumbline/local';
import { connectAsync, type MqttClient } from 'mqtt';
import {
  type BrokerName,
  type EndSignal,
  type MortalBroker,
  startMortalBroker,
} from './brokers.ts';

export interface KillRunOptions {
  readonly messages: number;
  /** Of the broker, and as many of the bridge. */
  readonly kills: number;
  readonly broker: BrokerName;
  /** What ends the broker; SIGKILL if absent. The bridge always gets that. */
  readonly signal?: EndSignal;
  readonly say: (line: string) => void;
}

export interface KillReport {
  readonly messages: number;
  readonly brokerKills: number;
  readonly bridgeKills: number;
  /** Times that a device had to publish again, for no acknowledgement came. */
  readonly publishedAgain: number;
  /** Rows of readings_raw: what was delivered more than once is there more than once. */
  readonly rawRows: number;
  /** Acknowledged by the broker and not in the view `readings`. */
  readonly lost: number;
  /** Rows of the view beyond one a reading. */
  readonly twice: number;
  readonly deadLettered: number;
  readonly seconds: number;
}

const DEVICES = 40;
const AT_ONCE = 400;
const HOUR_MS = 3_600_000;

/**
 * Devices publish over a broker and the bridge into the whole pipeline while both are killed again and again: real
 * processes, alternately, spread over the run. Then every acknowledged message is looked for in `readings`.
 */
export async function runKills(options: KillRunOptions): Promise<KillReport> {
  const startMs = performance.now();
  const broker = await startMortalBroker(options.broker, options.signal ?? 'SIGKILL');
  let stack: Stack | undefined;
  try {
    stack = await startStack({
      projectId: `kills-${randomBytes(4).toString('hex')}`,
      ports: await freePorts(),
      env: { ...process.env, MQTT_URL: broker.url },
      report: () => {},
      withDashboard: false,
    });
    await bridgeIsReady(stack);
    const publishedAgain = await publishThroughKills(stack, broker, options);
    options.say('all acknowledged; waiting for the warehouse …');
    return {
      messages: options.messages,
      brokerKills: options.kills,
      bridgeKills: options.kills,
      publishedAgain,
      ...(await judge(stack, options.messages)),
      seconds: (performance.now() - startMs) / 1000,
    };
  } finally {
    await stack?.stop();
    await broker.stop();
  }
}

/** Without its session the broker would have nobody to keep messages for. */
async function bridgeIsReady({ ports }: Stack): Promise<void> {
  while (!(await fetch(`http://127.0.0.1:${ports.gateway}/ready`)).ok) await sleep(50);
}

async function publishThroughKills(
  stack: Stack,
  broker: MortalBroker,
  { messages, kills, say }: KillRunOptions,
): Promise<number> {
  const client = await connectAsync(broker.url, {
    clientId: 'devices',
    clean: false,
    reconnectPeriod: 50,
  });
  const baseMs = Date.now() - HOUR_MS;
  let publishedAgain = 0;
  let killing = Promise.resolve();
  try {
    const under = new Set<Promise<void>>();
    let done = 0;
    let killed = 0;
    for (let index = 0; index < messages; index += 1) {
      const work = publishSurely(client, index, baseMs, () => {
        publishedAgain += 1;
      }).then(() => {
        under.delete(work);
        done += 1;
      });
      under.add(work);
      if (AT_ONCE <= under.size) await Promise.race(under);
      // In the middle of each of `2 * kills` stretches, so that none falls on the ends.
      if (killed < 2 * kills && ((killed + 0.5) * messages) / (2 * kills) <= done) {
        const isBroker = killed % 2 === 0;
        killed += 1;
        say(`${done} acknowledged; killing the ${isBroker ? 'broker' : 'bridge'}`);
        await killing;
        killing = isBroker ? broker.kill() : killBridge(stack);
      }
    }
    await Promise.all(under);
    await killing;
  } finally {
    await client.endAsync(true);
  }
  return publishedAgain;
}

/** Publishes at QoS 1 until it is acknowledged, as a device does that must lose nothing. */
async function publishSurely(
  client: MqttClient,
  index: number,
  baseMs: number,
  onAgain: () => void,
): Promise<void> {
  const topic = `sites/A/${index % 4}/kills-${index % DEVICES}/co2`;
  const payload = JSON.stringify({
    value: 400 + (index % 100),
    timestamp: new Date(baseMs + index).toISOString(),
    reading_id: `kills-${index}`,
  });
  for (;;) {
    try {
      await client.publishAsync(topic, payload, { qos: 1 });
      return;
    } catch {
      onAgain();
      await sleep(20);
    }
  }
}

/** The supervisor starts it again by itself. */
async function killBridge({ supervisor }: Stack): Promise<void> {
  const pid = supervisor.pids().gateway;
  if (pid !== undefined) process.kill(pid, 'SIGKILL');
  while (supervisor.pids().gateway === pid || supervisor.pids().gateway === undefined) {
    await sleep(20);
  }
}

/** Waits until every message has arrived, or nothing has moved for a minute, and counts. */
async function judge({ google: { bigquery } }: Stack, messages: number) {
  await waitForCounts(bigquery, ({ stored }) => messages <= stored).catch(() => {});
  const [rows] = await bigquery.query(`
    SELECT
      (SELECT COUNT(*) FROM ${DATASET}.readings_raw) AS raw_rows,
      COUNT(*) AS row_count, COUNT(DISTINCT reading_id) AS reading_count,
      (SELECT COUNT(DISTINCT dead_letter_id) FROM ${DATASET}.dead_letters) AS dead_letters
    FROM ${DATASET}.readings`);
  const row = rows[0] as Record<string, number>;
  return {
    rawRows: Number(row.raw_rows),
    lost: messages - Number(row.reading_count),
    twice: Number(row.row_count) - Number(row.reading_count),
    deadLettered: Number(row.dead_letters),
  };
}
