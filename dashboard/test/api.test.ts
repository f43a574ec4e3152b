import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { federatedRows } from './federated-rows.ts';
import { fleetRows } from './fleet.ts';
import { type Stack, seeded, startStack } from './stack.ts';

let stack: Stack;
const nowMs = Date.now();
const fleet = fleetRows({
  nowMs,
  spanMs: 3_600_000,
  everyMs: 60_000,
  random: seeded(1),
  floors: 2,
});

beforeAll(async () => {
  stack = await startStack();
  await stack.insert({ ...fleet, ...federatedRows(nowMs) });
  // The same reading delivered twice, and the same reading judged twice.
  await stack.insert({ readings_raw: [{ ...fleet.readings_raw[0], message_id: 'again' }] });
  await stack.insert({ anomalies: fleet.anomalies.slice(0, 1) });
  await stack.aggregate();
});
afterAll(() => stack.stop());

interface Answer {
  readonly columns: readonly string[];
  readonly rows: readonly (readonly unknown[])[];
  readonly queries: readonly { sql: string }[];
}

async function panel(name: string, query = ''): Promise<Record<string, unknown>[]> {
  const response = await fetch(`${stack.url}/api/panels/${name}?range=6h${query}`);
  const answer = (await response.json()) as Answer;
  expect(response.status, JSON.stringify(answer)).toBe(200);
  return answer.rows.map((cells) =>
    Object.fromEntries(answer.columns.map((column, index) => [column, cells[index]])),
  );
}

test('/metrics tells of the fleet and of what was answered', async () => {
  await fetch(`${stack.url}/api/panels/totals?range=6h`);
  const text = await (await fetch(`${stack.url}/metrics`)).text();
  expect(text).toContain('iot_active_devices 24\n');
  expect(text).toContain('iot_stale_devices 0\n');
  expect(text).toMatch(/^iot_window_completeness_ratio (1|0\.[5-9]\d*)$/m);
  expect(text).toMatch(
    /^iot_http_requests_total\{route="\/api\/panels\/:name",method="GET",status="200"\} \d+$/m,
  );
});

