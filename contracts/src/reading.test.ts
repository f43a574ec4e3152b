import { describe, expect, test } from 'vitest';
import { METRICS } from './metrics.ts';
import { deriveReadingId, parseReading, type Reading, toWire } from './reading.ts';

const nested = {
  reading_id: 'r-1',
  device_id: 'BuildingA-Floor1-Office-101',
  measured_at: '2026-11-20T09:00:00.000Z',
  metrics: { temperature: 22.3, humidity: 45.2 },
  place: { building: 'A', floor: 1, room: '101', type: 'office' },
};

function accepted(input: unknown): Reading {
  const parsed = parseReading(input);
  if (!parsed.ok) throw new Error(`${parsed.reason}: ${parsed.detail}`);
  return parsed.reading;
}

describe('the three wire forms become one reading', () => {
  test('nested', () => {
    expect(accepted(nested)).toEqual({
      readingId: 'r-1',
      deviceId: 'BuildingA-Floor1-Office-101',
      measuredAtMs: Date.UTC(2026, 10, 20, 9),
      metrics: { temperature: 22.3, humidity: 45.2 },
      place: { building: 'A', floor: 1, room: '101', type: 'office' },
    });
  });

  test('flat, with keys that are not metrics', () => {
    const flat = {
      device_id: 'sensor_001',
      timestamp: '2025-08-06T10:00:00+02:00',
      temperature: 25.5,
      vibration: 1.2,
      status: 'Normal',
      building: 'B',
      floor: 0,
      room_type: 'Server Room',
    };
    expect(accepted(flat)).toMatchObject({
      deviceId: 'sensor_001',
      measuredAtMs: Date.UTC(2025, 7, 6, 8),
      metrics: { temperature: 25.5, vibration: 1.2 },
      place: { building: 'B', floor: 0, type: 'server_room' },
    });
  });

  test('narrow, with its unit in another spelling and a time without offset, which is UTC', () => {
    const narrow = {
      sensor_id: 'temp-07',
      sensor_type: 'temperature',
      value: 21,
      unit: 'C',
      location: 'Manufacturing floor',
      timestamp: '2026-01-01T00:00:00',
    };
    expect(accepted(narrow)).toMatchObject({
      deviceId: 'temp-07',
      measuredAtMs: Date.UTC(2026, 0, 1),
      metrics: { temperature: 21 },
      place: { type: 'manufacturing_floor' },
    });
  });

  test('what goes out comes back', () => {
    const reading = accepted({ ...nested, label: 'spike' });
    expect(accepted(JSON.parse(JSON.stringify(toWire(reading))))).toEqual(reading);
  });
});

test('a value is taken in the range of its metric, and nowhere else', () => {
  for (const [name, { min, max }] of Object.entries(METRICS)) {
    const parse = (value: unknown) => parseReading({ ...nested, metrics: { [name]: value } });
    for (const value of [min, max, (min + max) / 2]) expect(parse(value).ok, name).toBe(true);
    const tooFar = (max - min) * 1e-9;
    for (const value of [min - tooFar, max + tooFar, -1e308, 1e308]) {
      expect(parse(value), name).toMatchObject({ reason: 'implausible_value' });
    }
    for (const value of [Number.NaN, 1 / 0, -1 / 0, null, true, '20', [20], {}]) {
      expect(parse(value), name).toMatchObject({ reason: 'invalid_field' });
    }
  }
  for (const name of ['mood', 'constructor', '__proto__', 'hasOwnProperty', '']) {
    const metrics = JSON.parse(`{"${name}": 20}`);
    expect(parseReading({ ...nested, metrics })).toMatchObject({ reason: 'unknown_metric' });
  }
});

