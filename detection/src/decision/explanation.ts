import { type Finding, tellingAnomalies } from './anomaly-types.ts';
import type { MetricDecision } from './decision.ts';

/** The unit of each metric, as a person reads it: `{ temperature: '°C' }`. A metric without one is told bare. */
export type Units = Readonly<Record<string, string>>;

export const NO_UNITS: Units = {};

/** Why the decision was made, as a sentence: the strongest finding, what is usual, what else spoke. */
export function explain(
  findings: readonly Finding[],
  metrics: readonly MetricDecision[],
  units: Units,
): string {
  const anomalies = tellingAnomalies(findings);
  const [strongest] = anomalies;
  if (strongest === undefined) return explainOrdinary(findings.length);
  const others = new Set(
    anomalies.flatMap(({ metric }) =>
      metric === null || metric === strongest.metric ? [] : [metric],
    ),
  );
  const also = 0 < others.size ? `; ${listOf([...others].map(nameOf))} also` : '';
  return `${describe(strongest, metrics, units)}${also}`;
}

/** The sentence when nothing is found, by so many findings of detectors. */
export function explainOrdinary(findingCount: number): string {
  return findingCount === 0
    ? 'Nothing is known about these metrics yet: no rule, no model, no history'
    : 'Nothing unusual';
}

function describe(finding: Finding, metrics: readonly MetricDecision[], units: Units): string {
  const { metric, name, direction } = finding;
  if (name === 'silence')
    return `The device was silent for ${describeDuration(finding.score)}, longer than ever before`;
  if (metric === null) {
    const share = [...metrics].sort((a, b) => b.contribution - a.contribution);
    const [first] = share;
    const most =
      first === undefined
        ? ''
        : `, most of all ${nameOf(first.metric)} ${withUnit(format(first.value), units[first.metric])}`;
    return `The combination of ${listOf(metrics.map((one) => nameOf(one.metric)))} is unusual${most}`;
  }
  const one = metrics.find((candidate) => candidate.metric === metric);
  if (one === undefined) return `${nameOf(metric)} is unusual`;
  const unit = units[metric];
  const isRule = name === 'rule';
  const number = isRule || name === 'stuck' ? format(one.value) : formatLike(one.value, one);
  const value = `${nameOf(metric)} ${withUnit(number, unit)}`;
  if (name === 'relation') {
    const others = metrics.filter((other) => other.metric !== metric);
    const names = listOf(others.map((other) => nameOf(other.metric)));
    return `${value} has left its usual relation to ${names}`;
  }
  if (name === 'stuck') return `${value} has not changed for longer than it ever does`;
  const side = direction === 'high' ? 'above' : 'below';
  if (isRule) return `${value} is ${side} its limit ${withUnit(format(finding.limit ?? 0), unit)}`;
  const usual = usualOf(one, unit);
  if (direction === null) return `${value} breaks the pattern of its recent readings${usual}`;
  return `${value} is unusually ${direction}${usual}`;
}

function describeDuration(ms: number): string {
  const seconds = Math.round(ms / 1000);
  if (seconds < 120) return `${seconds} s`;
  const minutes = Math.round(seconds / 60);
  return minutes < 120 ? `${minutes} min` : `${Math.round(minutes / 60)} h`;
}

function usualOf(one: MetricDecision, unit: string | undefined): string {
  const { expected, low, high } = one;
  if (low !== null && high !== null)
    return `, usually ${formatLike(low, one)} to ${withUnit(formatLike(high, one), unit)}`;
  return expected === null ? '' : `, expected ${withUnit(format(expected), unit)}`;
}

function nameOf(metric: string): string {
  return metric.replaceAll('_', ' ');
}

function withUnit(number: string, unit: string | undefined): string {
  return unit === undefined || unit === '' ? number : `${number} ${unit}`;
}

function listOf(names: readonly string[]): string {
  return names.length < 2 ? names.join() : `${names.slice(0, -1).join(', ')} and ${names.at(-1)}`;
}

/** Four significant digits, as a person would say it. */
function format(value: number): string {
  return String(Number(value.toPrecision(4)));
}

const MOST_DECIMALS = 6;

/** With as many decimals as tell values within the usual band apart: 21.5 to 23.0, 400 to 900. */
function formatLike(value: number, { low, high }: MetricDecision): string {
  const width = low === null || high === null ? 0 : high - low;
  const decimals = width === 0 ? Number.NaN : Math.max(0, Math.round(1 - Math.log10(width)));
  return decimals <= MOST_DECIMALS && Math.abs(value) < 1e9
    ? value.toFixed(decimals)
    : format(value);
}
