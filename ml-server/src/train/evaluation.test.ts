import { expect, test } from 'vitest';
import { RULES } from '../rules.ts';
import type { LabelledRow } from '../warehouse/reading-history.ts';
import { type Evaluation, evaluate, worseThan } from './evaluation.ts';
import type { Series } from './sampling.ts';

/** Readings a minute apart: value, and `!` for a label. */
function series(...readings: [number, string?][]): Series<LabelledRow> {
  return {
    deviceId: 'm1',
    points: readings.map(([temperature, label], i) => ({
      deviceId: 'm1',
      atMs: i * 60_000,
      metrics: { temperature },
      label: label ?? null,
    })),
  };
}

test('an event is found by one anomaly in it; alerts outside of events are false', () => {
  const found = series([21], [45, 'spike'], [46, 'spike'], [21]);
  const missed = series([21], [22, 'drift'], [22, 'drift'], [21]);
  const falseAlarm = series([21], [45], [45], [21]);
  expect(evaluate(null, RULES, [found, missed, falseAlarm])).toMatchObject({
    reading_count: 12,
    event_count: 2,
    found_count: 1,
    false_alarm_count: 1,
    faults: [
      { label: 'drift', event_count: 1, found_count: 0, found_by: {} },
      { label: 'spike', event_count: 1, found_count: 1, found_by: { rule: 1 } },
    ],
    metrics: [{ metric: 'temperature', event_count: 2, found_count: 1, false_alarm_count: 1 }],
    // The readings at 45 °C and 46 °C: no history is long enough for the streaming detectors.
    agreement: { both_count: 0, rules_only_count: 4, models_only_count: 0, neither_count: 8 },
  });
});

test.each([
  ['the same', {}, 0],
  ['a fifth of the events lost', { found_count: 80 }, 1],
  ['a hair fewer events', { found_count: 99 }, 0],
  ['twice the false alarms', { false_alarm_count: 40 }, 1],
  ['fewer events and more false alarms', { found_count: 50, false_alarm_count: 100 }, 2],
  ['fewer false alarms', { false_alarm_count: 0 }, 0],
])('%s: %j gives %d reasons against promotion', (_, changes, reasonCount) => {
  const current: Evaluation = {
    reading_count: 10_000,
    device_days: 100,
    event_count: 100,
    found_count: 100,
    false_alarm_count: 20,
    faults: [],
    metrics: [],
    agreement: { both_count: 0, rules_only_count: 0, models_only_count: 0, neither_count: 0 },
  };
  expect(worseThan(current, { ...current, ...changes })).toHaveLength(reasonCount);
});
