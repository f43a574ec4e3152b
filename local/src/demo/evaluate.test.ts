import { expect, test } from 'vitest';
import { evaluate, eventsOf } from './evaluate.ts';

const DAY_MS = 86_400_000;
const watches = [
  { deviceId: 'a', startMs: 0, endMs: DAY_MS },
  { deviceId: 'b', startMs: 0, endMs: DAY_MS },
];

test('labelled readings that follow each other are one event, others are their own', () => {
  const reading = (deviceId: string, atMs: number) => ({ deviceId, atMs, label: 'spike' });
  const readings = [reading('a', 20), reading('a', 10), reading('a', 100), reading('b', 21)];
  expect(eventsOf(readings, 15)).toEqual([
    { deviceId: 'a', label: 'spike', startMs: 10, endMs: 20 },
    { deviceId: 'a', label: 'spike', startMs: 100, endMs: 100 },
    { deviceId: 'b', label: 'spike', startMs: 21, endMs: 21 },
  ]);
});

test('an alert finds the event of its own device only; the rest are false alarms', () => {
  const event = { deviceId: 'a', label: 'spike', startMs: 1_000, endMs: 2_000 };
  const alerts = [
    { deviceId: 'a', atMs: 1_500 },
    { deviceId: 'a', atMs: 2_050 },
    { deviceId: 'b', atMs: 1_500 },
    { deviceId: 'a', atMs: 999 },
  ];
  expect(evaluate([event], alerts, watches, 100)).toEqual({
    eventCount: 1,
    foundCount: 1,
    missed: [],
    alertCount: 4,
    falseAlarmCount: 2,
    deviceDays: 2,
    falseAlarmsPerDeviceDay: 1,
  });
});

test('what happened while nobody watched is neither missed nor false', () => {
  const event = { deviceId: 'a', label: 'spike', startMs: 2 * DAY_MS, endMs: 2 * DAY_MS };
  const evaluation = evaluate([event], [{ deviceId: 'c', atMs: 5 }], watches, 0);
  expect(evaluation).toMatchObject({ eventCount: 0, alertCount: 0, falseAlarmCount: 0 });
});

test('an event without an alert is missed', () => {
  const event = { deviceId: 'a', label: 'spike', startMs: 1, endMs: 2 };
  expect(evaluate([event], [], watches, 0)).toMatchObject({ foundCount: 0, missed: [event] });
});
