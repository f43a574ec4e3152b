import { ModelError } from './errors.ts';
import { readArray, readNumber, readObject, readString } from './shape.ts';

/** What is ordinary for a metric, in its unit. Outside is a warning, outside the critical limits critical. */
export interface Rule {
  readonly metric: string;
  /** Applies to devices at this type of place; without it, to all that have no rule of their own. */
  readonly placeType?: string;
  readonly low?: number;
  readonly high?: number;
  readonly criticalLow?: number;
  readonly criticalHigh?: number;
}

/** Limits as data. The version travels with the decisions that were made under it. */
export interface RuleSet {
  readonly version: string;
  readonly rules: readonly Rule[];
}

/** For detectors that judge by what they learned alone. */
export const NO_RULES: RuleSet = { version: 'none', rules: [] };

export interface RuleVerdict {
  /** Below 1 inside the limits, 1 and more outside, by the distance from the middle or from 0. */
  readonly score: number;
  readonly severity: 'normal' | 'warning' | 'critical';
  readonly direction: 'low' | 'high' | null;
  readonly low: number | null;
  readonly high: number | null;
}

const ALMOST_ONE = 0.999;
const MAX_SCORE = 100;

/** The rule for a metric at a type of place: its own, else the general one, else null. */
export function ruleFor(
  rules: RuleSet,
  metric: string,
  placeType: string | undefined,
): Rule | null {
  let general: Rule | null = null;
  for (const rule of rules.rules) {
    if (rule.metric !== metric) continue;
    if (rule.placeType === undefined) general = rule;
    else if (rule.placeType === placeType) return rule;
  }
  return general;
}

/** Holds a finite value against a rule. A value on a limit is inside it. */
export function applyRule(rule: Rule, value: number): RuleVerdict {
  const low = rule.low ?? null;
  const high = rule.high ?? null;
  const middle = low !== null && high !== null ? (low + high) / 2 : 0;
  const below = low !== null && value < low;
  const above = high !== null && high < value;
  const limit = below ? low : above ? high : value < middle ? low : high;
  const reach = Math.abs((limit ?? 0) - middle);
  const distance = limit === null ? 0 : reach === 0 ? 0 : Math.abs(value - middle) / reach;
  if (!below && !above)
    return {
      score: Math.min(distance, ALMOST_ONE),
      severity: 'normal',
      direction: null,
      low,
      high,
    };
  const critical =
    value < (rule.criticalLow ?? Number.NEGATIVE_INFINITY) ||
    (rule.criticalHigh ?? Number.POSITIVE_INFINITY) < value;
  return {
    // A limit of 0 has no scale of its own: being beyond it at all is what counts.
    score: Math.min(Math.max(distance, 1), MAX_SCORE),
    severity: critical ? 'critical' : 'warning',
    direction: below ? 'low' : 'high',
    low,
    high,
  };
}

/**
 * Reads a rule set from plain data.
 *
 * @throws ModelError that names the rule and what is wrong: limits out of order, none at all, or two rules
 *   for the same metric and type of place
 */
export function parseRules(input: unknown): RuleSet {
  const set = readObject(input, 'rules');
  const version = readString(set.version, 'rules.version');
  const seen = new Set<string>();
  const rules = readArray(set.rules, 'rules.rules').map((entry, index) => {
    const where = `rules.rules[${index}]`;
    const data = readObject(entry, where);
    const rule: Record<string, string | number> = {
      metric: readString(data.metric, `${where}.metric`),
    };
    if (data.placeType !== undefined)
      rule.placeType = readString(data.placeType, `${where}.placeType`);
    const limits: number[] = [];
    for (const name of ['criticalLow', 'low', 'high', 'criticalHigh']) {
      if (data[name] === undefined) continue;
      const limit = readNumber(data[name], `${where}.${name}`);
      if (0 < limits.length && limit < (limits.at(-1) as number))
        throw new ModelError(`${where}.${name} is ${limit}, below the limit before it`);
      limits.push(limit);
      rule[name] = limit;
    }
    if (limits.length === 0) throw new ModelError(`${where} has no limit`);
    const key = JSON.stringify([rule.metric, rule.placeType]);
    if (seen.has(key)) throw new ModelError(`${where} repeats a rule for ${key}`);
    seen.add(key);
    return rule as unknown as Rule;
  });
  return { version, rules };
}
