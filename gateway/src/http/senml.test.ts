import { expect, test } from 'vitest';
import { parseBody } from './parse-body.ts';
import { PackRefused, parseSenml } from './senml.ts';

// The day of the examples, so that their times are neither old nor ahead.
const NOW_MS = Date.parse('2011-11-01T00:00:00Z');

/** What the gateway makes of a pack: readings without their ids, and refusals without their details. */
function read(pack: unknown, nowMs = NOW_MS) {
  const body = Buffer.from(JSON.stringify(pack));
  return parseBody({ form: 'senml', body, nowMs, idOf: () => undefined }).map((item) =>
    item.ok
      ? [
          item.reading.deviceId,
          new Date(item.reading.measuredAtMs).toISOString(),
          item.reading.metrics,
        ]
      : [item.pointer, item.reason],
  );
}

test('RFC 8428, 5.1.1: one measurement without a time is of now', () => {
  expect(read([{ n: 'urn:dev:ow:10e2073a01080063', u: 'Cel', v: 23.1 }])).toEqual([
    ['urn:dev:ow:10e2073a01080063', '2011-11-01T00:00:00.000Z', { temperature: 23.1 }],
  ]);
});

test('RFC 8428, 5.1.2: a base name and two measurements, of which a current is no metric', () => {
  expect(
    read([
      { bn: 'urn:dev:ow:10e2073a01080063:', n: 'voltage', u: 'V', v: 120.1 },
      { n: 'current', u: 'A', v: 1.2 },
    ]),
  ).toEqual([
    ['urn:dev:ow:10e2073a01080063', '2011-11-01T00:00:00.000Z', { voltage: 120.1 }],
    ['/1/u', 'unknown_metric'],
  ]);
});

test('RFC 8428, 5.1.2: base time, base unit and an older version; times count from the base', () => {
  const nowMs = Date.parse('2010-06-08T18:10:00Z');
  const pack = [
    {
      bn: 'urn:dev:ow:10e2073a0108006:',
      bt: 1.276020076001e9,
      bu: 'A',
      bver: 5,
      n: 'voltage',
      u: 'V',
      v: 120.1,
    },
    { n: 'current', t: -5, v: 1.2 },
    { n: 'current', t: -4, v: 1.3 },
    { n: 'current', t: -3, v: 1.4 },
    { n: 'current', t: -2, v: 1.5 },
    { n: 'current', t: -1, v: 1.6 },
    { n: 'current', v: 1.7 },
    // Not of the RFC, whose other records are currents: the same base, with a metric.
    { n: 'voltage', u: 'V', t: -5, v: 1.2 },
  ];
  expect(read(pack, nowMs)).toEqual([
    ['urn:dev:ow:10e2073a0108006', '2010-06-08T18:01:16.001Z', { voltage: 120.1 }],
    ...[1, 2, 3, 4, 5, 6].map((index) => [`/${index}/u`, 'unknown_metric']),
    ['urn:dev:ow:10e2073a0108006', '2010-06-08T18:01:11.001Z', { voltage: 1.2 }],
  ]);
});

test('RFC 8428, 5.1.3: a humidity every ten seconds, under one base', () => {
  const values = [21.2, 21.3, 21.4, 21.4, 21.5, 21.5, 21.5, 21.6, 21.7];
  const [first, ...others] = values;
  const pack = [
    { bn: 'urn:dev:ow:10e2073a01080063', bt: 1.320067464e9, bu: '%RH', v: first },
    ...others.map((v, index) => ({ t: 10 * (index + 1), v })),
  ];
  // Mon Oct 31 13:24:24 UTC 2011, says the RFC.
  const startMs = Date.parse('2011-10-31T13:24:24Z');
  expect(read(pack)).toEqual(
    values.map((humidity, index) => [
      'urn:dev:ow:10e2073a01080063',
      new Date(startMs + 10_000 * index).toISOString(),
      { humidity },
    ]),
  );
});

