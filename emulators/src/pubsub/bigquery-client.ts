import type { Columns, Row } from './bigquery-rows.ts';

/** What a BigQuery subscription asks of BigQuery. Tables are named `PROJECT.DATASET.TABLE`. */
export interface BigQueryTables {
  /** Rejects if there is no such table. */
  columns(table: string): Promise<Columns>;
  /**
   * Appends rows; the insert id keeps a repeated row from being stored twice. Resolves with the
   * indexes of the rows that were refused. Rejects if it is not known what was stored.
   */
  insert(
    table: string,
    rows: readonly { readonly insertId: string; readonly json: Row }[],
  ): Promise<readonly number[]>;
}

const TIMEOUT_MS = 30_000;

/** BigQuery's REST API at a URL such as `http://127.0.0.1:9050`, without credentials. */
export function bigQueryAt(url: string): BigQueryTables {
  const pathOf = (table: string) => {
    const [project, dataset, id] = splitTable(table);
    return `${url}/bigquery/v2/projects/${project}/datasets/${dataset}/tables/${id}`;
  };
  return {
    async columns(table) {
      const { schema } = (await ask(pathOf(table))) as { schema?: { fields?: Field[] } };
      return Object.fromEntries((schema?.fields ?? []).map(({ name, type }) => [name, type]));
    },
    async insert(table, rows) {
      const body = { rows, skipInvalidRows: true };
      const reply = await ask(`${pathOf(table)}/insertAll`, body);
      const { insertErrors = [] } = reply as { insertErrors?: { index: number }[] };
      return insertErrors.map(({ index }) => index);
    },
  };
}

/** The parts of `PROJECT.DATASET.TABLE` or `PROJECT:DATASET.TABLE`; undefined if it has another form. */
export function splitTable(table: string): [string, string, string] | [] {
  const match = /^([a-z0-9.:-]+)[.:](\w+)\.([\w-]+)$/i.exec(table);
  return match === null ? [] : [match[1] as string, match[2] as string, match[3] as string];
}

interface Field {
  readonly name: string;
  readonly type: string;
}

async function ask(url: string, body?: object): Promise<unknown> {
  const reply = await fetch(url, {
    signal: AbortSignal.timeout(TIMEOUT_MS),
    ...(body !== undefined && {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify(body),
    }),
  });
  if (!reply.ok) throw new Error(`${url} answered ${reply.status}: ${await reply.text()}`);
  return reply.json();
}
