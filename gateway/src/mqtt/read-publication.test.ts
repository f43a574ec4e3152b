import { ConfigError } from '@plumbline/contracts';
import { expect, test } from 'vitest';
import { readPublication } from './read-publication.ts';
import { parseTopicTemplate } from './topic-template.ts';

const NOW_MS = Date.parse('2026-11-20T09:00:00Z');
const templates = [
  'sites/{building}/{floor}/{device_id}/{metric}',
  'devices/{device_id}/readings',
  'plant/+/{type}/{device_id}',
].map(parseTopicTemplate);

function read(topic: string, payload: unknown, isRetained = false) {
  const text = typeof payload === 'string' ? payload : JSON.stringify(payload);
  return readPublication(templates, {
    topic,
    payload: Buffer.from(text),
    isRetained,
    receivedAtMs: NOW_MS,
  });
}

test('a template subscribes to its topics, and names its own mistakes', () => {
  expect(templates.map(({ filter }) => filter)).toEqual([
    'sites/+/+/+/+',
    'devices/+/readings',
    'plant/+/+/+',
  ]);
  for (const wrong of [
    'a/{metric}',
    'a/{device_id}/#',
    'a/{device_id}/{colour}',
    '{device_id}//x',
  ]) {
    expect(() => parseTopicTemplate(wrong)).toThrow(ConfigError);
  }
});

test('a number on a topic of a metric is a reading of now, at the place of the topic', () => {
  expect(read('sites/A/3/room-1/temperature', '22.5').readings).toMatchObject([
    {
      deviceId: 'room-1',
      measuredAtMs: NOW_MS,
      metrics: { temperature: 22.5 },
      place: { building: 'A', floor: 3 },
    },
  ]);
});

test('a value may come with its time, unit and id', () => {
  const payload = { value: 4, unit: 'mm/s', timestamp: '2026-11-20T08:00:00Z', reading_id: 'r1' };
  expect(read('sites/A/0/pump-1/vibration', payload).readings).toMatchObject([
    { readingId: 'r1', measuredAtMs: NOW_MS - 3_600_000, metrics: { vibration: 4 } },
  ]);
});

test('whole readings come in any form, alone or many, without saying their device', () => {
  const { readings, refused } = read('devices/dev-1/readings', [
    { measured_at: '2026-11-20T08:00:00Z', metrics: { co2: 500 }, place: { room: '101' } },
    { timestamp: '2026-11-20T08:00:01Z', temperature: 20, vibration: 1, building: 'B' },
    { sensor_id: 'dev-1', sensor_type: 'sound', value: 50, timestamp: '2026-11-20T08:00:02Z' },
  ]);
  expect(refused).toEqual([]);
  expect(readings).toMatchObject([
    { deviceId: 'dev-1', metrics: { co2: 500 }, place: { room: '101' } },
    { deviceId: 'dev-1', metrics: { temperature: 20, vibration: 1 }, place: { building: 'B' } },
    { deviceId: 'dev-1', metrics: { sound: 50 } },
  ]);
});

test('the topic tells the device and the place, whatever the payload says', () => {
  const other = { device_id: 'dev-2', temperature: 20 };
  expect(read('devices/dev-1/readings', other)).toEqual({
    readings: [],
    refused: [
      {
        ok: false,
        reason: 'invalid_field',
        detail: 'device_id: the payload names another device than the topic',
      },
    ],
  });
  const placed = { temperature: 20, place: { type: 'office', room: '7' } };
  expect(read('plant/x/boiler_room/dev-1', placed).readings[0]?.place).toEqual({
    type: 'boiler_room',
    room: '7',
  });
});

test('a retained message without a time is refused, with a time it is a reading', () => {
  expect(read('sites/A/0/dev-1/co2', '400', true).refused).toMatchObject([
    { reason: 'missing_field' },
  ]);
  const timed = { value: 400, timestamp: '2026-11-20T08:00:00Z' };
  expect(read('sites/A/0/dev-1/co2', timed, true).readings).toHaveLength(1);
});

test.each([
  ['another topic', 'somewhere/else', '1', 'invalid_field'],
  ['no JSON', 'sites/A/0/dev-1/co2', 'many', 'not_json'],
  ['no metric of ours', 'sites/A/0/dev-1/colour', '1', 'unknown_metric'],
  ['no floor', 'sites/A/roof/dev-1/co2', '1', 'invalid_field'],
  ['no device id', 'sites/A/0/-/co2', '1', 'invalid_field'],
  ['no number', 'sites/A/0/dev-1/co2', '"400"', 'invalid_field'],
  ['no object', 'devices/dev-1/readings', '400', 'not_a_reading'],
  ['too many', 'devices/dev-1/readings', `[${'1,'.repeat(500)}1]`, 'too_many_readings'],
])('%s is refused with its reason', (_, topic, payload, reason) => {
  expect(read(topic, payload)).toMatchObject({ readings: [], refused: [{ reason }] });
});