const HUMIDITY_ON_THE_MOVE = [
  { bn: 'urn:dev:ow:10e2073a01080063', bt: 1.320067464e9, bu: '%RH', v: 20 },
  { u: 'lon', v: 24.30621 },
  { u: 'lat', v: 60.07965 },
  { t: 60, v: 20.3 },
  { u: 'lon', t: 60, v: 24.30622 },
  { u: 'lat', t: 60, v: 60.07965 },
  { t: 120, v: 20.7 },
  { u: 'lon', t: 120, v: 24.30623 },
  { u: 'lat', t: 120, v: 60.07966 },
  { u: '%EL', t: 150, v: 98 },
  { t: 180, v: 21.2 },
  { u: 'lon', t: 180, v: 24.30628 },
  { u: 'lat', t: 180, v: 60.07967 },
];

test('RFC 8428, 5.1.3: the unit tells humidity from places and batteries', () => {
  const items = read(HUMIDITY_ON_THE_MOVE);
  expect(items.filter(([first]) => String(first).startsWith('urn'))).toEqual([
    ['urn:dev:ow:10e2073a01080063', '2011-10-31T13:24:24.000Z', { humidity: 20 }],
    ['urn:dev:ow:10e2073a01080063', '2011-10-31T13:25:24.000Z', { humidity: 20.3 }],
    ['urn:dev:ow:10e2073a01080063', '2011-10-31T13:26:24.000Z', { humidity: 20.7 }],
    ['urn:dev:ow:10e2073a01080063', '2011-10-31T13:27:24.000Z', { humidity: 21.2 }],
  ]);
  expect(items.filter(([, reason]) => reason === 'unknown_metric')).toHaveLength(9);
});

test('RFC 8428, 5.1.4: resolved records give the same readings as the pack they came from', () => {
  const name = 'urn:dev:ow:10e2073a01080063';
  // Those of the humidity; the places and the battery are refused as above.
  const resolved = [
    { n: name, u: '%RH', t: 1.320067464e9, v: 20 },
    { n: name, u: '%RH', t: 1.320067524e9, v: 20.3 },
    { n: name, u: '%RH', t: 1.320067584e9, v: 20.7 },
    { n: name, u: '%RH', t: 1.320067644e9, v: 21.2 },
  ];
  const whole = read(HUMIDITY_ON_THE_MOVE).filter(([first]) => first === name);
  expect(read(resolved)).toEqual(whole);
});

test('RFC 8428, 5.1.5: of several types of data, only numbers are stored', () => {
  expect(
    read([
      { bn: 'urn:dev:ow:10e2073a01080063:', n: 'temp', u: 'Cel', v: 23.1 },
      { n: 'label', vs: 'Machine Room' },
      { n: 'open', vb: false },
      { n: 'nfc-reader', vd: 'aGkgCg' },
    ]),
  ).toEqual([
    ['urn:dev:ow:10e2073a01080063', '2011-11-01T00:00:00.000Z', { temperature: 23.1 }],
    ['/1/vs', 'invalid_field'],
    ['/2/vb', 'invalid_field'],
    ['/3/vd', 'invalid_field'],
  ]);
});

test('RFC 8428, 5.1.6: records of two devices; those of one device and time are one reading', () => {
  const first = { temperature: 25.2, humidity: 30 };
  const second = { temperature: 12.3, humidity: 67 };
  expect(
    read([
      { bn: '2001:db8::2/', bt: 1.320078429e9, n: 'temperature', u: 'Cel', v: 25.2 },
      { n: 'humidity', u: '%RH', v: 30 },
      { bn: '2001:db8::1/', n: 'temperature', u: 'Cel', v: 12.3 },
      { n: 'humidity', u: '%RH', v: 67 },
    ]),
  ).toEqual([
    ['2001:db8::2', '2011-10-31T16:27:09.000Z', first],
    ['2001:db8::2', '2011-10-31T16:27:09.000Z', first],
    ['2001:db8::1', '2011-10-31T16:27:09.000Z', second],
    ['2001:db8::1', '2011-10-31T16:27:09.000Z', second],
  ]);
});

