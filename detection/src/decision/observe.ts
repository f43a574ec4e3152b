import { type PointFeatures, pointFeatures, remember } from '../features.ts';
import { type ModelBundle, modelFor } from '../model/bundle.ts';
import type { Point } from '../model/train-bundle.ts';
import { applyRule, type RuleSet, ruleFor } from '../rules.ts';
import { type EwmaModel, ewmaResidual } from '../streaming/ewma-residual.ts';
import { followSeries, type SeriesEvidence, startSeries } from '../streaming/series-ensemble.ts';
import type { Finding } from './anomaly-types.ts';
import type { SeriesState } from './device-state.ts';
import { forestFinding } from './forest-findings.ts';

/** One metric of a point: what is known and found of it before the metrics are looked at together. */
export interface Observed {
  readonly metric: string;
  readonly value: number;
  readonly features: PointFeatures;
  readonly findings: readonly Finding[];
  readonly expected: number | null;
  readonly low: number | null;
  readonly high: number | null;
  /** Null when the reading came late and was not learned. */
  readonly evidence: SeriesEvidence | null;
  /** The change from the reading before is far beyond the usual ones. */
  readonly isSudden: boolean;
  /** The series with this reading; the same as before when it came late. */
  readonly series: SeriesState;
}

const BAND_DEVIATIONS = 4;
const SUDDEN_CHANGES = 8;

export function observe(
  bundle: ModelBundle | null,
  before: SeriesState | null,
  point: Point,
  metric: string,
  rules: RuleSet,
  isNewDevice: boolean,
): Observed {
  const value = point.metrics[metric] as number;
  const { atMs, placeType } = point;
  const history = before?.history ?? null;
  const features = pointFeatures(history, atMs, value, bundle?.parameters.utcOffsetMinutes);
  const findings: Finding[] = [];
  const rule = ruleFor(rules, metric, placeType);
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
  const model = bundle === null ? null : modelFor(bundle, [metric], placeType);
  if (model !== null) findings.push(forestFinding(model, features, isNewDevice));

  const known = before?.model ?? startSeries(value);
  const usual = usualBand(known.ewma, known.origin) ?? model?.statistics[0];
  const nextHistory = remember(history, atMs, value);
  const isLate = before !== null && nextHistory === history;
  const followed = isLate ? null : followSeries(known, { atMs, value });
  return {
    metric,
    value,
    features,
    findings,
    expected: usual?.median ?? null,
    low: usual?.low ?? verdict?.low ?? null,
    high: usual?.high ?? verdict?.high ?? null,
    evidence: followed?.evidence ?? null,
    isSudden: !isLate && isSudden(known.ewma, value - known.origin),
    series:
      followed === null ? (before as SeriesState) : { history: nextHistory, model: followed.model },
  };
}

/** What the recent readings of the series lead to expect; null while they are too few. */
function usualBand(ewma: EwmaModel, origin: number) {
  if (ewma.count < ewmaResidual.warmUp) return null;
  const median = origin + ewma.mean;
  const reach = BAND_DEVIATIONS * Math.sqrt(ewma.variance);
  return { median, low: median - reach, high: median + reach };
}

function isSudden({ count, last, change }: EwmaModel, value: number): boolean {
  return ewmaResidual.warmUp <= count && SUDDEN_CHANGES * change < Math.abs(value - last);
}
