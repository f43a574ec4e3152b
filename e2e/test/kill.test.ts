import { randomBytes } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import { encodeMessage, MESSAGE_ATTRIBUTES, type Reading } from '@plumbline/contracts';
import { freePorts, readCounts, type Stack, startStack, waitForCounts } from '@plumbline/local';
import { afterAll, beforeAll, expect, test } from 'vitest';

let stack: Stack;
const reported: string[] = [];

beforeAll(async () => {
  stack = await startStack({
    projectId: `kill-${randomBytes(4).toString('hex')}`,
    ports: await freePorts(),
    env: { PATH: process.env.PATH },
    report: (line) => reported.push(line),
    withDashboard: false,
  });
});

afterAll(() => stack?.stop());

const START_MS = Date.now() - 3 * 3_600_000;
const READINGS_PER_MESSAGE = 100;
const MESSAGES = 120;

function message(index: number): Reading[] {
  return Array.from({ length: READINGS_PER_MESSAGE }, (_, at) => ({
    readingId: `${index}:${at}`,
    deviceId: `machine-${at % 20}`,
    measuredAtMs: START_MS + index * 60_000 + at * 100,
    metrics: { temperature: 20 + (at % 10) / 10 },
    place: { building: 'A', floor: 1 },
  }));
}

test('kill -9 of functions and ML server in the middle loses nothing and doubles nothing', async () => {
  const topic = stack.google.pubsub.topic('readings', { messageOrdering: true });
  const kill = (name: string) => {
    const pid = stack.supervisor.pids()[name];
    if (pid !== undefined) process.kill(pid, 'SIGKILL');
  };
  const kills = [
    ['ingest'],
    ['ml-server'],
    ['ingest', 'detect'],
    ['ml-server', 'ingest', 'detect'],
  ];
  for (let index = 0; index < MESSAGES; index++) {
    void topic.publishMessage({
      data: encodeMessage(message(index)),
      attributes: MESSAGE_ATTRIBUTES,
      orderingKey: `gateway-${index % 3}`,
    });
    if (index % 30 === 15) {
      await sleep(150);
      for (const name of kills[Math.floor(index / 30)] ?? []) kill(name);
    }
    await sleep(5);
  }

  const published = MESSAGES * READINGS_PER_MESSAGE;
  await waitForCounts(
    stack.google.bigquery,
    ({ stored, predicted }) => stored === published && predicted === published,
  );
  expect(await readCounts(stack.google.bigquery)).toMatchObject({
    stored: published,
    deadLettered: 0,
    predicted: published,
  });
  const [copies] = await stack.google.bigquery.query(
    'SELECT reading_id FROM iot_data.readings GROUP BY reading_id HAVING COUNT(*) > 1',
  );
  expect(copies).toEqual([]);
  const died = reported.filter((line) => line.includes('died (SIGKILL)'));
  expect(died.length).toBeGreaterThanOrEqual(7);
}, 120_000);
