import { RULE_LIMITS, RULE_LIMITS_VERSION } from '@plumbline/contracts';
import { parseRules, type RuleSet } from '@plumbline/detection';

/** The limits that SQL counts by too, as the detectors read them. */
export const RULES: RuleSet = parseRules({
  version: String(RULE_LIMITS_VERSION),
  rules: RULE_LIMITS,
});
