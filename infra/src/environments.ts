import type { FunctionName } from '@plumbline/contracts';

export type EnvironmentName = 'dev' | 'prod';

/** What one instance has. */
export interface Machine {
  readonly cpu: 1 | 2 | 4;
  readonly memoryMb: number;
}

/** How a function or a service may grow, and what one instance has. */
export interface Size extends Machine {
  /** Requests that one instance takes at once. */
  readonly concurrency: number;
  readonly minInstances: number;
  readonly maxInstances: number;
}

/** What differs between environments. Everything else is the same on purpose. */
export interface Environment {
  /** Data cannot be deleted by a deployment: tables, buckets and services refuse to go. */
  readonly isProtected: boolean;
  readonly functions: Readonly<Record<FunctionName, Size>>;
  readonly mlServer: Size;
  readonly dashboard: Size;
  readonly trainer: Machine & {
    readonly timeoutMinutes: number;
    /** History that each run reads. Its query is refused beyond 20 GB: see `npm run scale`. */
    readonly historyHours: number;
  };
  /** Only if PLUMBLINE_HTTP_GATEWAY asks for it, and so with the next two: PLUMBLINE_MQTT_URL, PLUMBLINE_COORDINATOR. */
  readonly gatewayHttp: Size;
  /** One instance: a second one would need a name of its own at the broker. */
  readonly gatewayMqtt: Machine;
  /** One instance, always there: a round lives in its memory. */
  readonly federated: Machine;
  /** The API that functions write rows by. Storage Write costs half of insertAll for each GiB and has no minimum for a row. */
  readonly warehouseWriter: 'insert-all' | 'storage-write';
  /** TiB that the queries of each identity may read in a day; US$ 6.25 each. The guards of the trainer's three queries add up to 1.31. */
  readonly queriedTiBPerDay: number;
  /** All detectors, some of which remember each device; or forests and rules alone, which judge a reading by itself. */
  readonly detectors: 'all' | 'forest';
  /** Keeps the recent history of devices in Redis, so that more than one ML server can score. */
  readonly hasRedis: boolean;
  /** Writes every message as it came into a table of its own, by a BigQuery subscription. */
  readonly hasArchive: boolean;
}

export const ENVIRONMENTS: Readonly<Record<EnvironmentName, Environment>> = {
  dev: {
    isProtected: false,
    functions: {
      ingest: { cpu: 1, memoryMb: 512, concurrency: 80, minInstances: 0, maxInstances: 3 },
      detect: { cpu: 1, memoryMb: 512, concurrency: 80, minInstances: 0, maxInstances: 3 },
      'dead-letter': { cpu: 1, memoryMb: 512, concurrency: 8, minInstances: 0, maxInstances: 1 },
    },
    mlServer: { cpu: 1, memoryMb: 1024, concurrency: 80, minInstances: 0, maxInstances: 1 },
    dashboard: { cpu: 1, memoryMb: 512, concurrency: 80, minInstances: 0, maxInstances: 1 },
    trainer: { cpu: 2, memoryMb: 2048, timeoutMinutes: 30, historyHours: 168 },
    gatewayHttp: { cpu: 1, memoryMb: 512, concurrency: 80, minInstances: 0, maxInstances: 2 },
    gatewayMqtt: { cpu: 1, memoryMb: 512 },
    federated: { cpu: 1, memoryMb: 512 },
    warehouseWriter: 'storage-write',
    queriedTiBPerDay: 2,
    detectors: 'all',
    hasRedis: false,
    hasArchive: false,
  },
  prod: {
    isProtected: true,
    functions: {
      ingest: { cpu: 1, memoryMb: 512, concurrency: 80, minInstances: 0, maxInstances: 20 },
      detect: { cpu: 1, memoryMb: 512, concurrency: 80, minInstances: 0, maxInstances: 20 },
      'dead-letter': { cpu: 1, memoryMb: 512, concurrency: 8, minInstances: 0, maxInstances: 2 },
    },
    // One instance, always warm: it remembers the recent history of every device.
    mlServer: { cpu: 2, memoryMb: 2048, concurrency: 80, minInstances: 1, maxInstances: 1 },
    dashboard: { cpu: 1, memoryMb: 512, concurrency: 80, minInstances: 0, maxInstances: 3 },
    trainer: { cpu: 4, memoryMb: 4096, timeoutMinutes: 50, historyHours: 168 },
    gatewayHttp: { cpu: 1, memoryMb: 512, concurrency: 80, minInstances: 1, maxInstances: 20 },
    gatewayMqtt: { cpu: 1, memoryMb: 512 },
    federated: { cpu: 1, memoryMb: 512 },
    warehouseWriter: 'storage-write',
    queriedTiBPerDay: 4,
    detectors: 'all',
    hasRedis: false,
    hasArchive: false,
  },
};

/** Devices whose history fits into a third of an ML server's memory, at 150 kB each (docs/api.md). */
export function devicesRemembered({ memoryMb }: Machine): number {
  return 2 * memoryMb;
}