describe('panels', () => {
  test('a reading delivered twice and an anomaly found twice count once', async () => {
    const [totals] = await panel('totals');
    expect(totals).toMatchObject({
      reading_count: fleet.readings_raw.length,
      anomaly_count: fleet.anomalies.length,
      active_count: 24,
      location_count: 24,
      dead_letter_count: 3,
    });
  });

  test('filters narrow every figure to the chosen place', async () => {
    const [totals] = await panel('totals', '&building=B&floor=2&place_type=office');
    expect(totals).toMatchObject({ reading_count: 61, anomaly_count: 0, active_count: 1 });
    expect(await panel('anomalies', '&building=B')).toEqual([]);
    const co2 = await panel('anomalies', '&metric=co2');
    expect(new Set(co2.map((row) => row.severity))).toEqual(new Set(['warning']));
  });

  test('a series has every metric, and mean, smallest and largest value of each step', async () => {
    const rows = await panel('series', '&device=building-a-office-101&metric=temperature');
    const values = fleet.readings_raw
      .filter((row) => (row as { device_id: string }).device_id === 'building-a-office-101')
      .map((row) => (row as { temperature: number }).temperature);
    const total = rows.reduce((sum, row) => sum + Number(row.reading_count) * Number(row.mean), 0);
    expect(total / values.length).toBeCloseTo(
      values.reduce((sum, value) => sum + value, 0) / values.length,
      6,
    );
    expect(Math.max(...rows.map((row) => Number(row.max)))).toBeCloseTo(Math.max(...values), 9);
  });

  test('windows add up to the readings they were made of', async () => {
    const [totals] = await panel('window-totals', '&metric=temperature');
    expect(totals).toMatchObject({ value_count: fleet.readings_raw.length });
    const floors = await panel('floors', '&metric=temperature');
    expect(floors).toHaveLength(6);
  });

  test('a series of a day joins windows and what came after them, each reading once', async () => {
    const rows = await panel('series', '&metric=temperature');
    const count = rows.reduce((sum, row) => sum + Number(row.reading_count), 0);
    expect(rows[0]?.step_ms).toBe(120_000);
    expect(count).toBe(fleet.readings_raw.length);
  });

  test('devices in alarm come first', async () => {
    const rows = await panel('devices');
    expect(rows.slice(0, 3).map((row) => row.severity)).toEqual(['critical', 'warning', 'normal']);
    expect(rows).toHaveLength(24);
  });

  test('rules and models are compared reading by reading', async () => {
    const [row] = await panel('agreement');
    const byBoth = fleet.anomalies.filter((one) =>
      (one as { detectors: string[] }).detectors.includes('rule'),
    );
    expect(row).toMatchObject({
      prediction_count: fleet.predictions.length,
      both_count: byBoth.length,
      rule_only_count: 0,
      model_only_count: fleet.anomalies.length - byBoth.length,
    });
  });

  test('a device is as bad as its last 5 minutes, in every panel', async () => {
    const statuses = await panel('statuses');
    const bySeverity = Object.fromEntries(
      statuses.map((row) => [row.severity, Number(row.device_count)]),
    );
    expect(bySeverity).toEqual({ critical: 1, warning: 1, normal: 22 });
    // A quiet reading does not end what was critical a minute ago.
    const quiet = fleet.predictions
      .filter((row) => (row as { severity: string }).severity === 'critical')
      .slice(-1)
      .map((row) => ({
        ...row,
        reading_id: 'quiet',
        measured_at: new Date(nowMs + 1).toISOString(),
        severity: 'normal',
        is_anomaly: false,
      }));
    await stack.insert({ predictions: quiet });
    const [worst] = await panel('devices', '&limit=1');
    expect(worst).toMatchObject({ severity: 'critical' });
  });

  test('scores follow the place of their device', async () => {
    const count = async (query: string) =>
      (await panel('scores', query)).reduce((sum, row) => sum + Number(row.prediction_count), 0);
    const inB = fleet.readings_raw.filter((row) => (row as { building: string }).building === 'B');
    expect(await count('&building=B')).toBe(inB.length);
    expect(await count('&device=building-a-office-101')).toBe(61);
    const [agreed] = await panel('agreement', '&building=B');
    expect(agreed).toMatchObject({ prediction_count: inB.length, both_count: 0 });
  });

  test('random cut forests tell of their own device, by steps', async () => {
    const heard = [4, 6, 80].map((score, i) => ({
      ...fleet.predictions[0],
      reading_id: `heard-${i}`,
      device_id: 'mic-1',
      measured_at: new Date(nowMs - 7_200_000 + i).toISOString(),
      random_cut_forest_score: score,
    }));
    await stack.insert({ predictions: heard });
    expect(await panel('cut-forest-scores', '&device=mic-1')).toMatchObject([
      { mean: 30, min: 4, max: 80 },
    ]);
    expect(await panel('cut-forest-scores', '&device=building-a-office-101')).toEqual([]);
  });

  test('rounds of federated learning have the spread of their devices, and devices their first loss', async () => {
    const [last] = await panel('federated-rounds');
    expect(last).toMatchObject({
      round: 4,
      participant_count: 3,
      loss: 0.25,
      lowest_loss: 0.26,
      highest_loss: 0.28,
    });
    const [worst, , , best] = await panel('federated-devices');
    expect(worst).toMatchObject({ client_id: 'learner-0', round_count: 3, first_loss: 1 });
    expect(best).toMatchObject({ client_id: 'learner-1', round_count: 4, loss: 0.26 });
    expect(best).toMatchObject({ sample_count: 160, scored_count: 240, anomaly_count: 4 });
  });

  test('an answer carries its queries, with values as parameters only', async () => {
    const hostile = "x' OR 1=1 --";
    const response = await fetch(
      `${stack.url}/api/panels/totals?device=${encodeURIComponent(hostile)}`,
    );
    const answer = (await response.json()) as Answer;
    expect(answer.queries.length).toBeGreaterThan(0);
    for (const { sql } of answer.queries) expect(sql).not.toContain('OR 1=1');
    expect(answer.rows[0]?.[answer.columns.indexOf('reading_count')]).toBe(0);
  });

  test.each([
    ['range=1y', 'range must be one of 15m, 1h, 6h, 24h, 7d, got "1y"'],
    ['from=5&to=4', 'from must be before to'],
    ['metric=colour', 'metric must be one of temperature'],
    ['severity=bad', 'severity must be normal, warning or critical'],
    ['floor=upper', 'floor must be a whole number'],
    ['limit=2001', 'limit must be a whole number from 1 to 2000'],
    ['building=A&building=B', 'building must be given once'],
  ])('%s is refused with what to change', async (query, detail) => {
    const response = await fetch(`${stack.url}/api/panels/totals?${query}`);
    expect(response.status).toBe(400);
    expect(await response.json()).toMatchObject({ detail: expect.stringContaining(detail) });
  });
});

