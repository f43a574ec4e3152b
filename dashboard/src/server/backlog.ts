import { singleFlightCache } from './cache.ts';

/** Messages of one subscription that Pub/Sub has and nobody acknowledged. */
export interface SubscriptionBacklog {
  readonly subscription: string;
  /** Null where Cloud Monitoring has no point of the last minutes. */
  readonly waiting_count: number | null;
  readonly oldest_age_s: number | null;
}

/** What waits in Pub/Sub. Null where nobody counts it: the embedded broker has no metrics. */
export type ReadBacklog = () => Promise<readonly SubscriptionBacklog[] | null>;

/** Cloud Monitoring could not be asked. Becomes a 502. */
export class BacklogError extends Error {
  override readonly name = 'BacklogError';
}

/** Source: cloud.google.com/monitoring/api/metrics_gcp, pubsub, subscription/…; one point a minute. */
const METRICS = {
  waiting_count: 'num_undelivered_messages',
  oldest_age_s: 'oldest_unacked_message_age',
} as const;

/** Points reach Cloud Monitoring up to 4 minutes late. */
const LOOK_BACK_MS = 10 * 60_000;
const MAX_AGE_MS = 60_000;

export interface CloudBacklogOptions {
  readonly projectId: string;
  readonly now: () => number;
  /** Gets a URL of Cloud Monitoring with the credentials of this process: the parsed body. */
  readonly get: (url: string) => Promise<unknown>;
}

/** Asks Cloud Monitoring at most once a minute. The account needs `roles/monitoring.viewer`. */
export function cloudBacklog({ projectId, now, get }: CloudBacklogOptions): ReadBacklog {
  const cache = singleFlightCache<readonly SubscriptionBacklog[]>(1, now);
  return () => cache.get('backlog', MAX_AGE_MS, ask);

  async function ask(): Promise<readonly SubscriptionBacklog[]> {
    const read = (metric: string) => get(metricUrl(projectId, metric, now()));
    try {
      const [counts, ages] = await Promise.all([
        read(METRICS.waiting_count),
        read(METRICS.oldest_age_s),
      ]);
      return merge(newestPoints(counts), newestPoints(ages));
    } catch (error) {
      throw new BacklogError((error as Error).message, { cause: error });
    }
  }
}

function metricUrl(projectId: string, metric: string, nowMs: number): string {
  const url = new URL(
    `https://monitoring.googleapis.com/v3/projects/${encodeURIComponent(projectId)}/timeSeries`,
  );
  url.searchParams.set('filter', `metric.type="pubsub.googleapis.com/subscription/${metric}"`);
  url.searchParams.set('interval.startTime', new Date(nowMs - LOOK_BACK_MS).toISOString());
  url.searchParams.set('interval.endTime', new Date(nowMs).toISOString());
  return url.href;
}

interface TimeSeries {
  readonly resource?: { readonly labels?: { readonly subscription_id?: string } };
  readonly points?: readonly { readonly value?: { readonly int64Value?: string } }[];
}

/** The newest value of each subscription. Points come newest first. */
function newestPoints(body: unknown): ReadonlyMap<string, number> {
  const { timeSeries = [] } = (body ?? {}) as { timeSeries?: readonly TimeSeries[] };
  return new Map(
    timeSeries.flatMap(({ resource, points }) => {
      const name = resource?.labels?.subscription_id;
      const value = Number(points?.[0]?.value?.int64Value ?? Number.NaN);
      return name !== undefined && Number.isFinite(value) ? [[name, value] as const] : [];
    }),
  );
}

function merge(counts: ReadonlyMap<string, number>, ages: ReadonlyMap<string, number>) {
  const names = [...new Set([...counts.keys(), ...ages.keys()])].sort();
  return names.map((subscription) => ({
    subscription,
    waiting_count: counts.get(subscription) ?? null,
    oldest_age_s: ages.get(subscription) ?? null,
  }));
}
