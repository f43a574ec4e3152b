import { randomBytes } from 'node:crypto';
import { createServer } from 'node:http';
import { text } from 'node:stream/consumers';
import { DATASET, encodeMessage, MESSAGE_ATTRIBUTES } from '@plumbline/contracts';
import { startBigQuery, startPubSub } from '@plumbline/emulators';
import { PRICES } from '../../infra/src/cost/prices.ts';
import { ENVIRONMENTS } from '../../infra/src/environments.ts';
import { waitForCounts } from '../../local/src/counts.ts';
import { freePorts } from '../../local/src/ports.ts';
import { type Stack, startStack } from '../../local/src/stack.ts';
import { readingRow } from '../src/ingest/reading-row.ts';
import { buildingReadings } from './building-readings.ts';
import { aggregationUsd } from './cost-aggregation.ts';
import { TRAINED_FLEET, trainingPrices } from './cost-training.ts';
import { billedBytes, instanceTime, type Price, priced, total, type Units } from './cost-units.ts';
import { countBytes, countPushes } from './counting.ts';
import type { Figure } from './figure.ts';

const READINGS = 10_000;
const NAIVE_READINGS = 500;
/** The smallest function of the second generation, one request at a time: the cheapest naive design. */
const NAIVE_SIZE = { cpu: 0.167, memoryMb: 256, concurrency: 1 };
const GOAL_USD = 0.025;
const GOAL_RATIO = 40;

/** US$ per million readings, stored and scored, from what a run on the emulators counts. Takes half a minute. */
export async function benchCost(): Promise<Figure[]> {
  // An emulator needs no account, so the clients need not look for one.
  process.env.METADATA_SERVER_DETECTION ??= 'none';
  const queries = await aggregationUsd();
  await using run = await startCounted();
  const packed = await run.ours(100, Date.now() - 7_200_000);
  const full = await run.ours(500, Date.now() - 14_400_000);
  const training = await run.training();
  const naive = total(priced(await run.naive(Date.now() - 21_600_000)));
  return [
    ...figures('100 readings a message', packed, naive, queries, training),
    ...figures('500 readings a message', full, naive, queries, training),
    {
      what: 'the scheduled queries that aggregate',
      value: queries,
      unit: 'US$ per million',
      peer: 'none',
      goal: 'none',
      met: null,
      reason:
        'beside the figures above, which are the way from message to scored row; the naive design has none',
    },
    {
      what: `training every hour, ${TRAINED_FLEET}`,
      value: total(training),
      unit: 'US$ per million',
      peer: 'none',
      goal: 'none',
      met: null,
      reason: parts(training),
    },
    {
      what: 'naive: a message, an invocation, a call of /detect and two inserts a reading',
      value: naive,
      unit: 'US$ per million',
      peer: 'none',
      goal: 'none',
      met: null,
      reason: 'the peer of the ratios above',
    },
  ];
}

function parts(prices: readonly Price[]): string {
  return prices.map(({ what, usdPerMillion }) => `${what} ${usdPerMillion.toFixed(4)}`).join(', ');
}

function figures(
  load: string,
  units: Units,
  naive: number,
  queries: number,
  training: readonly Price[],
): Figure[] {
  const prices = priced(units);
  const usd = total(prices);
  return [
    {
      what: `${load}, stored and scored`,
      value: usd,
      unit: 'US$ per million',
      peer: 'none',
      goal: `at most ${GOAL_USD}`,
      met: usd <= GOAL_USD,
      reason: parts(prices),
    },
    {
      what: `${load}: the naive design over it`,
      value: naive / usd,
      unit: '×',
      peer: 'naive design',
      goal: `at least ${GOAL_RATIO}`,
      met: GOAL_RATIO <= naive / usd,
    },
    {
      what: `${load}, and aggregated`,
      value: usd + queries,
      unit: 'US$ per million',
      peer: 'none',
      goal: 'none',
      met: null,
      reason: 'the scheduled queries too',
    },
    {
      what: `${load}, aggregated and trained on`,
      value: usd + queries + total(training),
      unit: 'US$ per million',
      peer: 'none',
      goal: 'none',
      met: null,
      reason: `the hourly training too, ${TRAINED_FLEET}`,
    },
    {
      what: `${load}, by insertAll`,
      value: total(priced(byInsertAll(units))),
      unit: 'US$ per million',
      peer: 'none',
      goal: 'none',
      met: null,
      reason: 'the other writer: it counts a row as 1 KiB or more',
    },
  ];
}

