import { setTimeout as sleep } from 'node:timers/promises';
import type { BigQuery } from '@google-cloud/bigquery';
import { DATASET, MAX_BYTES_BILLED, type Reading } from '@plumbline/contracts';
import { publishReadings, pubSubTopic } from '@plumbline/simulator';
import { type Counts, waitForCounts } from '../counts.ts';
import type { Stack } from '../stack.ts';
import { type DemoData, loadDemoData } from './data.ts';
import { type Alert, type Evaluation, evaluate, eventsOf, type Watch } from './evaluate.ts';
import { countStored, type GatewayTotals, sendByHttp, sendByMqtt } from './gateway.ts';
import { type LearnedTogether, learnTogether } from './learn-together.ts';
import { malformedMessages } from './malformed.ts';

/** What a demo did, found, and took. */
export interface DemoReport {
  /** Readings handed to Pub/Sub, each counted once, malformed ones included. */
  readonly published: number;
  /** Of them, sent once more, as a producer does that got no answer. */
  readonly sentTwice: number;
  readonly malformed: number;
  readonly counts: Counts;
  /** Dead letters by reason. */
  readonly deadLetters: Readonly<Record<string, number>>;
  /** Of the published readings, those that came through the gateway's doors. */
  readonly gateway: { readonly mqtt: GatewayTotals; readonly http: GatewayTotals };
  readonly federated: LearnedTogether;
  readonly modelVersion: string;
  readonly evaluations: Readonly<Record<string, Evaluation>>;
  /** From the first publish of a reading to the last one stored and judged. */
  readonly readingsPerSecond: number;
  readonly stageSeconds: Readonly<Record<string, number>>;
  /** Every published reading is in the view or among the dead letters, those of the gateway included. */
  readonly isComplete: boolean;
}

export interface DemoSteps {
  /** Called when a stage begins. */
  onStage(name: string): void;
  onProgress(text: string): void;
}

/** Of the watched readings of each set, this many are sent a second time. */
const SENT_TWICE = 500;
/** Of the watched readings of each set, the first so many come through the gateway: by MQTT or by HTTP. */
const BY_GATEWAY = 1_000;
const READINGS_PER_MESSAGE = 250;
const MODEL_TIMEOUT_MS = 30_000;

/** Replays the shipped data sets through a running pipeline, trains on their beginnings, and judges the rest. */
export async function runDemo(stack: Stack, steps: DemoSteps): Promise<DemoReport> {
  const { bigquery, pubsub } = stack.google;
  const send = pubSubTopic(pubsub, 'readings');
  const stageSeconds: Record<string, number> = {};
  const nowMs = Date.now();
  const data = await loadDemoData(nowMs);
  const malformed = malformedMessages(nowMs);
  const [byMqtt = [], byHttp = []] = data.map(({ watched }) => watched.slice(0, BY_GATEWAY));
  let published = 0;

  await stage('store history', async () => {
    for (const { history } of data) await publish(history);
    await settle();
  });
  const modelVersion = await stage('train', async () => {
    await stack.train();
    return servedVersion(stack);
  });
  await stage('store and judge', async () => {
    for (const { data: bytes } of malformed) {
      await send({ data: bytes, attributes: {}, orderingKey: 'broken' });
      published++;
    }
    await sendByMqtt(stack, byMqtt);
    await sendByHttp(stack, byHttp);
    published += byMqtt.length + byHttp.length;
    // Judged in the order of their devices' time: what comes by another way must not overtake them.
    await settle();
    for (const { watched } of data) {
      await publish(watched.slice(BY_GATEWAY));
      await publishReadings(send, watched.slice(0, SENT_TWICE), {
        perMessage: READINGS_PER_MESSAGE,
      });
    }
    await settle();
  });
  await stage('aggregate', () =>
    // The office's ten months reach beyond the horizon of the scheduled run.
    stack.aggregate(new Date(), { lookBackMinutes: 24 * 60, horizonMinutes: 400 * 24 * 60 }),
  );
  const evaluations = await stage('evaluate', async () => {
    const alerts = await readAlerts(bigquery);
    return Object.fromEntries(data.map((set) => [set.name, evaluateSet(set, alerts)]));
  });

  const federated = await stage('learn together', () => learnTogether(stack));

  const counts = await waitForCounts(bigquery, () => true);
  const gateway = {
    mqtt: await countStored(bigquery, byMqtt),
    http: await countStored(bigquery, byHttp),
  };
  const isComplete = [gateway.mqtt, gateway.http].every(
    ({ acknowledged, stored }) => acknowledged === stored,
  );
  const movedSeconds =
    (stageSeconds['store history'] ?? 0) + (stageSeconds['store and judge'] ?? 0);
  return {
    published,
    sentTwice: data.reduce((sum, { watched }) => sum + Math.min(SENT_TWICE, watched.length), 0),
    malformed: malformed.length,
    counts,
    deadLetters: await readReasons(bigquery),
    gateway,
    federated,
    modelVersion,
    evaluations,
    readingsPerSecond: Math.round(published / movedSeconds),
    stageSeconds,
    isComplete:
      isComplete &&
      published === counts.stored + counts.deadLettered &&
      counts.stored === counts.predicted,
  };

  async function stage<Result>(name: string, run: () => Promise<Result>): Promise<Result> {
    steps.onStage(name);
    const startMs = performance.now();
    const result = await run();
    stageSeconds[name] = Math.round((performance.now() - startMs) / 10) / 100;
    return result;
  }

  async function publish(readings: readonly Reading[]): Promise<void> {
    const totals = await publishReadings(send, readings, { perMessage: READINGS_PER_MESSAGE });
    published += totals.published;
  }

  function settle(): Promise<Counts> {
    return waitForCounts(
      bigquery,
      ({ stored, deadLettered, predicted }) =>
        published <= stored + deadLettered && stored <= predicted,
      ({ stored, deadLettered, predicted }) =>
        steps.onProgress(
          `${stored} stored, ${deadLettered} dead letters, ${predicted} judged of ${published}`,
        ),
    );
  }
}

