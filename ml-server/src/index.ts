export { type LoadedModel, loadModel } from './model/load-model.ts';
export {
  type ModelPointer,
  pointerPath,
  type VersionReference,
  versionPath,
} from './model/model-pointer.ts';
export { ModelRefused } from './model/model-refused.ts';
export { type ModelStore, openModelStore, type StoredPointer } from './model/model-store.ts';
export { type App, type AppDeps, buildApp } from './serve/app.ts';
export { readServeConfig, type ServeConfig } from './serve/config.ts';
export type { Log, LogEntry, RequestLine, RequestLog } from './serve/request-log.ts';
export { type Served, type ServeEffects, serve } from './serve/serve.ts';
export { readTrainConfig, type TrainConfig } from './train/config.ts';
export { type TrainEffects, type TrainOutcome, train } from './train/train.ts';
export { queryHistory, type ReadingHistory } from './warehouse/reading-history.ts';
