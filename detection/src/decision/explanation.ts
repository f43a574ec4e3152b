import { type Finding, tellingAnomalies } from './anomaly-types.ts';
import type { MetricDecision } from './decision.ts';

/** Why the decision was made, as a sentence: the strongest finding, what was expected, what else spoke. */
export function explain(findings: readonly Finding[], metrics: readonly MetricDecision[]): string {
  const anomalies = tellingAnomalies(findings);
  const [strongest] = anomalies;
  if (strongest === undefined) return explainNormal(findings);
  const others = new Set(
    anomalies.flatMap(({ metric }) =>
      metric === null || metric === strongest.metric ? [] : [metric],
    ),
  );
  const also = 0 < others.size ? `; ${[...others].join(' and ')} also` : '';
  return `${describe(strongest, metrics)}${also}`;
}

function explainNormal(findings: readonly Finding[]): string {
  return findings.length === 0
    ? 'Nothing is known about these metrics yet: no rule, no model, no history'
    : 'Nothing unusual';
}

function describe(finding: Finding, metrics: readonly MetricDecision[]): string {
  const { metric, name, direction } = finding;
  if (name === 'silence')
    return `The device was silent for ${describeDuration(finding.score)}, longer than ever before`;
  if (metric === null) {
    const share = [...metrics].sort((a, b) => b.contribution - a.contribution);
    const [first] = share;
    return `The combination of ${listOf(metrics.map((one) => one.metric))} is unusual${
      first === undefined ? '' : `, most of all ${first.metric} ${format(first.value)}`
    }`;
  }
  const one = metrics.find((candidate) => candidate.metric === metric);
  if (one === undefined) return `${metric} is unusual`;
  const value = `${metric} ${format(one.value)}`;
  const usual = usualOf(one);
  if (name === 'stuck') return `${value} has not changed for longer than it ever does`;
  if (direction === null) return `${value} breaks the pattern of its recent readings${usual}`;
  const side = direction === 'high' ? 'above' : 'below';
  if (name === 'rule') return `${value} is ${side} its limit ${format(finding.limit ?? 0)}`;
  return `${value} is unusually ${direction}${usual}`;
}

function describeDuration(ms: number): string {
  const seconds = Math.round(ms / 1000);
  if (seconds < 120) return `${seconds} s`;
  const minutes = Math.round(seconds / 60);
  return minutes < 120 ? `${minutes} min` : `${Math.round(minutes / 60)} h`;
}

function usualOf({ expected, low, high }: MetricDecision): string {
  if (expected === null) return '';
  const band = low === null || high === null ? '' : `, usually ${format(low)} to ${format(high)}`;
  return ` (expected ${format(expected)}${band})`;
}

function listOf(names: readonly string[]): string {
  return names.length < 2 ? names.join() : `${names.slice(0, -1).join(', ')} and ${names.at(-1)}`;
}

/** Four significant digits, as a person would say it. */
function format(value: number): string {
  return String(Number(value.toPrecision(4)));
}