describe('reading ids', () => {
  test('a missing id is derived from the content, whatever the order of the metrics', () => {
    const { reading_id: _, ...without } = nested;
    const swapped = { ...without, metrics: { humidity: 45.2, temperature: 22.3 } };
    expect(accepted(without).readingId).toBe(accepted(swapped).readingId);
    expect(accepted(without).readingId).toMatch(/^[0-9a-f]{32}$/);
  });

  test('another value, time or device gives another id', () => {
    const reading = accepted(nested);
    const ids = [
      reading,
      { ...reading, deviceId: 'other' },
      { ...reading, measuredAtMs: reading.measuredAtMs + 1 },
      { ...reading, metrics: { temperature: 22.4, humidity: 45.2 } },
      { ...reading, metrics: { temperature: 22.3 } },
    ].map(deriveReadingId);
    expect(new Set(ids).size).toBe(5);
  });
});

describe('what is refused, and why', () => {
  test.each([
    ['null', null, 'not_a_reading', 'null'],
    ['a text', 'hello', 'not_a_reading', 'string'],
    ['an array in an array', [], 'not_a_reading', 'array'],
    ['no device', { ...nested, device_id: undefined }, 'missing_field', 'device_id'],
    ['no time', { ...nested, measured_at: null }, 'missing_field', 'measured_at'],
    ['no metric', { ...nested, metrics: {} }, 'missing_field', 'metrics'],
    [
      'no metric in flat form',
      { device_id: 'a', timestamp: nested.measured_at },
      'missing_field',
      'temperature',
    ],
    ['a number for a device', { ...nested, device_id: 7 }, 'invalid_field', 'device_id'],
    ['markup for a device', { ...nested, device_id: '<img src=x>' }, 'invalid_field', 'device_id'],
    [
      'a device of 65 letters',
      { ...nested, device_id: 'a'.repeat(65) },
      'invalid_field',
      'device_id',
    ],
    ['an id with a line break', { ...nested, reading_id: 'a\nb' }, 'invalid_field', 'reading_id'],
    [
      'epoch milliseconds',
      { ...nested, measured_at: 1_763_629_200_000 },
      'invalid_field',
      'measured_at',
    ],
    [
      'the 13th month',
      { ...nested, measured_at: '2026-13-01T00:00:00Z' },
      'invalid_field',
      'measured_at',
    ],
    [
      'a text for a value',
      { ...nested, metrics: { temperature: '22' } },
      'invalid_field',
      'metrics.temperature',
    ],
    [
      'null for a value',
      { ...nested, metrics: { temperature: null } },
      'invalid_field',
      'metrics.temperature',
    ],
    ['NaN', { ...nested, metrics: { temperature: Number.NaN } }, 'invalid_field', 'NaN'],
    [
      '1e999',
      JSON.parse('{"device_id":"a","timestamp":"2026-01-01T00:00:00Z","temperature":1e999}'),
      'invalid_field',
      'Infinity',
    ],
    [
      'a metric nobody knows',
      { ...nested, metrics: { radiation: 1 } },
      'unknown_metric',
      'radiation',
    ],
    [
      '__proto__ for a metric',
      JSON.parse('{"device_id":"a","timestamp":"2026-01-01T00:00:00Z","metrics":{"__proto__":1}}'),
      'unknown_metric',
      '__proto__',
    ],
    [
      'colder than space',
      { ...nested, metrics: { temperature: -300 } },
      'implausible_value',
      'metrics.temperature',
    ],
    [
      'another unit',
      {
        sensor_id: 'a',
        sensor_type: 'temperature',
        value: 70,
        unit: '°F',
        timestamp: nested.measured_at,
      },
      'invalid_field',
      '°C',
    ],
    ['half a floor', { ...nested, place: { floor: 1.5 } }, 'invalid_field', 'place.floor'],
    [
      'markup for a building',
      { ...nested, place: { building: '<b>' } },
      'invalid_field',
      'place.building',
    ],
  ])('%s', (_, input, reason, named) => {
    const parsed = parseReading(input);
    expect(parsed).toMatchObject({ ok: false, reason });
    expect(parsed.ok ? '' : parsed.detail).toContain(named);
  });
});