/** When alerts were raised, and for which devices. */
export async function readAlerts(bigquery: BigQuery): Promise<Alert[]> {
  const [rows] = await bigquery.query({
    query: `SELECT device_id, measured_at FROM ${DATASET}.anomalies WHERE is_alert
     QUALIFY ROW_NUMBER() OVER (PARTITION BY reading_id ORDER BY predicted_at) = 1`,
    maximumBytesBilled: MAX_BYTES_BILLED,
  });
  return rows.map((row) => ({
    deviceId: String(row.device_id),
    atMs: Date.parse(row.measured_at.value),
  }));
}

/** How many dead letters there are of each reason. */
export async function readReasons(bigquery: BigQuery): Promise<Record<string, number>> {
  const [rows] = await bigquery.query({
    query: `SELECT reason, COUNT(DISTINCT dead_letter_id) AS letters FROM ${DATASET}.dead_letters GROUP BY reason ORDER BY reason`,
    maximumBytesBilled: MAX_BYTES_BILLED,
  });
  return Object.fromEntries(rows.map(({ reason, letters }) => [reason, Number(letters)]));
}

function evaluateSet({ watched, gapMs, slackMs }: DemoData, alerts: readonly Alert[]): Evaluation {
  const labelled = watched.flatMap(({ deviceId, measuredAtMs, label }) =>
    label === undefined ? [] : [{ deviceId, atMs: measuredAtMs, label }],
  );
  return evaluate(eventsOf(labelled, gapMs), alerts, watchesOf(watched), slackMs);
}

function watchesOf(readings: readonly Reading[]): Watch[] {
  const watches = new Map<string, Watch>();
  for (const { deviceId, measuredAtMs } of readings) {
    const known = watches.get(deviceId);
    watches.set(deviceId, {
      deviceId,
      startMs: known?.startMs ?? measuredAtMs,
      endMs: measuredAtMs,
    });
  }
  return [...watches.values()];
}

/** The version that the ML server uses, once it has taken up a model. */
async function servedVersion({ ports }: Stack): Promise<string> {
  const endMs = Date.now() + MODEL_TIMEOUT_MS;
  for (;;) {
    const response = await fetch(`http://127.0.0.1:${ports.mlServer}/detect`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ device_id: 'demo-probe', temperature: 21 }),
    }).catch(() => undefined);
    const { model_version: version } = ((await response?.json()) ?? {}) as {
      model_version?: string | null;
    };
    if (version) return version;
    if (endMs < Date.now()) {
      throw new Error(
        `the ML server has not taken up the model within ${MODEL_TIMEOUT_MS / 1000} s`,
      );
    }
    await sleep(200);
  }
}
