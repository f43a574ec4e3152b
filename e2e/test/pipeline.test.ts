import { randomBytes } from 'node:crypto';
import { DATASET, encodeMessage, MESSAGE_ATTRIBUTES, type Reading } from '@plumbline/contracts';
import { freePorts, type Stack, startStack, waitForCounts } from '@plumbline/local';
import { chromium } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { findBrowser } from '../src/index.ts';

let stack: Stack;
const reported: string[] = [];

beforeAll(async () => {
  stack = await startStack({
    projectId: `e2e-${randomBytes(4).toString('hex')}`,
    ports: await freePorts(),
    env: { PATH: process.env.PATH },
    report: (line) => reported.push(line),
  });
});

afterAll(async () => {
  await stack?.stop();
  if (reported.length > 0) console.log(reported.join('\n'));
});

/** Whole minutes lie in the past, so that nothing is late or ahead. */
const START_MS = Math.floor((Date.now() - 30 * 60_000) / 60_000) * 60_000;
const STEP_MS = 10_000;

function reading(device: number, step: number, temperature: number): Reading {
  const deviceId = `machine-${device}`;
  return {
    readingId: `${deviceId}:${step}`,
    deviceId,
    measuredAtMs: START_MS + step * STEP_MS,
    metrics: { temperature, vibration: 1 + 0.01 * ((device * 7 + step * 13) % 10) },
    place: { building: 'A', floor: device % 2, type: 'machine_hall' },
  };
}

/** Ten minutes of three machines near 22 °C. */
const ordinary = [0, 1, 2].flatMap((device) =>
  Array.from({ length: 60 }, (_, step) =>
    reading(device, step, 22 + 0.1 * ((device + step * 3) % 7)),
  ),
);
const overheated: Reading = { ...reading(1, 60, 47.5), label: 'overheating' };

function publish(data: Buffer, orderingKey = 'test'): Promise<string> {
  return stack.google.pubsub
    .topic('readings', { messageOrdering: true })
    .publishMessage({ data, attributes: MESSAGE_ATTRIBUTES, orderingKey });
}

async function rows(query: string): Promise<Record<string, unknown>[]> {
  const [found] = await stack.google.bigquery.query({
    query,
    defaultDataset: { datasetId: DATASET },
  });
  return found;
}

