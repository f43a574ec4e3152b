import { expect, test } from 'vitest';
import { confusion } from './confusion.ts';
import { addEventScores, scoreEvents } from './events.ts';
import { keepOnsets } from './onsets.ts';

// By hand: 2 hits, 1 false alarm, 1 miss, 4 rests. F1 = 4 / 6; MCC = (2·4 - 1·1) / √(3·3·5·5).
test('a confusion is what its definitions say', () => {
  const labels = [1, 1, 1, 0, 0, 0, 0, 0];
  const answers = [true, true, false, true, false, false, false, false];
  const { f1, falseAlarmRate, missedAlarmRate, mcc } = confusion(answers, labels);
  expect([f1, falseAlarmRate, missedAlarmRate]).toEqual([4 / 6, 1 / 5, 1 / 3]);
  expect(mcc).toBeCloseTo(7 / 15, 12);
});

test('calling everything an anomaly has no correlation with the labels', () => {
  const labels = [1, 0, 1, 1];
  expect(confusion([true, true, true, true], labels)).toMatchObject({ falseAlarmRate: 1, mcc: 0 });
  expect(confusion([false, false, false, false], labels)).toMatchObject({ f1: 0, mcc: 0 });
});

test('an event is found by an anomaly in it or right after it, and alerts elsewhere are false', () => {
  const events = [
    { startMs: 100, endMs: 200 },
    { startMs: 500, endMs: 600 },
    { startMs: 900, endMs: 950 },
  ];
  const score = scoreEvents(events, [130, 140, 605, 700], [130, 605, 700], 10);
  expect(score).toEqual({ eventCount: 3, foundCount: 2, falseAlarmCount: 1, delaysMs: [30, 105] });
  expect(addEventScores([score, score])).toMatchObject({ eventCount: 6, falseAlarmCount: 2 });
});

test('an excursion is told at its onset, and again only when it grows', () => {
  const scores = [0, 5, 5, 5.4, 6, 0, 0, 5];
  expect([...keepOnsets(scores)]).toEqual([0, 5, 0, 0, 6, 0, 0, 0]);
  const later = [5, ...new Array(90).fill(0), 5];
  expect(keepOnsets(later)[91]).toBe(5);
});
