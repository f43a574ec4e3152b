/**
 * List prices in US$ of the multi-region US and of tier 1 regions, as the pages stood in 2026, and what is free each
 * month. In Europe most are the same, none is more than a quarter higher. Change them here.
 */
export const PRICES = {
  /** https://cloud.google.com/pubsub/pricing: each way, at least 1,000 bytes a request. */
  pubsub: { perTiB: 40, bigQuerySubscriptionPerTiB: 50, minimumRequestBytes: 1_000, freeGiB: 10 },
  /** https://cloud.google.com/run/pricing, request-based billing, rounded up to 100 ms. Functions cost the same. */
  run: {
    perMillionRequests: 0.4,
    perVcpuSecond: 0.000024,
    perGiBSecond: 0.0000025,
    perIdleVcpuSecond: 0.0000025,
    roundingSeconds: 0.1,
    freeRequests: 2_000_000,
    freeVcpuSeconds: 180_000,
    freeGiBSeconds: 360_000,
  },
  /** https://cloud.google.com/bigquery/pricing: a streamed row counts at least 1 KiB, a table of a query at least 10 MiB. */
  bigquery: {
    streamedPerGiB: 0.05,
    minimumRowBytes: 1_024,
    /** The Storage Write API counts the bytes of rows, without a minimum for each. */
    storageWritePerGiB: 0.025,
    freeStorageWriteTiB: 2,
    queriedPerTiB: 6.25,
    minimumTableBytes: 10 * 2 ** 20,
    storedPerGiB: 0.02,
    freeQueriedTiB: 1,
    freeStoredGiB: 10,
  },
  /** https://cloud.google.com/memorystore/docs/redis/pricing, for each GB: up to 4 GB, and above 100 GB. */
  redis: {
    perGbHour: {
      basic: { small: 0.049, large: 0.016 },
      highlyAvailable: { small: 0.064, large: 0.032 },
    },
    largeFromGb: 100,
  },
  /** https://cloud.google.com/run/pricing, instance-based billing: worker pools. */
  workers: { perVcpuSecond: 0.000018, perGiBSecond: 0.000002 },
  /** https://cloud.google.com/dataflow/pricing, streaming. */
  dataflow: { perVcpuHour: 0.069, perGbHour: 0.003557, perGbProcessed: 0.018 },
} as const;