/** The same rows by insertAll: each counts as 1 KiB, more than any of ours has. */
function byInsertAll(units: Units): Units {
  return {
    ...units,
    writtenBytes: 2 * units.readings * PRICES.bigquery.minimumRowBytes,
    writtenPerGiB: PRICES.bigquery.streamedPerGiB,
  };
}

async function startCounted() {
  const [broker, warehouse, ports] = await Promise.all([
    startPubSub(),
    startBigQuery({ grpcPort: 0 }),
    freePorts(),
  ]);
  const appended = await countBytes(warehouse.grpcPort as number);
  const stack = await startStack({
    projectId: `cost-${randomBytes(4).toString('hex')}`,
    ports,
    env: {
      PATH: process.env.PATH,
      ...broker.env,
      ...warehouse.env,
      BIGQUERY_STORAGE_EMULATOR_HOST: `127.0.0.1:${appended.port}`,
      // All that the runs below publish, so that the bytes of a query are those of so many readings.
      TRAINING_WINDOW_HOURS: '6',
    },
    report: (line) => console.error(line),
    withDashboard: false,
  });
  const { pubsub, bigquery } = stack.google;
  const ingest = await countPushes(`http://127.0.0.1:${ports.ingest}/`);
  const detect = await countPushes(`http://127.0.0.1:${ports.detect}/`);
  await pubsub.subscription('readings-ingest').modifyPushConfig({ pushEndpoint: ingest.url });
  await pubsub.subscription('readings-detect').modifyPushConfig({ pushEndpoint: detect.url });
  let expected = 0;

  return {
    /** Publishes readings in messages and counts what their way costs. */
    async ours(perMessage: number, fromMs: number): Promise<Units> {
      const before = { ...(await scored(stack)), ...snapshot() };
      const readings = buildingReadings(READINGS, fromMs, 3_600_000);
      const topic = pubsub.topic('readings', {
        messageOrdering: true,
        batching: { maxMessages: 1 },
      });
      const sizes = await Promise.all(
        Array.from({ length: READINGS / perMessage }, async (_, at) => {
          const data = encodeMessage(readings.slice(at * perMessage, (at + 1) * perMessage));
          const message = { data, attributes: MESSAGE_ATTRIBUTES };
          const orderingKey = `gateway-${at % 8}`;
          const messageId = await topic.publishMessage({ ...message, orderingKey });
          return billedBytes({ ...message, messageId });
        }),
      );
      const published = sizes.reduce((sum, bytes) => sum + bytes, 0);
      expected += READINGS;
      await waitForCounts(
        bigquery,
        ({ stored, predicted }) => stored === expected && predicted === expected,
      );
      const after = { ...(await scored(stack)), ...snapshot() };
      const delta = (name: keyof typeof after) => after[name] - before[name];
      const { functions, mlServer } = ENVIRONMENTS.prod;
      return {
        readings: READINGS,
        pubsubBytes: published + delta('pushedBytes'),
        requests: delta('ingest') + delta('detect') + delta('scoring'),
        ...sumTimes([
          instanceTime(delta('ingest'), functions.ingest),
          instanceTime(delta('detect'), functions.detect),
          instanceTime(delta('scoring'), mlServer),
        ]),
        writtenBytes: delta('appendedBytes'),
        writtenPerGiB: PRICES.bigquery.storageWritePerGiB,
      };
    },
    training: () => trainingPrices(stack, expected),
    naive: (fromMs: number) => naiveRun(stack, fromMs, () => warehouse.counters().rowsInserted),
    async [Symbol.asyncDispose]() {
      await stack.stop();
      for (const { stop } of [ingest, detect, appended]) stop();
      await Promise.all([broker.stop(), warehouse.stop()]);
    },
  };

  function snapshot() {
    return {
      ingest: ingest.counted.requests,
      detect: detect.counted.requests,
      pushedBytes: ingest.counted.billedBytes + detect.counted.billedBytes,
      appendedBytes: appended.counted.bytes,
    };
  }
}

