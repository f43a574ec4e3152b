import { type PointFeatures, remember } from '../features.ts';
import type { Point } from '../model/train-bundle.ts';
import { applyRule } from '../rules.ts';
import { type EwmaModel, ewmaResidual } from '../streaming/ewma-residual.ts';
import { followSeries, type SeriesEvidence, startSeries } from '../streaming/series-ensemble.ts';
import type { Finding } from './anomaly-types.ts';
import type { SeriesState } from './device-state.ts';
import { forestFinding } from './forest-findings.ts';
import type { MetricPlan } from './plan.ts';

/** One metric of a point: what is known and found of it before the metrics are looked at together. */
export interface Observed {
  readonly metric: string;
  readonly value: number;
  /** What its rule and its forest say. */
  readonly findings: readonly Finding[];
  readonly expected: number | null;
  readonly low: number | null;
  readonly high: number | null;
  /** Null when the reading was not learned: it came late, or nothing is remembered. */
  readonly evidence: SeriesEvidence | null;
  /** The change from the reading before is far beyond the usual ones. */
  readonly isSudden: boolean;
}

/** A band of the ordinary: from the series' own past, or from training. */
interface Band {
  readonly median: number;
  readonly low: number;
  readonly high: number;
}

const BAND_DEVIATIONS = 4;
const SUDDEN_CHANGES = 8;

/**
 * Holds a value against its rule and its forest alone.
 *
 * - score: of the plan's forest; whatever when there is none
 */
export function observeAlone(
  { metric, rule, model }: MetricPlan,
  features: PointFeatures,
  score: number,
  isNewDevice: boolean,
  own: Band | null = null,
): Observed {
  const { value } = features;
  const findings: Finding[] = [];
  const verdict = rule === null ? null : applyRule(rule, value);
  if (verdict !== null)
    findings.push({
      name: 'rule',
      metric,
      score: verdict.score,
      threshold: 1,
      level: verdict.score,
      severity: verdict.severity,
      direction: verdict.direction,
      limit: verdict.direction === 'low' ? verdict.low : verdict.high,
    });
  if (model !== null) findings.push(forestFinding(model, features, score, isNewDevice));
  const usual = own ?? model?.statistics[0];
  return {
    metric,
    value,
    findings,
    expected: usual?.median ?? null,
    low: usual?.low ?? verdict?.low ?? null,
    high: usual?.high ?? verdict?.high ?? null,
    evidence: null,
    isSudden: false,
  };
}

/** The same with the series' own past, and the series with this reading: as before when it came late. */
export function observe(
  plan: MetricPlan,
  features: PointFeatures,
  score: number,
  isNewDevice: boolean,
  before: SeriesState | null,
  { atMs }: Point,
): { readonly observed: Observed; readonly series: SeriesState } {
  const { value } = features;
  const known = before?.model ?? startSeries(value);
  const own = usualBand(known.ewma, known.origin);
  const alone = observeAlone(plan, features, score, isNewDevice, own);
  const history = remember(before?.history ?? null, atMs, value);
  if (before !== null && history === before.history) return { observed: alone, series: before };
  const { evidence, model } = followSeries(known, { atMs, value });
  return {
    observed: { ...alone, evidence, isSudden: isSudden(known.ewma, value - known.origin) },
    series: { history, model },
  };
}

/** What the recent readings of the series lead to expect; null while they are too few. */
function usualBand(ewma: EwmaModel, origin: number): Band | null {
  if (ewma.count < ewmaResidual.warmUp) return null;
  const median = origin + ewma.mean;
  const reach = BAND_DEVIATIONS * Math.sqrt(ewma.variance);
  return { median, low: median - reach, high: median + reach };
}

function isSudden({ count, last, change }: EwmaModel, value: number): boolean {
  return ewmaResidual.warmUp <= count && SUDDEN_CHANGES * change < Math.abs(value - last);
}
