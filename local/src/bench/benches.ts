/** One measured figure. A ratio is against the named peer in the same run. */
export interface Figure {
  readonly what: string;
  readonly value: number;
  readonly unit: string;
  readonly peer: string;
  readonly goal: string;
  /** Null where there is nothing to compare with: `reason` says why. */
  readonly met: boolean | null;
  readonly reason?: string;
}

export interface Bench {
  readonly description: string;
  /**
   * Loaded only when asked for. `dataDir` is a folder of labelled data sets that are not shipped, `seeds` those
   * of simulated fleets, in place of the bench's own.
   */
  run(dataDir: string | undefined, seeds: string | undefined): Promise<readonly Figure[]>;
}

/** What `npm run bench` can measure, by name. Each package keeps its own in its folder `bench/`. */
export const BENCHES: Readonly<Record<string, Bench>> = {
  simulator: {
    description: 'readings generated and published a second',
    run: async () => (await import('../../../simulator/bench/simulator.ts')).benchSimulator(),
  },
  pubsub: {
    description: "our Pub/Sub emulator against Google's",
    run: async () => (await import('../../../emulators/bench/pubsub.ts')).benchPubSub(),
  },
  bigquery: {
    description: 'our BigQuery emulator: rows in, queries out, memory',
    run: async () => (await import('../../../emulators/bench/bigquery.ts')).benchBigQuery(),
  },
  detection: {
    description: "forests and streaming detectors against scikit-learn's and npm's",
    run: async () => (await import('../../../detection/bench/detection.ts')).benchDetection(),
  },
  accuracy: {
    description:
      'what the detectors find and miss on labelled data; --data DIR adds data sets, --seeds LIST more fleets',
    run: async (dataDir, seeds) =>
      (await import('../../../detection/bench/accuracy.ts')).benchAccuracy(dataDir, seeds),
  },
  ingest: {
    description:
      'the function ingest: time a reading, rows a write, from publisher to queryable row',
    run: async () => (await import('../../../functions/bench/ingest.ts')).benchIngest(),
  },
  cost: {
    description: 'US$ per million readings, from counted requests, bytes and rows',
    run: async () => (await import('../../../functions/bench/cost.ts')).benchCost(),
  },
  gateway: {
    description: 'messages a second through the MQTT bridge',
    run: async () => (await import('../../../gateway/bench/gateway.ts')).benchGateway(),
  },
  federated: {
    description: 'federated against local learning; --data DIR adds data sets',
    run: async (dataDir) =>
      (await import('../../../federated/bench/federated.ts')).benchFederated(dataDir),
  },
  server: {
    description: 'the ML server against a bare echo',
    run: async () => (await import('../../../ml-server/bench/server.ts')).benchServer(),
  },
};