describe('the server', () => {
  test('lets a page run its own scripts only', async () => {
    const response = await fetch(stack.url);
    await response.text();
    const policy = response.headers.get('content-security-policy') ?? '';
    expect(policy).toContain("default-src 'none'");
    expect(policy).toContain("script-src 'self'");
    expect(policy).not.toContain('unsafe');
    expect(response.headers.get('x-content-type-options')).toBe('nosniff');
  });

  test('sends at most 150 kB of compressed script', async () => {
    const page = await (await fetch(stack.url)).text();
    const script = /src="([^"]+\.js)"/.exec(page)?.[1] ?? '';
    const response = await fetch(stack.url + script, { headers: { 'accept-encoding': 'gzip' } });
    await response.text();
    expect(response.headers.get('content-encoding')).toBe('gzip');
    expect(Number(response.headers.get('content-length'))).toBeLessThan(150_000);
  });

  test('says that the ML server is away when it is', async () => {
    const response = await fetch(`${stack.url}/api/detect`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: '{"device_id":"a","temperature":20}',
    });
    expect(response.status).toBe(502);
    expect(await response.json()).toMatchObject({ title: 'The ML server did not answer' });
  });

  test.each(['..', 'a%2Fb', '%3Cimg%3E'])(
    'asks the ML server for no card of %s',
    async (version) => {
      const response = await fetch(`${stack.url}/api/models/${version}/card`);
      expect([400, 404]).toContain(response.status);
    },
  );

  test('has nothing at paths that it does not know', async () => {
    for (const path of ['/../package.json', '/api/panels/secrets', '/assets/x.js']) {
      const response = await fetch(stack.url + path);
      await response.text();
      expect(response.status).toBeGreaterThanOrEqual(400);
    }
  });
});

describe('the stream', () => {
  test('tells of a new reading within 2 s', async () => {
    const stream = await openStream();
    await stream.next(': beat', 'retry');
    const publishedAtMs = Date.now();
    await publish('live-1');
    await stream.next('live-1');
    expect(Date.now() - publishedAtMs).toBeLessThan(2_000);
    stream.close();
  });

  test('goes on where it was after the server was replaced', async () => {
    const stream = await openStream();
    await publish('before-restart');
    const text = await stream.next('before-restart');
    const id = /id: (\S+)/.exec(text)?.[1] ?? '';
    stream.close();
    await stack.kill();
    await publish('while-away');
    const resumed = await openStream({ 'last-event-id': id });
    expect(await resumed.next('while-away')).toContain('event: tick');
    resumed.close();
  });

  test('tells a page that was away for an hour to begin anew', async () => {
    const old = Date.now() - 3_600_000;
    const stream = await openStream({ 'last-event-id': `${old}-${old}` });
    expect(await stream.next('event: reset')).toContain('event: reset');
    stream.close();
  });
});

async function publish(id: string): Promise<void> {
  const now = new Date().toISOString();
  await stack.insert({
    readings_raw: [
      {
        reading_id: id,
        device_id: 'live',
        measured_at: now,
        received_at: now,
        message_id: id,
        temperature: 21,
      },
    ],
  });
}

async function openStream(headers: Record<string, string> = {}) {
  const controller = new AbortController();
  const response = await fetch(`${stack.url}/api/stream`, { headers, signal: controller.signal });
  const reader = response.body?.pipeThrough(new TextDecoderStream()).getReader();
  let text = '';
  return {
    /** All that came, once one of the words is in it. */
    async next(...words: string[]): Promise<string> {
      while (!words.some((word) => text.includes(word))) {
        const { value, done } = (await reader?.read()) ?? { done: true };
        if (done) throw new Error(`the stream ended before ${words.join(' or ')}; got ${text}`);
        text += value;
      }
      return text;
    },
    close: () => controller.abort(),
  };
}

// Last, because nothing can be asked afterwards.
test('with BigQuery away the server says so and stays up', async () => {
  await stack.stopBigQuery();
  const response = await fetch(`${stack.url}/api/panels/totals?range=15m`);
  expect(response.status).toBe(503);
  expect(await response.json()).toMatchObject({ title: 'BigQuery cannot be reached' });
  expect((await fetch(`${stack.url}/health`)).status).toBe(200);
}, 20_000);
