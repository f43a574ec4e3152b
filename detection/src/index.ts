export { type Decided, type DecideSettings, decide } from './decision/decide.ts';
export { type BatchDecision, decideAlone, decideBatch } from './decision/decide-batch.ts';
export type {
  Decision,
  DetectorVote,
  Episode,
  MetricDecision,
  Severity,
} from './decision/decision.ts';
export { type DeviceState, silenceMs } from './decision/device-state.ts';
export type { Units } from './decision/explanation.ts';
export type { PointColumns } from './decision/point-columns.ts';
export { loadDeviceState, saveDeviceState } from './decision/saved-device-state.ts';
export { InputError, ModelError } from './errors.ts';
export { type Confusion, confusion } from './evaluation/confusion.ts';
export {
  addEventScores,
  type EventScore,
  type LabelledEvent,
  scoreEvents,
} from './evaluation/events.ts';
export {
  bestNabThreshold,
  NAB_PROFILES,
  type NabProfile,
  type NabSeries,
  nabScore,
  probationLength,
} from './evaluation/nab.ts';
export { keepOnsets } from './evaluation/onsets.ts';
export { rocAuc } from './evaluation/roc-auc.ts';
export {
  FEATURE_NAMES,
  featureNames,
  featureRow,
  type PointFeatures,
  pointFeatures,
  remember,
  type SeriesHistory,
} from './features.ts';
export { type ImportedTree, importForest } from './forest/import-forest.ts';
export { type ForestOptions, fitForest, type IsolationForest } from './forest/isolation-forest.ts';
export { loadForest, type SavedForest, saveForest } from './forest/saved-forest.ts';
export { scoreForest, scoreRow } from './forest/score.ts';
export {
  type MetricStatistics,
  type ModelBundle,
  modelFor,
  type TrainedModel,
  type TrainingParameters,
} from './model/bundle.ts';
export { loadBundle, type SavedBundle, saveBundle } from './model/saved-bundle.ts';
export {
  DEFAULT_PARAMETERS,
  type GrowForest,
  type MissingModel,
  type Point,
  type Trained,
  type TrainingOptions,
  type TrainingSeries,
  trainBundle,
} from './model/train-bundle.ts';
export { seededRandom } from './random.ts';
export { applyRule, NO_RULES, parseRules, type Rule, type RuleSet, ruleFor } from './rules.ts';
export type { Detector, Reading } from './streaming/detector.ts';
export { type EwmaModel, ewmaResidual } from './streaming/ewma-residual.ts';
export { type JumpModel, jump } from './streaming/jump.ts';
export {
  DEFAULT_MAHALANOBIS,
  type MahalanobisModel,
  type MahalanobisOptions,
  mahalanobis,
} from './streaming/mahalanobis.ts';
export { percentileLimits } from './streaming/percentile-limits.ts';
export {
  type CutForestOptions,
  createRandomCutForest,
  type RandomCutForest,
} from './streaming/random-cut-forest.ts';
export { loadCutForest, type SavedCutForest, saveCutForest } from './streaming/saved-cut-forest.ts';
export {
  followSeries,
  type SeriesEvidence,
  type SeriesModel,
  startSeries,
} from './streaming/series-ensemble.ts';
export { type ShapeOptions, shapeDistance } from './streaming/shape-distance.ts';
export { type StuckModel, stuck } from './streaming/stuck.ts';
export {
  noScores,
  type RecentScores,
  rememberScore,
  tailDecades,
} from './streaming/tail-probability.ts';
export { type DayProfile, timeOfDay } from './streaming/time-of-day.ts';
export { type VarianceModel, varianceRatio } from './streaming/variance-ratio.ts';
export { robustZScore, type ScoreOptions, zScore } from './streaming/z-score.ts';