/** The design that comes first to mind, run for real: one function that stores and scores each message alone. */
async function naiveRun(stack: Stack, fromMs: number, rowsInserted: () => number): Promise<Units> {
  const { pubsub, bigquery } = stack.google;
  const rowsBefore = rowsInserted();
  const scoredBefore = await scored(stack);
  const dataset = bigquery.dataset(DATASET);
  const readings = buildingReadings(NAIVE_READINGS, fromMs, 3_600_000);
  const server = createServer(async (request, response) => {
    const { message } = JSON.parse(await text(request));
    const reading = readings[Number(message.attributes.at)];
    if (reading === undefined) return response.writeHead(400).end();
    const answer = await fetch(`http://127.0.0.1:${stack.ports.mlServer}/detect`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({
        device_id: reading.deviceId,
        temperature: reading.metrics.temperature,
        vibration: 1,
      }),
    });
    const { is_anomaly, temp_anomaly_score } = (await answer.json()) as Record<string, unknown>;
    const { values } = readingRow(reading, message.messageId, Date.now());
    const times = {
      measured_at: new Date(reading.measuredAtMs).toISOString(),
      received_at: new Date().toISOString(),
    };
    await dataset.table('readings_raw').insert([{ ...values, ...times }]);
    const { reading_id, device_id } = values;
    const { measured_at, received_at } = times;
    await dataset.table('predictions').insert([
      {
        reading_id,
        device_id,
        measured_at,
        predicted_at: received_at,
        is_anomaly,
        score: temp_anomaly_score,
        threshold: 1,
        severity: 'normal',
      },
    ]);
    return response.writeHead(204).end();
  }).listen(0, '127.0.0.1');
  await new Promise((resolve) => server.once('listening', resolve));
  const { port } = server.address() as { port: number };
  const pushes = await countPushes(`http://127.0.0.1:${port}/`);
  const [topic] = await pubsub.createTopic('naive');
  await topic.createSubscription('naive', { pushConfig: { pushEndpoint: pushes.url } });
  topic.setPublishOptions({ batching: { maxMessages: 1 } });
  let published = 0;
  for (const [at, reading] of readings.entries()) {
    const data = Buffer.from(encodeMessage([reading]));
    const attributes = { at: String(at) };
    published += billedBytes({
      data,
      attributes,
      messageId: await topic.publishMessage({ data, attributes }),
    });
  }
  const endMs = performance.now() + 60_000;
  while (rowsInserted() - rowsBefore < 2 * NAIVE_READINGS) {
    if (endMs < performance.now()) throw new Error('the naive design did not end in 60 s');
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
  const rows = rowsInserted() - rowsBefore;
  const scoring = (await scored(stack)).scoring - scoredBefore.scoring;
  pushes.stop();
  server.close();
  return {
    readings: NAIVE_READINGS,
    pubsubBytes: published + pushes.counted.billedBytes,
    requests: pushes.counted.requests + scoring,
    ...sumTimes([
      instanceTime(pushes.counted.requests, NAIVE_SIZE),
      instanceTime(scoring, NAIVE_SIZE),
    ]),
    writtenBytes: rows * PRICES.bigquery.minimumRowBytes,
    writtenPerGiB: PRICES.bigquery.streamedPerGiB,
  };
}

/** Requests that the ML server has answered with a judgement. */
async function scored(stack: Stack): Promise<{ scoring: number }> {
  const response = await fetch(`http://127.0.0.1:${stack.ports.mlServer}/metrics`);
  const lines = (await response.text()).split('\n');
  const judged = lines.filter((line) => /^iot_http_requests_total\{.*route="\/detect/.test(line));
  return { scoring: judged.reduce((sum, line) => sum + Number(line.split(' ').at(-1)), 0) };
}

function sumTimes(times: readonly { vcpuSeconds: number; gibSeconds: number }[]) {
  return {
    vcpuSeconds: times.reduce((sum, { vcpuSeconds }) => sum + vcpuSeconds, 0),
    gibSeconds: times.reduce((sum, { gibSeconds }) => sum + gibSeconds, 0),
  };
}
