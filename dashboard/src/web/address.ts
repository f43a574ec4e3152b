import { isMetricName, type MetricName } from '@plumbline/contracts/metrics';

/** Everything that decides what is on the screen. Lives in the URL, so a link shows the same. */
export interface Address {
  readonly page: PageName;
  readonly range: RangeName;
  /** A brushed range, epoch ms; wins over `range`. */
  readonly between?: { readonly fromMs: number; readonly toMs: number };
  readonly building?: string;
  readonly floor?: number;
  readonly placeType?: string;
  readonly device?: string;
  readonly metric?: MetricName;
  readonly severity?: SeverityName;
  /** Rows of long lists. */
  readonly records: number;
  readonly refresh: RefreshName;
  /** `reading_id` of the anomaly that is open in the drawer. */
  readonly open?: string;
}

export const PAGES = {
  overview: 'Overview',
  windows: 'Windows',
  anomalies: 'Anomalies',
  analytics: 'Analytics',
  predict: 'Predict',
  models: 'Models',
  federated: 'Federated',
  devices: 'Devices',
  health: 'Health',
} as const;
export type PageName = keyof typeof PAGES;

/** Parts of an address that narrow what a page is about. */
export const FILTERS = ['building', 'floor', 'placeType', 'metric', 'severity', 'device'] as const;
export type FilterName = (typeof FILTERS)[number];

const OF_PLACE = ['building', 'floor', 'placeType', 'metric'] as const;

/** Filters that a page follows. Windows have no severity; a model and the pipeline are about the whole fleet. */
export const PAGE_FILTERS: Readonly<Record<PageName, readonly FilterName[]>> = {
  overview: FILTERS,
  windows: OF_PLACE,
  anomalies: FILTERS,
  analytics: OF_PLACE,
  predict: [],
  models: [],
  federated: ['device'],
  devices: FILTERS,
  health: [],
};

export const RANGES = {
  '15m': { label: '15 min', ms: 15 * 60_000 },
  '1h': { label: '1 h', ms: 3_600_000 },
  '6h': { label: '6 h', ms: 6 * 3_600_000 },
  '24h': { label: '24 h', ms: 24 * 3_600_000 },
  '7d': { label: '7 d', ms: 7 * 24 * 3_600_000 },
} as const;
export type RangeName = keyof typeof RANGES;

export const RECORDS = [100, 200, 500, 1000, 2000] as const;

/** How often panels are fetched again; `live` adds what arrives in between. */
export const REFRESHES = {
  live: { label: 'Live', everyMs: 10_000 },
  '3': { label: 'Every 3 s', everyMs: 3_000 },
  '5': { label: 'Every 5 s', everyMs: 5_000 },
  '10': { label: 'Every 10 s', everyMs: 10_000 },
  '30': { label: 'Every 30 s', everyMs: 30_000 },
  off: { label: 'Off', everyMs: 0 },
} as const;
export type RefreshName = keyof typeof REFRESHES;

export const SEVERITIES = ['normal', 'warning', 'critical'] as const;
export type SeverityName = (typeof SEVERITIES)[number];

export const HOME: Address = { page: 'overview', range: '1h', records: 200, refresh: 'live' };

/** Reads the search part of a URL. What it does not understand it leaves at the default. */
export function parseAddress(search: string): Address {
  const given = new URLSearchParams(search);
  const text = (name: string) => given.get(name)?.slice(0, 256) || undefined;
  const number = (name: string) => {
    const value = Number(given.get(name) || Number.NaN);
    return Number.isFinite(value) ? value : undefined;
  };
  const fromMs = number('from');
  const toMs = number('to');
  const building = text('building');
  const floor = number('floor');
  const placeType = text('place_type');
  const device = text('device');
  const metric = text('metric');
  const severity = SEVERITIES.find((name) => name === given.get('severity'));
  const open = text('open');
  return {
    page: oneOf(PAGES, given.get('page'), HOME.page),
    range: oneOf(RANGES, given.get('range'), HOME.range),
    records: RECORDS.find((count) => count === number('records')) ?? HOME.records,
    refresh: oneOf(REFRESHES, given.get('refresh'), HOME.refresh),
    ...(fromMs !== undefined &&
      toMs !== undefined &&
      fromMs < toMs && { between: { fromMs: Math.round(fromMs), toMs: Math.round(toMs) } }),
    ...(building !== undefined && { building }),
    ...(floor !== undefined && { floor }),
    ...(placeType !== undefined && { placeType }),
    ...(device !== undefined && { device }),
    ...(metric !== undefined && isMetricName(metric) && { metric }),
    ...(severity !== undefined && { severity }),
    ...(open !== undefined && { open }),
  };
}

/** The search part of the URL that `parseAddress` reads back; defaults are left out. */
export function formatAddress(address: Address): string {
  const pairs: [string, string | number | undefined][] = [
    ['page', address.page === HOME.page ? undefined : address.page],
    ['range', address.range === HOME.range ? undefined : address.range],
    ...filterPairs(address),
    ['records', address.records === HOME.records ? undefined : address.records],
    ['refresh', address.refresh === HOME.refresh ? undefined : address.refresh],
    ['open', address.open],
  ];
  return search(pairs);
}

/** The query string by which the API is asked for a panel. */
export function panelQuery(address: Address, limit: number, reading?: string): string {
  const range: [string, string | undefined][] = address.between ? [] : [['range', address.range]];
  return search([...range, ...filterPairs(address), ['reading', reading], ['limit', limit]]);
}

function filterPairs(address: Address): [string, string | number | undefined][] {
  return [
    ['from', address.between?.fromMs],
    ['to', address.between?.toMs],
    ['building', address.building],
    ['floor', address.floor],
    ['place_type', address.placeType],
    ['device', address.device],
    ['metric', address.metric],
    ['severity', address.severity],
  ];
}

function search(pairs: readonly [string, string | number | undefined][]): string {
  const params = new URLSearchParams();
  for (const [name, value] of pairs) if (value !== undefined) params.set(name, String(value));
  const text = params.toString();
  return text === '' ? '' : `?${text}`;
}

function oneOf<Name extends string>(
  choices: Readonly<Record<Name, unknown>>,
  given: string | null,
  fallback: Name,
): Name {
  return given !== null && Object.hasOwn(choices, given) ? (given as Name) : fallback;
}
