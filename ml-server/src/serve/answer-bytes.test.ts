import { expect, test } from 'vitest';
import { answerBytes } from './answer-bytes.ts';
import { briefText } from './answer-text.ts';

const TIME = '2026-01-05T00:00:00Z';

test.each([null, '20260107T000001Z-00000000'])(
  'a brief answer reads as its text does, by the model %s',
  (version) => {
    const readings = [
      { device_id: 'a', temperature: 1 },
      { device_id: 'x'.repeat(64), temperature: 1 },
      { device_id: 'a', reading_id: 'Zählung|NaN "1" 数 🌡', temperature: 1 },
    ];
    for (const reading of readings) {
      for (const score of [0, 0.1 + 0.2, 5e-324, 0.9999999999999999]) {
        const answer = answerBytes(1, version);
        answer.brief(reading, TIME, score);
        expect(answer.end().toString()).toBe(briefText(reading, TIME, score, version));
      }
    }
  },
);

test('what is longer than expected, and not plain, is whole', () => {
  const answer = answerBytes(0, null);
  const texts = Array.from({ length: 500 }, (_, i) => `${i}–${'°'.repeat(i)}`);
  for (const text of texts) {
    answer.text(text);
    answer.brief({ device_id: 'a' }, TIME, 0.5);
  }
  const brief = briefText({ device_id: 'a' }, TIME, 0.5, null);
  expect(answer.end().toString()).toBe(texts.map((text) => text + brief).join(''));
});
