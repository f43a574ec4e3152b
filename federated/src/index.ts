export { buildCoordinatorApp, type CoordinatorAppDeps } from './coordinator/app.ts';
export { type CoordinatorConfig, readCoordinatorConfig } from './coordinator/config.ts';
export {
  type Coordinator,
  createCoordinator,
  DEFAULT_RULES,
  type RoundRecord,
  type RoundRules,
} from './coordinator/coordinator.ts';
export {
  type GlobalModel,
  type GlobalModelStore,
  openGlobalModels,
} from './coordinator/model-store.ts';
export { type RoundTables, roundTables } from './coordinator/round-tables.ts';
export {
  type CoordinatorEffects,
  type RunningCoordinator,
  startCoordinator,
} from './coordinator/start.ts';
export { createDeviceLearner, type DeviceLearner, type Score } from './edge/device-learner.ts';
export { type CoordinatorClient, coordinatorAt, takePart } from './edge/exchange.ts';
export { type EdgeOptions, metricsOf, runEdge } from './edge/run-edge.ts';
export type { Task, UpdateMessage } from './wire.ts';
