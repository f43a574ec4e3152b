import { expect, test } from 'vitest';
import { applyRule, parseRules, type Rule, type RuleSet, ruleFor } from './rules.ts';

const rules: RuleSet = {
  version: 'test',
  rules: [
    { metric: 'temperature', low: 18, high: 30, criticalLow: 10, criticalHigh: 40 },
    { metric: 'temperature', placeType: 'outdoor', low: -20, high: 45 },
    { metric: 'vibration', high: 3.5, criticalHigh: 7.1 },
  ],
};

const temperature = ruleFor(rules, 'temperature', 'office') as Rule;
const vibration = ruleFor(rules, 'vibration', undefined) as Rule;

test.each([
  [temperature, 24, 'normal', null],
  [temperature, 18, 'normal', null],
  [temperature, 30, 'normal', null],
  [temperature, 30.1, 'warning', 'high'],
  [temperature, 17.9, 'warning', 'low'],
  [temperature, 55, 'critical', 'high'],
  [temperature, 2, 'critical', 'low'],
  [vibration, 0, 'normal', null],
  [vibration, 3.5, 'normal', null],
  [vibration, 3.6, 'warning', 'high'],
  [vibration, 9, 'critical', 'high'],
])('%o holds %d to be %s', (rule, value, severity, direction) => {
  const verdict = applyRule(rule, value);
  expect(verdict).toMatchObject({ severity, direction });
  expect(1 <= verdict.score).toBe(severity !== 'normal');
});

test('the score grows with the distance and stays finite', () => {
  const scores = [24, 27, 31, 40, 1e9, Number.MAX_VALUE].map(
    (v) => applyRule(temperature, v).score,
  );
  expect(scores).toEqual([...scores].sort((a, b) => a - b));
  expect(scores.every(Number.isFinite)).toBe(true);
});

test('a type of place has limits of its own', () => {
  const outdoor = ruleFor(rules, 'temperature', 'outdoor') as Rule;
  expect(applyRule(outdoor, 5).severity).toBe('normal');
  expect(applyRule(temperature, 5).severity).toBe('critical');
});

test('a metric without a rule has none', () => {
  expect(ruleFor(rules, 'unheard_of', undefined)).toBeNull();
});

test('rules come back from JSON as they were', () => {
  expect(parseRules(JSON.parse(JSON.stringify(rules)))).toEqual(rules);
});

test.each([
  ['limits out of order', [{ metric: 'a', low: 5, high: 1 }], 'rules.rules[0].high is 1, below'],
  ['no limit', [{ metric: 'a' }], 'rules.rules[0] has no limit'],
  ['not a number', [{ metric: 'a', low: 'x' }], 'rules.rules[0].low is string'],
  [
    'repeated',
    [
      { metric: 'a', low: 1 },
      { metric: 'a', low: 2 },
    ],
    'rules.rules[1] repeats',
  ],
  ['nameless', [{ low: 1 }], 'rules.rules[0].metric is undefined'],
])('%s is refused with the place', (_what, rules, message) => {
  expect(() => parseRules({ version: '2', rules })).toThrow(message);
});
