export { startBigQuery } from './bigquery/index.ts';
export type { Emulator, EmulatorOptions } from './emulator.ts';
export { startPubSub } from './pubsub/index.ts';
export { startStorage } from './storage/index.ts';
