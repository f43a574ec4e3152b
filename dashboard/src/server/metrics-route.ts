import {
  addProcessMetrics,
  addRequestMetrics,
  createRegistry,
  METRICS_CONTENT_TYPE,
} from '@plumbline/telemetry';
import type { FastifyInstance } from 'fastify';
import { singleFlightCache } from './cache.ts';
import { FORGOTTEN_AFTER_MS, SILENT_AFTER_MS } from './panels/panel.ts';
import type { Row, Warehouse } from './warehouse.ts';

/** What BigQuery knows of the fleet costs a query, so it is asked this often at most, however often one scrapes. */
const FLEET_MAX_AGE_MS = 60_000;

/** Windows that are old enough to be complete. */
const SETTLED_AFTER_MS = 10 * 60_000;

/** `GET /metrics`: what this server answered, and how the fleet is as far as BigQuery knows. */
export function metricsRoute(
  app: FastifyInstance,
  { warehouse, now }: { warehouse: Warehouse; now: () => number },
): void {
  const registry = createRegistry();
  const cache = singleFlightCache<Row>(1, now);
  let fleet: Row = {};
  addProcessMetrics(registry);
  const noteRequest = addRequestMetrics(registry);
  const ofFleet = (name: string, help: string, column: string) =>
    registry.sampled('gauge', name, help, [], () => {
      const value = fleet[column];
      return typeof value === 'number' ? [{ value }] : [];
    });
  ofFleet('iot_active_devices', 'Devices that reported in the last 5 minutes', 'active_count');
  ofFleet('iot_stale_devices', 'Devices of the last day that are silent', 'silent_count');
  ofFleet(
    'iot_window_completeness_ratio',
    'Readings in the windows of the last settled hour, against as many as the fullest window of each place has',
    'completeness',
  );

  app.addHook('onResponse', async (request, reply) => {
    const route = request.routeOptions.url ?? 'none';
    noteRequest(route, request.method, reply.statusCode, reply.elapsedTime / 1000);
  });

  app.get('/metrics', async (_request, reply) => {
    // Unknown is no number: without BigQuery the gauges of the fleet are left out.
    fleet = await cache.get('fleet', FLEET_MAX_AGE_MS, askFleet).catch(() => ({}));
    return reply.type(METRICS_CONTENT_TYPE).send(registry.text());
  });

  async function askFleet(): Promise<Row> {
    const toMs = now();
    const [devices, windows] = await Promise.all([
      warehouse.rows({
        sql: `SELECT
  COUNTIF(last_at >= @active_since) AS active_count,
  COUNTIF(last_at < @active_since) AS silent_count
FROM (
  SELECT device_id, MAX(measured_at) AS last_at
  FROM iot_data.readings_raw
  WHERE measured_at >= @from AND measured_at < @to
  GROUP BY device_id
)`,
        params: {
          from: new Date(toMs - FORGOTTEN_AFTER_MS),
          to: new Date(toMs),
          active_since: new Date(toMs - SILENT_AFTER_MS),
        },
      }),
      warehouse.rows({
        sql: `SELECT SAFE_DIVIDE(SUM(reading_count), SUM(most)) AS completeness
FROM (
  SELECT reading_count, MAX(reading_count) OVER (PARTITION BY place, metric) AS most
  FROM iot_data.aggregates_1m
  WHERE window_start >= @from AND window_start < @to
)`,
        params: {
          from: new Date(toMs - SETTLED_AFTER_MS - 3_600_000),
          to: new Date(toMs - SETTLED_AFTER_MS),
        },
      }),
    ]);
    return { ...devices[0], ...windows[0] };
  }
}
