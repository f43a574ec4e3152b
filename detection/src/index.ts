export { type Decided, decide } from './decision/decide.ts';
export type {
  Decision,
  DetectorVote,
  Episode,
  MetricDecision,
  Severity,
} from './decision/decision.ts';
export { type DeviceState, silenceMs } from './decision/device-state.ts';
export { loadDeviceState, saveDeviceState } from './decision/saved-device-state.ts';
export { InputError, ModelError } from './errors.ts';
export {
  FEATURE_NAMES,
  featureNames,
  featureRow,
  type PointFeatures,
  pointFeatures,
  remember,
  type SeriesHistory,
} from './features.ts';
export { type ForestOptions, fitForest, type IsolationForest } from './forest/isolation-forest.ts';
export { loadForest, type SavedForest, saveForest } from './forest/saved-forest.ts';
export { scoreForest, scoreRow } from './forest/score.ts';
export type {
  MetricStatistics,
  ModelBundle,
  TrainedModel,
  TrainingParameters,
} from './model/bundle.ts';
export { loadBundle, type SavedBundle, saveBundle } from './model/saved-bundle.ts';
export {
  DEFAULT_PARAMETERS,
  type MissingModel,
  type Point,
  type Trained,
  type TrainingOptions,
  type TrainingSeries,
  trainBundle,
} from './model/train-bundle.ts';
export { seededRandom } from './random.ts';
export { DEFAULT_RULES, parseRules, type Rule, type RuleSet } from './rules.ts';
