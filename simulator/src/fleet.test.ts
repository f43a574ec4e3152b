import { createHash } from 'node:crypto';
import { encodeMessage, parseMessage, type Reading } from '@plumbline/contracts';
import { describe, expect, test } from 'vitest';
import { encodeAs, wireFormOf } from './encode.ts';
import { createFleet, type Fleet, type FleetOptions } from './fleet.ts';
import { PROFILE_NAMES, PROFILES, type ProfileName } from './profiles/index.ts';

const HOUR_MS = 3_600_000;
/** A Monday, 00:00 in Berlin. */
const MONDAY_MS = Date.parse('2026-03-02T00:00:00+01:00');

function fleetOf(profile: ProfileName, options: Partial<FleetOptions> = {}): Fleet {
  return createFleet({ profile: PROFILES[profile], ...options });
}

function digest(readings: Iterable<Reading>): string {
  const hash = createHash('sha256');
  for (const reading of readings) hash.update(encodeMessage([reading])).update('\n');
  return hash.digest('hex').slice(0, 16);
}

describe.each(PROFILE_NAMES)('%s', (name) => {
  const period = { fromMs: MONDAY_MS, toMs: MONDAY_MS + 400 * PROFILES[name].intervalMs };

  test('an equal seed gives the same bytes, whatever the order in which moments are asked for', () => {
    const inOrder = [...fleetOf(name, { devices: 12 }).readings(period)];
    const other = fleetOf(name, { devices: 12 });
    const backwards: Reading[] = [];
    for (let device = 11; 0 <= device; device -= 1) {
      for (const timeMs of [...other.moments(device, period)].reverse()) {
        const reading = other.readingAt(device, timeMs);
        if (reading) backwards.push(reading);
      }
    }
    backwards.sort((a, b) => a.measuredAtMs - b.measuredAtMs || (a.deviceId < b.deviceId ? -1 : 1));
    inOrder.sort((a, b) => a.measuredAtMs - b.measuredAtMs || (a.deviceId < b.deviceId ? -1 : 1));
    expect(digest(backwards)).toBe(digest(inOrder));
    expect(digest(fleetOf(name, { devices: 12, seed: 43 }).readings(period))).not.toBe(
      digest(fleetOf(name, { devices: 12 }).readings(period)),
    );
  });

  test('every reading passes the contract in the form in which it is published', () => {
    const sent = [
      ...fleetOf(name).readings({ ...period, toMs: MONDAY_MS + 20 * PROFILES[name].intervalMs }),
    ];
    const { readings, refused } = parseMessage(
      encodeAs(wireFormOf(PROFILES[name].form))(sent.slice(0, 500)),
      MONDAY_MS,
    );
    expect(refused).toEqual([]);
    expect(readings).toEqual(sent.slice(0, 500));
    expect(new Set(sent.map(({ readingId }) => readingId)).size).toBe(sent.length);
  });

  test.each([0.05, 0.2])('the share of faulty moments is %f within one point', (faultRate) => {
    const fleet = fleetOf(name, { faultRate, devices: 100 });
    let moments = 0;
    let faulty = 0;
    for (const device of fleet.devices.keys()) {
      // Every fifth moment is enough to tell the share.
      for (let turn = 0; turn < 16_000; turn += 5) {
        moments += 1;
        if (fleet.faultAt(device, MONDAY_MS + turn * fleet.intervalMs)) faulty += 1;
      }
    }
    expect(Math.abs(faulty / moments - faultRate)).toBeLessThan(0.01);
  });

  test('faults of a device do not overlap', () => {
    const fleet = fleetOf(name, { devices: 20 });
    const toMs = MONDAY_MS + 10_000 * fleet.intervalMs;
    for (const device of fleet.devices.keys()) {
      let lastEndMs = 0;
      for (const { startMs, endMs } of fleet.faults(device, { fromMs: MONDAY_MS, toMs })) {
        expect(startMs).toBeGreaterThanOrEqual(lastEndMs);
        lastEndMs = endMs;
      }
    }
  });

  test('every kind of fault of the profile comes', () => {
    const fleet = fleetOf(name, { devices: 60, faultRate: 0.2 });
    const kinds = new Set<string>();
    for (const device of fleet.devices.keys()) {
      for (let turn = 0; turn < 100_000; turn += 101) {
        const fault = fleet.faultAt(device, MONDAY_MS + turn * fleet.intervalMs);
        if (fault) kinds.add(fault.kind);
      }
    }
    expect([...kinds].sort()).toEqual([...new Set(PROFILES[name].faults)].sort());
  });
});

/** The first 16 digits of the SHA-256 of an hour, to notice when another machine or version differs. */
test.each([
  ['building', 'fa69009d0fbf80f5'],
  ['environment', '61fd1d6aaf369534'],
  ['machine', '18bb4546ac884788'],
  ['lab', '7fb043138b913439'],
  ['sound', '6b7728cf4b3e128e'],
] as const)('%s is the same on every machine', (name, expected) => {
  const period = { fromMs: MONDAY_MS + 9 * HOUR_MS, toMs: MONDAY_MS + 10 * HOUR_MS };
  expect(digest(fleetOf(name, { devices: 10 }).readings(period))).toBe(expected);
});

describe('layout', () => {
  test.each(['building', 'machine'] as const)('%s has 3 buildings with 4 floors', (name) => {
    const places = fleetOf(name).devices.map(({ place }) => `${place.building}${place.floor}`);
    expect([...new Set(places)].sort()).toEqual([
      ...['A1', 'A2', 'A3', 'A4', 'B1', 'B2', 'B3', 'B4', 'C1', 'C2', 'C3', 'C4'],
    ]);
  });

  test('building has all six types of rooms on each floor, with ids that tell the room', () => {
    const { devices } = fleetOf('building');
    const ids = devices.map(({ deviceId }) => deviceId);
    expect(new Set(ids).size).toBe(72);
    for (const id of ids) {
      expect(id).toMatch(
        /^Building[ABC]-Floor[1-4]-(ServerRoom|ConferenceRoom|Office|Lobby|Cafeteria|Warehouse)-[1-4]0\d$/,
      );
    }
    const types = Map.groupBy(devices, ({ place }) => `${place.building}${place.floor}`);
    for (const floor of types.values()) {
      expect(new Set(floor.map(({ place }) => place.type)).size).toBe(6);
    }
  });

  test('environment is five metrics at each of five places', () => {
    const pairs = fleetOf('environment').devices.map(({ kind }) => kind);
    expect(new Set(pairs).size).toBe(25);
  });

  test('machine has 50 devices and lab 54 motes', () => {
    expect(fleetOf('machine').devices).toHaveLength(50);
    expect(fleetOf('lab').devices).toHaveLength(54);
  });

  test.each([
    ['devices', { devices: 0 }],
    ['faultRate', { faultRate: 0.5 }],
    ['seed', { seed: -1 }],
    ['Mars/Olympus', { timeZone: 'Mars/Olympus' }],
  ])('a wrong %s is named', (what, options) => {
    expect(() => fleetOf('machine', options)).toThrow(what);
  });
});
