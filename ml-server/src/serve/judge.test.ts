import { expect, test } from 'vitest';
import { RULES } from '../rules.ts';
import { judge } from './judge.ts';

test.each([
  [{ temperature: 47.5 }, 'temperature 47.5 °C is above its limit 30 °C'],
  [{ temperature: 24, vibration: 5 }, 'vibration 5 mm/s is above its limit 3.5 mm/s'],
])('%o is explained with its unit', (metrics, sentence) => {
  const reading = { device_id: 'd1', ...metrics };
  const { decision } = judge(null, RULES, null, reading, Date.UTC(2026, 0, 9));
  expect(decision.explanation).toBe(sentence);
});
