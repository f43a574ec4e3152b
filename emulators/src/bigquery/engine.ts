import type { Store } from './store.ts';
import type { Warehouse } from './warehouse.ts';

/** What every operation works on. */
export interface Engine {
  readonly warehouse: Warehouse;
  readonly store: Store;
  readonly counters: Counters;
  /** Epoch milliseconds. */
  now(): number;
  /** A new value each time. */
  etag(): string;
}

/** What the emulator has done so far, for tests and for `/_emulator/counters`. */
export interface Counters {
  requests: number;
  bytesReceived: number;
  bytesSent: number;
  rowsInserted: number;
  rowsRejected: number;
  rowsDeduplicated: number;
  rowsRead: number;
  queries: number;
}
