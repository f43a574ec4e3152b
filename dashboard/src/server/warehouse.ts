import {
  type BigQuery,
  BigQueryDate,
  BigQueryDatetime,
  BigQueryTimestamp,
} from '@google-cloud/bigquery';

/** A query with its named parameters. Numbers are sent as INT64 where whole, else FLOAT64. */
export interface Query {
  readonly sql: string;
  readonly params: Readonly<Record<string, QueryParam>>;
}
export type QueryParam = string | number | Date;

/** A row as the page gets it: timestamps are epoch milliseconds, NULL is null. */
export interface Row {
  readonly [column: string]: Cell;
}
export type Cell = string | number | boolean | null | readonly Cell[] | Row;

/** What the dashboard asks of BigQuery: rows, within a time and a price. */
export interface Warehouse {
  /** Throws WarehouseError if BigQuery refuses, is away or takes too long. */
  rows(query: Query): Promise<readonly Row[]>;
}

/** BigQuery could not answer. `kind` says what a person can do about it. */
export class WarehouseError extends Error {
  override readonly name = 'WarehouseError';
  readonly kind: 'slow' | 'busy' | 'away' | 'refused' | 'missing';

  constructor(kind: WarehouseError['kind'], message: string, options?: ErrorOptions) {
    super(message, options);
    this.kind = kind;
  }
}

export interface WarehouseLimits {
  /** BigQuery refuses a query that would bill more. */
  readonly maximumBytesBilled: number;
  /** A query that takes longer is given up. */
  readonly timeoutMs: number;
  /** Queries in flight at once, and how many may wait for their turn. */
  readonly concurrency: number;
  readonly queueLength: number;
}

export const WAREHOUSE_LIMITS: WarehouseLimits = {
  maximumBytesBilled: 2 * 1024 ** 3,
  timeoutMs: 10_000,
  concurrency: 6,
  queueLength: 100,
};

/** Wraps the client with limits: a slow or absent BigQuery costs at most `timeoutMs` and a bounded queue. */
export function boundedWarehouse(bigquery: BigQuery, limits = WAREHOUSE_LIMITS): Warehouse {
  const waiting: (() => void)[] = [];
  let inFlight = 0;
  return {
    async rows(query) {
      const deadlineMs = performance.now() + limits.timeoutMs;
      await turn();
      // The turn is over when BigQuery has answered, even if nobody waits for it any more.
      const answer = run(query).finally(() => {
        inFlight -= 1;
        waiting.shift()?.();
      });
      return withinTime(answer, deadlineMs - performance.now());
    },
  };

  async function turn(): Promise<void> {
    if (inFlight < limits.concurrency) {
      inFlight += 1;
      return;
    }
    if (waiting.length >= limits.queueLength) {
      throw new WarehouseError('busy', `${limits.queueLength} queries are waiting already`);
    }
    await new Promise<void>((resolve, reject) => {
      const timer = setTimeout(() => {
        waiting.splice(waiting.indexOf(start), 1);
        reject(tooSlow());
      }, limits.timeoutMs);
      const start = () => {
        clearTimeout(timer);
        inFlight += 1;
        resolve();
      };
      waiting.push(start);
    });
  }

  async function withinTime<T>(work: Promise<T>, timeoutMs: number): Promise<T> {
    let timer: NodeJS.Timeout | undefined;
    const late = new Promise<never>((_, reject) => {
      timer = setTimeout(() => reject(tooSlow()), timeoutMs);
    });
    try {
      return await Promise.race([work, late]);
    } finally {
      clearTimeout(timer);
    }
  }

  function tooSlow(): WarehouseError {
    return new WarehouseError('slow', `no answer within ${limits.timeoutMs / 1000} s`);
  }

  async function run({ sql, params }: Query): Promise<readonly Row[]> {
    try {
      const [rows] = await bigquery.query({
        query: sql,
        params: { ...params },
        maximumBytesBilled: String(limits.maximumBytesBilled),
      });
      return rows.map(plainRow);
    } catch (error) {
      throw warehouseError(error);
    }
  }
}

function warehouseError(error: unknown): WarehouseError {
  const { code, message } = error as { code?: unknown; message?: unknown };
  const text = typeof message === 'string' && message !== '' ? message : String(error);
  const kind =
    code === 404
      ? 'missing'
      : typeof code === 'number' && code >= 400 && code < 500 && code !== 429
        ? 'refused'
        : 'away';
  return new WarehouseError(kind, text.slice(0, 500), { cause: error });
}

function plainRow(row: object): Row {
  return Object.fromEntries(Object.entries(row).map(([name, value]) => [name, plainCell(value)]));
}

/** The client's wrappers become JSON: a timestamp its epoch milliseconds, a date its text. */
function plainCell(value: unknown): Cell {
  if (value === null || value === undefined) return null;
  if (typeof value === 'string' || typeof value === 'number' || typeof value === 'boolean') {
    return value;
  }
  if (value instanceof BigQueryTimestamp) return Date.parse(value.value);
  if (value instanceof BigQueryDate || value instanceof BigQueryDatetime) return value.value;
  if (Array.isArray(value)) return value.map(plainCell);
  return plainRow(value as object);
}
