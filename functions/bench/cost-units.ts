import { PRICES } from '../../infra/src/cost/prices.ts';

/** What Google would bill for a run, counted while it ran. */
export interface Units {
  readonly readings: number;
  /** Bytes of published and of pushed messages, each request at its minimum or more. */
  readonly pubsubBytes: number;
  /** Requests to functions and to the ML server. */
  readonly requests: number;
  /** Time of instances: requests, 100 ms each, divided by how many share an instance. */
  readonly vcpuSeconds: number;
  readonly gibSeconds: number;
  /** Bytes written to BigQuery, as its API counts them. */
  readonly writtenBytes: number;
  readonly writtenPerGiB: number;
}

const GIB = 2 ** 30;
const TIB = 2 ** 40;

export interface Price {
  readonly what: string;
  readonly usdPerMillion: number;
}

/** US$ per million readings at list prices, without what is free each month. Storage and queries are not in it. */
export function priced(units: Units): Price[] {
  const { pubsub, run } = PRICES;
  const compute = units.vcpuSeconds * run.perVcpuSecond + units.gibSeconds * run.perGiBSecond;
  const usd = {
    'Pub/Sub': (units.pubsubBytes / TIB) * pubsub.perTiB,
    requests: (units.requests / 1e6) * run.perMillionRequests,
    'run time': compute,
    'rows written': (units.writtenBytes / GIB) * units.writtenPerGiB,
  };
  return Object.entries(usd).map(([what, total]) => ({
    what,
    usdPerMillion: (total / units.readings) * 1e6,
  }));
}

export function total(prices: readonly Price[]): number {
  return prices.reduce((sum, { usdPerMillion }) => sum + usdPerMillion, 0);
}

/** The bytes for which a message is billed when it is published or pushed alone. */
export function billedBytes(message: {
  data: Uint8Array;
  attributes: Readonly<Record<string, string>>;
  messageId: string;
}): number {
  const attributes = Object.entries(message.attributes).flat().join('');
  // 20 bytes for the time of publishing: https://cloud.google.com/pubsub/pricing.
  const bytes =
    message.data.byteLength +
    Buffer.byteLength(attributes) +
    Buffer.byteLength(message.messageId) +
    20;
  return Math.max(PRICES.pubsub.minimumRequestBytes, bytes);
}

/** Time for which a size of instance is billed when requests of up to 100 ms fill it. */
export function instanceTime(
  requests: number,
  size: { readonly cpu: number; readonly memoryMb: number; readonly concurrency: number },
) {
  const seconds = (requests * PRICES.run.roundingSeconds) / size.concurrency;
  return { vcpuSeconds: seconds * size.cpu, gibSeconds: seconds * (size.memoryMb / 1024) };
}
