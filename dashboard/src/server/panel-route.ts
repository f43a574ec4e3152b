import type { FastifyInstance } from 'fastify';
import { singleFlightCache } from './cache.ts';
import { BadRequestError, parseFilters } from './filters.ts';
import { isPanelName, PANELS } from './panels/index.ts';
import type { Panel } from './panels/panel.ts';
import type { Cell, Query, Row, Warehouse } from './warehouse.ts';

/** What `GET /api/panels/{name}` answers. Rows are arrays in the order of `columns`. */
export interface PanelAnswer {
  /** Epoch ms at which BigQuery was asked. */
  readonly as_of: number;
  readonly from: number;
  readonly to: number;
  readonly columns: readonly string[];
  readonly rows: readonly (readonly Cell[])[];
  /** Every query that was run for it, so that an analyst can run it too. */
  readonly queries: readonly Query[];
}

/** An answer may have 2000 rows: more of them would not fit a small container. */
const CACHED_ANSWERS = 100;

/** `GET /api/panels/{name}?range=1h&building=A…`: the rows of one panel, see `parseFilters` for the query string. */
export function panelRoute(
  app: FastifyInstance,
  { warehouse, now }: { warehouse: Warehouse; now: () => number },
): void {
  const cache = singleFlightCache<PanelAnswer>(CACHED_ANSWERS, now);

  app.get<{ Params: { name: string }; Querystring: Record<string, unknown> }>(
    '/api/panels/:name',
    async (request, reply) => {
      const { name } = request.params;
      if (!isPanelName(name)) {
        throw new BadRequestError(
          `panel must be one of ${Object.keys(PANELS).join(', ')}, got "${name.slice(0, 100)}"`,
        );
      }
      const filters = parseFilters(request.query, now());
      const spanMs = filters.toMs - filters.fromMs;
      const key = JSON.stringify([name, request.query]);
      const answer = await cache.get(
        key,
        (PANELS[name] as Panel).maxAgeMs ?? defaultAgeMs(spanMs),
        () => ask(name, parseFilters(request.query, now())),
      );
      return reply.header('cache-control', 'no-store').send(answer);
    },
  );

  async function ask(name: keyof typeof PANELS, filters: ReturnType<typeof parseFilters>) {
    const queries: Query[] = [];
    const askedAtMs = now();
    const rows = await PANELS[name].answer(async (query) => {
      queries.push(query);
      return warehouse.rows(query);
    }, filters);
    return {
      as_of: askedAtMs,
      from: filters.fromMs,
      to: filters.toMs,
      ...columnar(rows),
      queries,
    };
  }
}

/** A ten-thousandth of the range is too little to see on a chart, and at least a second. */
function defaultAgeMs(spanMs: number): number {
  return Math.min(60_000, Math.max(1_000, spanMs / 10_000));
}

function columnar(rows: readonly Row[]): Pick<PanelAnswer, 'columns' | 'rows'> {
  const columns = [...new Set(rows.flatMap((row) => Object.keys(row)))];
  return { columns, rows: rows.map((row) => columns.map((column) => row[column] ?? null)) };
}
