import { gzipSync } from 'node:zlib';
import { describe, expect, test } from 'vitest';
import {
  DEFAULT_TIME_BOUNDS,
  decompress,
  encodeMessage,
  MAX_DEAD_LETTER_BYTES,
  MAX_MESSAGE_BYTES,
  parseMessage,
} from './message.ts';
import { type Reading, toWire } from './reading.ts';

const NOW = Date.UTC(2026, 10, 20, 9);

function reading(overrides: Partial<Reading> = {}): Reading {
  return {
    readingId: 'r',
    deviceId: 'device-1',
    measuredAtMs: NOW,
    metrics: { temperature: 20 },
    place: {},
    ...overrides,
  };
}

const parse = (data: string | Uint8Array) => parseMessage(Buffer.from(data), NOW);

describe('a message', () => {
  test('carries one reading or many', () => {
    const one = reading();
    const two = reading({ readingId: 's' });
    expect(parse(encodeMessage([one])).readings).toEqual([one]);
    expect(parse(encodeMessage([one, two])).readings).toEqual([one, two]);
  });

  test('reads what gzip made of any text, whatever its end says of the size', () => {
    const sizes = [0, 1, 9_000, 16_383, 16_384, 16_448, 30_000, 500_000, MAX_MESSAGE_BYTES];
    for (const size of sizes) {
      const text = Array.from({ length: size }, (_, at) => 'abcdefg '[(at * at) % 8]).join('');
      const packed = gzipSync(text);
      expect(Buffer.from(decompress(packed)).equals(Buffer.from(text)), `${size}`).toBe(true);
      for (const said of [0, 1, size + 1, 0xffff_ffff].filter((bytes) => bytes !== size)) {
        const lying = Buffer.from(packed);
        lying.writeUInt32LE(said, lying.length - 4);
        expect(() => decompress(lying), `${size} as ${said}`).toThrow();
      }
    }
  });

  test('keeps the good readings beside a bad one, and each its position', () => {
    const data = JSON.stringify([
      { device_id: 'a', timestamp: '2026-11-20T09:00:00Z', temperature: 20 },
      { device_id: 'b', timestamp: '2026-11-20T09:00:00Z', temperature: 'hot' },
      { device_id: 'c', timestamp: '2026-11-20T09:00:00Z', temperature: 21 },
    ]);
    const { readings, indexes, refused } = parse(data);
    expect(readings.map(({ deviceId }) => deviceId)).toEqual(['a', 'c']);
    expect(indexes).toEqual([0, 2]);
    expect(refused).toMatchObject([{ index: 1, reason: 'invalid_field' }]);
    expect(refused[0]?.payload).toContain('hot');
  });

  test.each([
    ['text that is no JSON', 'hello', 'not_json'],
    ['NaN, which JSON does not know', '{"device_id":"a","temperature":NaN}', 'not_json'],
    ['nothing', '', 'not_json'],
    ['bytes that are no UTF-8', Uint8Array.of(0x22, 0xff, 0x22), 'not_json'],
    ['a number', '42', 'not_a_reading'],
    ['501 readings', `[${'{},'.repeat(500)}{}]`, 'too_many_readings'],
    ['a byte too many', 'x'.repeat(MAX_MESSAGE_BYTES + 1), 'too_large'],
    ['10 MB', 'x'.repeat(10_000_000), 'too_large'],
  ])('%s is refused whole, with its head as payload', (_, data, reason) => {
    const { readings, refused } = parse(data);
    expect(readings).toEqual([]);
    expect(refused).toMatchObject([{ index: 0, reason }]);
    expect(Buffer.byteLength(refused[0]?.payload ?? '')).toBeLessThanOrEqual(MAX_DEAD_LETTER_BYTES);
  });

  test('of a few readings travels compressed, a single one as text', () => {
    const readings = Array.from({ length: 100 }, (_, index) => reading({ readingId: `r${index}` }));
    const data = encodeMessage(readings);
    expect([...data.subarray(0, 2)]).toEqual([0x1f, 0x8b]);
    expect(data.byteLength).toBeLessThan(JSON.stringify(readings.map(toWire)).length / 5);
    expect(parse(data).readings).toEqual(readings);
    expect(JSON.parse(encodeMessage([reading()]).toString())).toMatchObject({ reading_id: 'r' });
  });

  test.each([
    ['a bomb', gzipSync(Buffer.alloc(50_000_000, '[')), 'too_large', 'decompressed'],
    ['cut', gzipSync('[{}]').subarray(0, 15), 'not_json', 'gzip'],
    ['text', gzipSync('hello'), 'not_json', 'not JSON'],
  ])('compressed, and %s: it is refused whole', (_, data, reason, named) => {
    const { readings, refused } = parse(data);
    expect(readings).toEqual([]);
    expect(refused).toMatchObject([{ index: 0, reason, detail: expect.stringContaining(named) }]);
  });

  test('an empty array has nothing to store and nothing to refuse', () => {
    expect(parse('[]')).toEqual({ readings: [], indexes: [], refused: [] });
  });
});

describe('clocks', () => {
  const { maxAgeMs, maxAheadMs } = DEFAULT_TIME_BOUNDS;
  test.each([
    ['at the oldest accepted', -maxAgeMs, true],
    ['older', -maxAgeMs - 1, false],
    ['at the newest accepted', maxAheadMs, true],
    ['newer', maxAheadMs + 1, false],
  ])('%s', (_, offsetMs, isAccepted) => {
    const { readings, refused } = parse(encodeMessage([reading({ measuredAtMs: NOW + offsetMs })]));
    expect(readings.length).toBe(isAccepted ? 1 : 0);
    expect(refused.map(({ reason }) => reason)).toEqual(isAccepted ? [] : ['implausible_time']);
  });
});
