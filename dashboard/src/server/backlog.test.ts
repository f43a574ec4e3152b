import { expect, test } from 'vitest';
import { BacklogError, cloudBacklog } from './backlog.ts';

const NOW_MS = Date.UTC(2026, 0, 1, 12);

// Bodies as in the reference of projects.timeSeries.list; int64 values are text there.
const series = (subscription: string, ...values: string[]) => ({
  metric: { type: 'pubsub.googleapis.com/subscription/num_undelivered_messages' },
  resource: {
    type: 'pubsub_subscription',
    labels: { project_id: 'p', subscription_id: subscription },
  },
  metricKind: 'GAUGE',
  valueType: 'INT64',
  points: values.map((int64Value) => ({ value: { int64Value } })),
});

function asked(bodies: Record<string, unknown>) {
  const urls: URL[] = [];
  let nowMs = NOW_MS;
  const read = cloudBacklog({
    projectId: 'p',
    now: () => nowMs,
    get: async (text) => {
      const url = new URL(text);
      urls.push(url);
      const metric = /subscription\/(\w+)"$/.exec(url.searchParams.get('filter') ?? '')?.[1] ?? '';
      const body = bodies[metric];
      if (body instanceof Error) throw body;
      return body;
    },
  });
  return {
    read,
    urls,
    pass: (ms: number) => {
      nowMs += ms;
    },
  };
}

test('the newest point of each subscription is told, and what has no point is not known', async () => {
  const { read, urls } = asked({
    num_undelivered_messages: {
      timeSeries: [series('readings-ingest', '7', '900'), series('readings-detect', '0')],
    },
    oldest_unacked_message_age: { timeSeries: [series('readings-ingest', '42')] },
  });
  expect(await read()).toEqual([
    { subscription: 'readings-detect', waiting_count: 0, oldest_age_s: null },
    { subscription: 'readings-ingest', waiting_count: 7, oldest_age_s: 42 },
  ]);
  expect(urls[0]?.pathname).toBe('/v3/projects/p/timeSeries');
  expect(urls[0]?.searchParams.get('interval.endTime')).toBe('2026-01-01T12:00:00.000Z');
});

test('Cloud Monitoring is asked at most once a minute, and an empty answer is no backlog', async () => {
  const { read, urls, pass } = asked({ num_undelivered_messages: {} });
  expect(await read()).toEqual([]);
  pass(59_999);
  await read();
  expect(urls).toHaveLength(2);
  pass(1);
  await read();
  expect(urls).toHaveLength(4);
});

test('a refusal is told', async () => {
  const { read } = asked({ num_undelivered_messages: new Error('Permission denied') });
  await expect(read()).rejects.toThrow(BacklogError);
});
