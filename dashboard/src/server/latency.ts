/** How long a route of the ML server took since it started. */
export interface RouteLatency {
  readonly route: string;
  readonly request_count: number;
  readonly mean_ms: number;
  /** Between the edges of a bucket a straight line is assumed; null if it is above the last edge. */
  readonly p50_ms: number | null;
  readonly p95_ms: number | null;
  readonly p99_ms: number | null;
}

interface Histogram {
  /** Upper edge in seconds and requests at or below it, in rising order, the last edge infinite. */
  readonly buckets: { readonly edge: number; readonly count: number }[];
  sum: number;
}

const NAME = 'iot_http_request_duration_seconds';
const LINE = new RegExp(`^${NAME}_(bucket|sum)\\{route="([^"]*)"(?:,le="([^"]*)")?\\} (\\S+)$`);

/**
 * Latency by route from a page of Prometheus metrics, the busiest route first. Other metrics are passed over, and
 * so are routes without a request.
 *
 * Source: the text format 0.0.4 and `histogram_quantile` of Prometheus.
 */
export function latencyByRoute(metrics: string): readonly RouteLatency[] {
  const histograms = new Map<string, Histogram>();
  for (const line of metrics.split('\n')) {
    const [, kind, route, edge, text] = LINE.exec(line) ?? [];
    if (route === undefined) continue;
    const histogram = histograms.get(route) ?? { buckets: [], sum: 0 };
    histograms.set(route, histogram);
    if (kind === 'sum') histogram.sum = Number(text);
    else {
      const seconds = edge === '+Inf' ? Number.POSITIVE_INFINITY : Number(edge);
      histogram.buckets.push({ edge: seconds, count: Number(text) });
    }
  }
  return [...histograms]
    .map(([route, { buckets, sum }]): RouteLatency => {
      const count = buckets.at(-1)?.count ?? 0;
      return {
        route,
        request_count: count,
        mean_ms: (1000 * sum) / count,
        p50_ms: quantileMs(buckets, 0.5),
        p95_ms: quantileMs(buckets, 0.95),
        p99_ms: quantileMs(buckets, 0.99),
      };
    })
    .filter((route) => route.request_count > 0)
    .sort((a, b) => b.request_count - a.request_count);
}

function quantileMs(buckets: Histogram['buckets'], share: number): number | null {
  const rank = share * (buckets.at(-1)?.count ?? 0);
  const index = buckets.findIndex(({ count }) => count >= rank);
  const bucket = buckets[index];
  if (!bucket || bucket.edge === Number.POSITIVE_INFINITY) return null;
  const below = buckets[index - 1] ?? { edge: 0, count: 0 };
  const part = (rank - below.count) / Math.max(1, bucket.count - below.count);
  return 1000 * (below.edge + part * (bucket.edge - below.edge));
}
