export { type Misdelivery, misdeliver, withMalformed } from './delivery.ts';
export { encodeAs, type WireForm, wireFormOf } from './encode.ts';
export { FAULT_KINDS, FAULTS, type Fault, type FaultKind, MAX_FAULT_RATE } from './faults.ts';
export { createFleet, type Fleet, type FleetOptions, type Period } from './fleet.ts';
export { gatewayOf } from './gateway.ts';
export { mergeByTime } from './merge.ts';
export { atRate, inTime, until } from './pace.ts';
export type { Device, Profile, Signal } from './profile.ts';
export { PROFILE_NAMES, PROFILES, type ProfileName } from './profiles/index.ts';
export { pubSubTopic } from './pub-sub-topic.ts';
export {
  type OutgoingMessage,
  PermanentError,
  type PublishOptions,
  type PublishTotals,
  publishReadings,
  type SendMessage,
  type Trouble,
} from './publish.ts';
export { type CleaningReport, type DataSet, loadDataSet } from './replay/data-set.ts';
export { DATA_SET_NAMES, DATA_SETS, type DataSetName, loadIntelLab } from './replay/data-sets.ts';
export type { Mapping } from './replay/mapping.ts';
export { type ReplayOptions, replay } from './replay/replay.ts';