describe('a reading published by the real Pub/Sub client', () => {
  beforeAll(async () => {
    for (let at = 0; at < ordinary.length; at += 60) {
      await publish(encodeMessage(ordinary.slice(at, at + 60)));
    }
    await publish(encodeMessage([overheated]));
    // The same again, as a producer that got no answer sends it.
    await publish(encodeMessage([overheated]));
    await publish(Buffer.from('{"device_id": "machine-9", "temperature": NaN}'));
    await publish(
      Buffer.from(
        JSON.stringify([
          { device_id: 'machine-8', timestamp: new Date(START_MS).toISOString(), temperature: 20 },
          {
            device_id: 'machine-8',
            timestamp: new Date(START_MS).toISOString(),
            temperature: 'hot',
          },
        ]),
      ),
    );
    const stored = ordinary.length + 2;
    await waitForCounts(
      stack.google.bigquery,
      (counts) => counts.stored + counts.deadLettered === stored + 2 && counts.predicted === stored,
    );
  });

  test('is found by the real BigQuery client, once, with its place and its label', async () => {
    const found = await rows(
      `SELECT device_id, temperature, building, floor, place_type, label FROM readings WHERE reading_id = 'machine-1:60'`,
    );
    expect(found).toEqual([
      {
        device_id: 'machine-1',
        temperature: 47.5,
        building: 'A',
        floor: 1,
        place_type: 'machine_hall',
        label: 'overheating',
      },
    ]);
  });

  test('is a dead letter with its reason if it is bad, while its neighbour is stored', async () => {
    const letters = await rows(
      'SELECT DISTINCT reason, detail, reading_index FROM dead_letters ORDER BY reason',
    );
    expect(letters).toEqual([
      {
        reason: 'invalid_field',
        detail: 'temperature: expected a finite number, got a string',
        reading_index: 1,
      },
      { reason: 'not_json', detail: 'not JSON', reading_index: 0 },
    ]);
    const neighbour = await rows("SELECT temperature FROM readings WHERE device_id = 'machine-8'");
    expect(neighbour).toEqual([{ temperature: 20 }]);
  });

  test('is aggregated by the minute, and again with the same result', async () => {
    const aggregates = `SELECT window_start, place, metric, reading_count, sum, min, max, rule_anomaly_count
      FROM aggregates_1m ORDER BY window_start, place, metric`;
    await stack.aggregate(new Date());
    const first = await rows(aggregates);
    await stack.aggregate(new Date());
    expect(await rows(aggregates)).toEqual(first);

    const minute = (index: number) => new Date(START_MS + index * 60_000).toISOString();
    const floor1 = ordinary.filter(
      ({ place, measuredAtMs }) => place.floor === 1 && measuredAtMs < START_MS + 60_000,
    );
    const temperatures = floor1.map(({ metrics }) => metrics.temperature ?? 0);
    const window = first.find(
      ({ window_start: start, place, metric }) =>
        Date.parse((start as { value: string }).value) === START_MS &&
        place === 'A/1/machine_hall' &&
        metric === 'temperature',
    );
    expect(window).toMatchObject({
      reading_count: 6,
      min: Math.min(...temperatures),
      max: Math.max(...temperatures),
      rule_anomaly_count: 0,
    });
    expect(window?.sum).toBeCloseTo(temperatures.reduce((sum, value) => sum + value));
    const hot = first.filter(({ rule_anomaly_count: count }) => count === 1);
    expect(
      hot.map(({ window_start: start }) =>
        new Date((start as { value: string }).value).toISOString(),
      ),
    ).toEqual([minute(10)]);
  });

  test('is scored: the overheated machine is an anomaly, with a reason', async () => {
    const anomalies = await rows(
      `SELECT device_id, severity, anomaly_types, is_alert, explanation FROM anomalies
       QUALIFY ROW_NUMBER() OVER (PARTITION BY reading_id ORDER BY predicted_at) = 1`,
    );
    expect(anomalies).toMatchObject([
      {
        device_id: 'machine-1',
        severity: 'critical',
        anomaly_types: expect.arrayContaining(['overheating']),
        is_alert: true,
      },
    ]);
    expect(anomalies[0]?.explanation).toContain('47.5');
  });

  test('is on the page, as a person sees it', async (context) => {
    const browser = await findBrowser();
    if (browser === undefined) return context.skip('no Chromium on this machine');
    const session = await chromium.launch(browser);
    try {
      const page = await session.newPage({ locale: 'en-GB' });
      const problems: string[] = [];
      page.on('pageerror', (error) => problems.push(String(error)));
      await page.goto(`http://127.0.0.1:${stack.ports.dashboard}/`);
      await page.getByText('temperature 47.5 °C is above its limit 30 °C').first().waitFor();
      expect(problems).toEqual([]);
    } finally {
      await session.close();
    }
  });

  test('trains a model, which the ML server takes up without a restart', async () => {
    const url = `http://127.0.0.1:${stack.ports.mlServer}`;
    const detect = async (temperature: number) => {
      const response = await fetch(`${url}/detect`, {
        method: 'POST',
        headers: { 'content-type': 'application/json' },
        body: JSON.stringify({ device_id: 'sensor_001', temperature, vibration: 1.04 }),
      });
      return (await response.json()) as Record<string, unknown>;
    };
    expect(await detect(22.3)).toMatchObject({ is_anomaly: false, model_version: null });
    await stack.train();
    await expect
      .poll(() => detect(22.3), { timeout: 15_000 })
      .toMatchObject({
        is_anomaly: false,
        is_temp_anomaly: false,
        model_version: expect.any(String),
      });
    expect(await detect(45)).toMatchObject({
      is_anomaly: true,
      is_temp_anomaly: true,
      severity: 'critical',
    });
  });
});
