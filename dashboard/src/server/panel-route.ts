import type { FastifyInstance } from 'fastify';
import { singleFlightCache } from './cache.ts';
import { BadRequestError, type Filters, parseFilters } from './filters.ts';
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
const CACHED_QUERIES = 40;

/** Panels that are asked for within this time are about the same instant: they agree, and share queries. */
const INSTANT_MS = 1_000;

/** `GET /api/panels/{name}?range=1h&building=A…`: the rows of one panel, see `parseFilters` for the query string. */
export function panelRoute(
  app: FastifyInstance,
  { warehouse, now }: { warehouse: Warehouse; now: () => number },
): void {
  const answers = singleFlightCache<PanelAnswer>(CACHED_ANSWERS, now);
  const answered = singleFlightCache<{ askedAtMs: number; rows: readonly Row[] }>(
    CACHED_QUERIES,
    now,
  );
  let instantMs = 0;

  app.get<{ Params: { name: string }; Querystring: Record<string, unknown> }>(
    '/api/panels/:name',
    async (request, reply) => {
      const { name } = request.params;
      if (!isPanelName(name)) {
        throw new BadRequestError(
          `panel must be one of ${Object.keys(PANELS).join(', ')}, got "${name.slice(0, 100)}"`,
        );
      }
      const panel: Panel = PANELS[name];
      const { fromMs, toMs } = parseFilters(request.query, now());
      const answer = await answers.get(
        JSON.stringify([name, request.query]),
        panel.maxAgeMs ?? defaultAgeMs(toMs - fromMs),
        () => ask(panel, parseFilters(request.query, endOfInstant())),
      );
      return reply.header('cache-control', 'no-store').send(answer);
    },
  );

  /** Ranges that end now end with the instant, so that they miss nothing that has arrived in it. */
  function endOfInstant(): number {
    if (instantMs <= now()) instantMs = now() + INSTANT_MS;
    return instantMs;
  }

  async function ask(panel: Panel, filters: Filters): Promise<PanelAnswer> {
    const queries: Query[] = [];
    let asOfMs = now();
    const rows = await panel.answer(async (query) => {
      queries.push(query);
      const { askedAtMs, rows } = await answered.get(
        JSON.stringify(query),
        INSTANT_MS,
        async () => ({
          askedAtMs: now(),
          rows: await warehouse.rows(query),
        }),
      );
      asOfMs = Math.min(asOfMs, askedAtMs);
      return rows;
    }, filters);
    return {
      as_of: asOfMs,
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
