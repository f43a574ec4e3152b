export { type BigQueryEmulator, type BigQueryOptions, startBigQuery } from './bigquery/index.ts';
export type { Emulator, EmulatorOptions } from './emulator.ts';
export {
  type BigQueryTables,
  bigQueryAt,
  type Fault,
  type Limits as PubSubLimits,
  type Message,
  type PubSubEmulator,
  type PubSubOptions,
  startPubSub,
} from './pubsub/index.ts';
export { type Emulators, type EmulatorsOptions, start } from './start.ts';
export {
  type Publish,
  type StorageEmulator,
  type StorageFault,
  type StorageLimits,
  type StorageOptions,
  startStorage,
} from './storage/index.ts';
