/**
 * What a reading takes on its way, counted: five metrics of the simulator's profile `building`. `units.test.ts` counts
 * bytes again with the real encoders.
 */

/** Bytes of a message's data with so many readings: JSON below 1,000 bytes, gzip from there on. */
const MESSAGE_BYTES: readonly (readonly [readings: number, bytes: number])[] = [
  [1, 325],
  [5, 462],
  [10, 693],
  [50, 2_560],
  [100, 4_719],
  [500, 18_638],
];

/** Bytes of a message with 1 to 500 readings; between the counts above, on a straight line. */
export function messageBytes(readings: number): number {
  const after = MESSAGE_BYTES.findIndex(([count]) => readings <= count);
  const [toCount, toBytes] = MESSAGE_BYTES[after] ?? [Number.NaN, Number.NaN];
  const [fromCount, fromBytes] = MESSAGE_BYTES[after - 1] ?? [toCount, toBytes];
  if (toCount === fromCount) return toBytes;
  return fromBytes + ((readings - fromCount) / (toCount - fromCount)) * (toBytes - fromBytes);
}

/** A row as a protocol buffer. */
export const ROW_BYTES = { reading: 204, prediction: 168 };

/** The columns that the aggregation reads of a reading. */
export const SCANNED_BYTES = 100;

/**
 * The columns that a training run reads of a reading: all of its three queries together, and the largest of them.
 * `npm run bench -- cost` counts them of a real run.
 */
export const TRAINED_BYTES = { run: 405, query: 160 };

/** Attributes, id and time of a message, which are paid for as well. */
export const MESSAGE_OVERHEAD_BYTES = 100;

/** Subscriptions that get every message: `ingest` and `detect`. */
export const DELIVERIES = 2;

/**
 * Seconds of a request apart from its readings: an append to BigQuery takes 80 ms at the median, and `detect` asks the
 * ML server first.
 */
export const REQUEST_SECONDS = { ingest: 0.1, detect: 0.2, mlServer: 0.05 };

/**
 * Seconds of a vCPU for a reading. Functions: a quarter of what the whole way takes on a laptop, emulators included
 * (`npm run bench -- ingest`, 20,000 readings/s on two cores). ML server: twice what its detectors take by themselves
 * (`npm run bench -- detection`, 20,000 readings/s on one core).
 */
export const CPU_SECONDS = { ingest: 25e-6, detect: 25e-6, mlServer: 100e-6 };

/** What the ML server remembers of a device; docs/api.md. */
export const HISTORY_BYTES = 150_000;
