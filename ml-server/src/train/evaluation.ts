import {
  type Decision,
  type DeviceState,
  decide,
  type ModelBundle,
  type RuleSet,
} from '@plumbline/detection';
import type { LabelledRow } from '../warehouse/reading-history.ts';
import type { Series } from './sampling.ts';

/** How well a model version, with rules and streaming detectors beside it, finds faults that are known. */
export interface Evaluation {
  readonly reading_count: number;
  /** Time covered, summed over devices. */
  readonly device_days: number;
  /** Stretches of readings of one device with one label. */
  readonly event_count: number;
  /** Events with at least one anomaly. */
  readonly found_count: number;
  /** Alerts on readings without a label. */
  readonly false_alarm_count: number;
  readonly faults: readonly FaultEvaluation[];
  readonly metrics: readonly MetricEvaluation[];
  readonly agreement: Agreement;
}

export interface FaultEvaluation {
  readonly label: string;
  readonly event_count: number;
  readonly found_count: number;
  /** Events that each detector called an anomaly by itself. */
  readonly found_by: Readonly<Record<string, number>>;
}

/** What one metric has to do with it. Labels name faults, not the metrics that show them. */
export interface MetricEvaluation {
  readonly metric: string;
  /** Events of devices that report the metric, and those in which it was called an anomaly. */
  readonly event_count: number;
  readonly found_count: number;
  /** False alarms that this metric had the greatest share in. */
  readonly false_alarm_count: number;
}

/** Readings that rules, and models (forests and streaming detectors), call anomalies. */
export interface Agreement {
  readonly both_count: number;
  readonly rules_only_count: number;
  readonly models_only_count: number;
  readonly neither_count: number;
}

const DAY_MS = 86_400_000;

/** Replays series through the very function that serves, and compares with their labels. */
export function evaluate(
  bundle: ModelBundle | null,
  rules: RuleSet,
  series: readonly Series<LabelledRow>[],
): Evaluation {
  const events: Event[] = [];
  const falseAlarms = new Map<string, number>();
  const agreement = { both_count: 0, rules_only_count: 0, models_only_count: 0, neither_count: 0 };
  let readingCount = 0;
  let coveredMs = 0;
  let falseAlarmCount = 0;
  for (const { points, placeType } of series) {
    let state: DeviceState | null = null;
    let label: string | null = null;
    for (const { atMs, metrics, label: next } of points) {
      const point = { atMs, metrics, ...(placeType !== undefined && { placeType }) };
      const decided = decide(bundle, state, point, rules);
      state = decided.state;
      readingCount++;
      agreement[agreementOf(decided.decision)]++;
      if (next !== null && next !== label) {
        events.push({
          label: next,
          finders: new Set(),
          metrics: new Set(),
          foundIn: new Set(),
          isFound: false,
        });
      }
      label = next;
      const event = label === null ? undefined : events.at(-1);
      if (event === undefined) {
        if (!decided.decision.alert) continue;
        falseAlarmCount++;
        const [first] = [...decided.decision.metrics].sort(
          (a, b) => b.contribution - a.contribution,
        );
        if (first !== undefined) {
          falseAlarms.set(first.metric, (falseAlarms.get(first.metric) ?? 0) + 1);
        }
        continue;
      }
      for (const { metric, isAnomaly } of decided.decision.metrics) {
        event.metrics.add(metric);
        if (isAnomaly) event.foundIn.add(metric);
      }
      if (decided.decision.isAnomaly) event.isFound = true;
      for (const vote of decided.decision.detectors) {
        if (vote.isAnomaly) event.finders.add(vote.name);
      }
    }
    coveredMs += (points.at(-1)?.atMs ?? 0) - (points[0]?.atMs ?? 0);
  }
  const labels = [...new Set(events.map((event) => event.label))].sort();
  const metrics = new Set([
    ...events.flatMap((event) => [...event.metrics]),
    ...falseAlarms.keys(),
  ]);
  return {
    reading_count: readingCount,
    device_days: coveredMs / DAY_MS,
    event_count: events.length,
    found_count: events.filter((event) => event.isFound).length,
    false_alarm_count: falseAlarmCount,
    faults: labels.map((label) => {
      const own = events.filter((event) => event.label === label);
      const finders = [...new Set(own.flatMap((event) => [...event.finders]))].sort();
      return {
        label,
        event_count: own.length,
        found_count: own.filter((event) => event.isFound).length,
        found_by: Object.fromEntries(
          finders.map((name) => [name, own.filter((event) => event.finders.has(name)).length]),
        ),
      };
    }),
    metrics: [...metrics].sort().map((metric) => ({
      metric,
      event_count: events.filter((event) => event.metrics.has(metric)).length,
      found_count: events.filter((event) => event.foundIn.has(metric)).length,
      false_alarm_count: falseAlarms.get(metric) ?? 0,
    })),
    agreement,
  };
}

interface Event {
  readonly label: string;
  /** Detectors that called one of its readings an anomaly. */
  readonly finders: Set<string>;
  /** Metrics of its readings, and those called an anomaly. */
  readonly metrics: Set<string>;
  readonly foundIn: Set<string>;
  isFound: boolean;
}

function agreementOf({ detectors }: Decision): keyof Agreement {
  const byRules = detectors.some(({ name, isAnomaly }) => isAnomaly && name === 'rule');
  const byModels = detectors.some(({ name, isAnomaly }) => isAnomaly && name !== 'rule');
  if (byRules) return byModels ? 'both_count' : 'rules_only_count';
  return byModels ? 'models_only_count' : 'neither_count';
}

/** A new version and the current one on the same readings. */
export interface Comparison {
  readonly next: Evaluation;
  /** Null if there was no version before. */
  readonly current: Evaluation | null;
}

/** Differences below these are chance. */
const RECALL_SLACK = 0.02;
const FALSE_ALARM_SLACK_PER_DAY = 0.05;
const FALSE_ALARM_SLACK_SHARE = 0.1;

/**
 * Why a new version should not replace the current one: empty when it is not worse.
 *
 * Both must have been evaluated on the same readings. Where no label is known, only false alarms count.
 */
export function worseThan(current: Evaluation, next: Evaluation): string[] {
  const reasons: string[] = [];
  if (0 < current.event_count) {
    const recall = (one: Evaluation) => one.found_count / one.event_count;
    if (recall(next) < recall(current) - RECALL_SLACK) {
      reasons.push(
        `finds ${next.found_count} of ${next.event_count} known events, the current version ${current.found_count}`,
      );
    }
  }
  const perDay = (one: Evaluation) => one.false_alarm_count / Math.max(1e-9, one.device_days);
  const allowed = perDay(current) * (1 + FALSE_ALARM_SLACK_SHARE) + FALSE_ALARM_SLACK_PER_DAY;
  if (allowed < perDay(next)) {
    reasons.push(
      `${perDay(next).toFixed(2)} false alarms a device and day, the current version ${perDay(current).toFixed(2)}`,
    );
  }
  return reasons;
}