test('RFC 8428, 5.1.7: a set point is a temperature; switches and lights are no metrics', () => {
  const thermostat = [
    { bn: 'urn:dev:ow:10e2073a01080063:' },
    { n: 'temp', u: 'Cel', v: 23.1 },
    { n: 'heat', u: '/', v: 1 },
    { n: 'fan', u: '/', v: 0 },
  ];
  expect(read(thermostat)).toEqual([
    ['urn:dev:ow:10e2073a01080063', '2011-11-01T00:00:00.000Z', { temperature: 23.1 }],
    ['/2/u', 'unknown_metric'],
    ['/3/u', 'unknown_metric'],
  ]);
  const lights = [
    { bt: 1.320078429e9, bu: '/', n: '2001:db8::3', v: 0.5 },
    { n: '2001:db8::4', v: 0.5 },
    { n: '2001:db8::3', t: 0.1, v: 0 },
    { n: '2001:db8::4', t: 0.1, v: 0 },
  ];
  expect(read(lights)).toEqual([
    ['/0/bu', 'unknown_metric'],
    ...[1, 2, 3].map((index) => [`/${index}/u`, 'unknown_metric']),
  ]);
});

test('a base value is added to values, and stands for one that is missing', () => {
  expect(
    read([
      { bn: 'a:', n: 'temperature', u: 'Cel', bv: 20, v: 3 },
      { n: 'temperature', t: -1 },
    ]),
  ).toEqual([
    ['a', '2011-11-01T00:00:00.000Z', { temperature: 23 }],
    ['a', '2011-10-31T23:59:59.000Z', { temperature: 20 }],
  ]);
});

test('sums are left out beside a value, and refused without one', () => {
  expect(
    read([
      { n: 'a:energy', u: 'kWh', v: 2, bs: 100, s: 7 },
      { n: 'a:energy', u: 'kWh', s: 9 },
    ]),
  ).toEqual([
    ['a', '2011-11-01T00:00:00.000Z', { energy: 2 }],
    ['/1/s', 'invalid_field'],
  ]);
});

// Sources: RFC 8428, 12.1 and RFC 8798 for the units; 273.15 K, 3.6 MJ and 10 dB by definition.
test.each([
  ['K', 293.15, 'temperature', 20],
  ['Pa', 101_325, 'pressure', 1013.25],
  ['J', 3.6e6, 'energy', 1],
  ['Bspl', 6.02, 'sound', 60.2],
  ['mV', 2900, 'voltage', 2.9],
  ['lx', 400, 'light', 400],
])('a value in %s becomes one in the unit of its metric', (u, v, metric, expected) => {
  expect(read([{ n: 'dev-1', u, v }])).toEqual([
    ['dev-1', '2011-11-01T00:00:00.000Z', { [metric]: expected }],
  ]);
});

test('a wrong record has a pointer to its wrong field and leaves the others alone', () => {
  expect(
    read([
      { bn: 'dev-1:', n: 'temperature', u: 'Cel', v: 'warm' },
      { n: 'temperature', u: 'V', v: 1 },
      { n: 'temperature', u: 'Cel', v: 900 },
      { n: 'temperature', u: 'Cel' },
      { n: 'temp!', u: 'Cel', v: 1 },
      { n: 'temperature', u: 'Cel', v: 1, t: 'noon' },
      { n: 'temperature', u: 'Cel', v: 1, t: 4e9 },
      { n: 'temperature', u: 'Cel', v: 1 },
    ]),
  ).toEqual([
    ['/0/v', 'invalid_field'],
    ['/1/u', 'invalid_field'],
    ['/2/v', 'implausible_value'],
    ['/3/v', 'missing_field'],
    ['/4/n', 'invalid_field'],
    ['/5/t', 'invalid_field'],
    ['/6/t', 'implausible_time'],
    ['dev-1', '2011-11-01T00:00:00.000Z', { temperature: 1 }],
  ]);
});

test.each([
  ['not an array', { n: 'a' }, ''],
  ['no records but a number', [1], '/0'],
  ['a field that must be understood', [{ n: 'a', v: 1, must_: 1 }], '/0/must_'],
  ['a newer version', [{ bver: 11, n: 'a', v: 1 }], '/0/bver'],
  ['two versions', [{ bver: 10, n: 'a', v: 1 }, { bver: 9 }], '/1/bver'],
  ['a base time that is none', [{ bt: 'now', n: 'a', v: 1 }], '/0/bt'],
])('the whole pack is refused for %s', (_, pack, pointer) => {
  expect(() => parseSenml(pack, NOW_MS)).toThrow(PackRefused);
  try {
    parseSenml(pack, NOW_MS);
  } catch (error) {
    expect((error as PackRefused).pointer).toBe(pointer);
  }
});
