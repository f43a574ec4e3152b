import { BigQuery } from '@google-cloud/bigquery';
import {
  DATASET,
  ROUTINES,
  type Routine,
  type RoutineName,
  routineSql,
  sampleQueries,
  scheduledSql,
  VIEWS,
  type ViewName,
  viewSql,
} from '@plumbline/contracts';
import { startBigQuery } from '@plumbline/emulators';
import fastify from 'fastify';
import { expect, test } from 'vitest';
import { liveFeed } from '../../dashboard/src/server/live-feed.ts';
import { metricsRoute } from '../../dashboard/src/server/metrics-route.ts';
import { PANELS } from '../../dashboard/src/server/panels/index.ts';
import { boundedWarehouse, type Query } from '../../dashboard/src/server/warehouse.ts';
import { parseScript } from '../../emulators/src/bigquery/googlesql/parse-statement.ts';
import {
  type AnalyzedSchema,
  type NamedType,
  startReference,
} from '../../emulators/test/bigquery/reference.ts';
import { aggregationBytes } from '../../local/src/aggregation-bytes.ts';
import { readCounts } from '../../local/src/counts.ts';
import { deadLetters } from '../../local/src/dead-letters/dead-letters.ts';
import { countStored } from '../../local/src/demo/gateway.ts';
import { readAlerts, readReasons } from '../../local/src/demo/run.ts';
import { checks } from '../../local/src/doctor/checks.ts';
import { createWarehouse } from '../../local/src/warehouse.ts';
import { queryHistory } from '../../ml-server/src/warehouse/reading-history.ts';

interface Statement {
  readonly where: string;
  readonly sql: string;
  readonly parameters: readonly NamedType[];
  readonly variables?: readonly NamedType[];
}

/** Google's analyser knows what our own translator might take by mistake. */
test("Google's reference implementation takes all SQL of the project", {
  timeout: 120_000,
}, async (context) => {
  const reference = await startReference();
  if (reference === null)
    return context.skip(
      'not installed: npm install --prefix DIR @fivetrandevelopers/zetasql@1.13.0, and set ZETASQL_HOME=DIR',
    );
  try {
    const schema = await schemaOfWarehouse();
    const statements = [
      ...(await ofContracts()),
      ...(await ofDashboard()),
      ...(await ofPrograms()),
    ];
    const refused: string[] = [];
    for (const { where, ...statement } of statements) {
      const { sql, parameters, variables = [] } = statement;
      const complaint = await reference.analyze(sql, { ...schema, parameters, variables });
      if (complaint !== null) refused.push(`${where}: ${complaint}\n${sql}`);
    }
    expect(refused).toEqual([]);
    // Else the list has lost its bite.
    expect(statements.length).toBeGreaterThan(100);
    const wrong = await reference.analyze(`SELECT nothing FROM ${DATASET}.readings_raw`, schema);
    expect(wrong).toContain('Unrecognized name: nothing');
  } finally {
    reference.stop();
  }
});

async function ofContracts(): Promise<Statement[]> {
  const runTime = [{ name: 'run_time', type: 'TIMESTAMP' }];
  return [
    ...ofScript('scheduled query', scheduledSql('aggregate-1m'), runTime),
    ...(Object.keys(VIEWS) as ViewName[]).map((name) => ({
      where: `view ${name}`,
      sql: viewSql(name),
      parameters: [],
    })),
    ...(Object.keys(ROUTINES) as RoutineName[]).map((name) => ({
      where: `routine ${name}`,
      sql: definitionOf(name),
      parameters: [],
    })),
    ...sampleQueries().map(({ name, sql }) => ({ where: `sample ${name}`, sql, parameters: [] })),
  ];
}

/** The analyser knows single statements: a script's are taken out of it, with its variables. */
function ofScript(where: string, text: string, parameters: readonly NamedType[]): Statement[] {
  const variables: NamedType[] = [];
  const statements: Statement[] = [];
  const visit = (list: ReturnType<typeof parseScript>): void => {
    for (const statement of list) {
      const own = text.slice(statement.at, statement.end);
      if (statement.kind === 'declare') {
        const [, names = '', type = '', value] =
          /^DECLARE\s+([\w\s,]+?)\s+([A-Z0-9<> ]+?)(?:\s+DEFAULT\s+([\s\S]+))?$/.exec(own) ?? [];
        variables.push(...names.split(/\s*,\s*/).map((name) => ({ name, type })));
        if (value !== undefined)
          statements.push({ where, sql: `SELECT ${value}`, parameters, variables });
      } else if (statement.kind === 'if') {
        for (const branch of statement.branches) visit(branch.body);
        visit(statement.otherwise);
      } else statements.push({ where, sql: own, parameters, variables });
    }
  };
  visit(parseScript(text));
  return statements;
}

function definitionOf(name: RoutineName): string {
  const { kind, parameters, returns }: Routine = ROUTINES[name];
  const list = parameters.map((each) => `${each.name} ${each.type}`).join(', ');
  const body = `AS (${routineSql(name)})`;
  return kind === 'SCALAR_FUNCTION'
    ? `CREATE FUNCTION ${DATASET}.${name}(${list}) RETURNS ${returns} ${body}`
    : `CREATE TABLE FUNCTION ${DATASET}.${name}(${list}) ${body}`;
}

/** Every query that a panel asks, for the whole fleet and for one place. */
async function ofDashboard(): Promise<Statement[]> {
  const statements: Statement[] = [];
  const toMs = Date.parse('2026-01-02T00:00:00Z');
  const range = { fromMs: toMs - 86_400_000, toMs, reading: 'r-1', limit: 100 };
  const place = { building: 'A', floor: 1, placeType: 'office', device: 'd-1' };
  for (const [name, panel] of Object.entries(PANELS)) {
    for (const filters of [range, { ...range, ...place }]) {
      const ask = async ({ sql, params }: Query) => {
        const parameters = Object.entries(params).map(([key, value]) => ({
          name: key,
          type: typeOf(value),
        }));
        statements.push({ where: `panel ${name}`, sql, parameters });
        return [];
      };
      await panel.answer(ask, filters as Parameters<typeof panel.answer>[1]);
    }
  }
  return statements;
}

const PROJECT = 'analysis';
const NOW_MS = Date.parse('2026-01-02T00:00:00Z');

/** What programs ask of BigQuery, as an emulator hears it. */
async function ofPrograms(): Promise<Statement[]> {
  const emulator = await startBigQuery();
  process.env.BIGQUERY_EMULATOR_HOST = emulator.env.BIGQUERY_EMULATOR_HOST;
  try {
    const bigquery = new BigQuery({ projectId: PROJECT });
    await createWarehouse(bigquery);
    const ignored = await jobsOf(emulator.env.BIGQUERY_EMULATOR_HOST);
    const statements: Statement[] = [];
    for (const [where, run] of Object.entries(programs(bigquery))) {
      await run();
      const jobs = await jobsOf(emulator.env.BIGQUERY_EMULATOR_HOST);
      const own = jobs.filter(({ id }) => !ignored.some((job) => job.id === id));
      expect(own, where).not.toEqual([]);
      ignored.push(...own);
      for (const { sql, parameters } of own) statements.push(...ofScript(where, sql, parameters));
    }
    return statements;
  } finally {
    delete process.env.BIGQUERY_EMULATOR_HOST;
    await emulator.stop();
  }
}

function programs(bigquery: BigQuery): Record<string, () => Promise<unknown>> {
  const now = () => NOW_MS;
  const warehouse = boundedWarehouse(bigquery);
  const letters = deadLetters(bigquery);
  const history = queryHistory(bigquery, 1e9);
  const range = { fromMs: NOW_MS - 3_600_000, untilMs: NOW_MS };
  const sample = { hashFrom: 0, hashBelow: 100, blockSeconds: 60, limit: 10 };
  const all = async (rows: AsyncIterable<unknown>) => {
    for await (const _ of rows);
  };
  const checked = (name: string) => () =>
    checks(PROJECT, 'v24.0.0', NOW_MS, undefined)
      .find((check) => check.name === name)
      ?.run() ?? Promise.reject(new Error(`the doctor has no check ${name}`));
  return {
    'live feed': async () => {
      const feed = liveFeed({ warehouse, now, pollMs: 60_000 });
      const { promise, resolve } = Promise.withResolvers<unknown>();
      feed.join(resolve, { receivedAtMs: NOW_MS - 1000, predictedAtMs: NOW_MS - 1000 });
      await promise;
      feed.stop();
    },
    'metrics route': async () => {
      const app = fastify();
      metricsRoute(app, { warehouse, now });
      await app.inject('/metrics');
    },
    counts: () => readCounts(bigquery),
    'dead letters by reason': () => letters.reasons(),
    'dead letters': () => letters.newest({ limit: 5 }),
    'dead letters of a reason': () => letters.newest({ reason: 'x', id: 'y', limit: 5 }),
    'demo alerts': () => readAlerts(bigquery),
    'demo dead letters': () => readReasons(bigquery),
    'demo gateway': () => countStored(bigquery, [reading]),
    'doctor: readings': checked('Readings'),
    'doctor: dead letters': checked('Dead letters'),
    'aggregation bytes': () =>
      aggregationBytes(bigquery, new Date(NOW_MS), { lookBackMinutes: 60, horizonMinutes: 60 }),
    'training: volume': () => history.volume(range),
    'training: readings': () => all(history.rows(range, sample)),
    'training: labelled readings': () => all(history.labelledRows(range, sample)),
    'training: newest readings': () => all(history.recentRows(range, { perDevice: 5, limit: 9 })),
  };
}

const reading = { readingId: 'r-1' } as Parameters<typeof countStored>[1][number];

interface Asked {
  readonly id: string;
  readonly sql: string;
  readonly parameters: readonly NamedType[];
}

/** The queries that clients have sent so far. */
async function jobsOf(url: string | undefined): Promise<Asked[]> {
  const response = await fetch(`${url}/projects/${PROJECT}/jobs?maxResults=1000`);
  const { jobs = [] } = (await response.json()) as { jobs?: Job[] };
  return jobs.map(({ id, configuration: { query } }) => ({
    id,
    sql: query.query,
    parameters: (query.queryParameters ?? []).map(({ name, parameterType }) => ({
      name,
      type: parameterType.arrayType ? `ARRAY<${parameterType.arrayType.type}>` : parameterType.type,
    })),
  }));
}

interface Job {
  readonly id: string;
  readonly configuration: {
    readonly query: {
      readonly query: string;
      readonly queryParameters?: readonly {
        readonly name: string;
        readonly parameterType: {
          readonly type: string;
          readonly arrayType?: { readonly type: string };
        };
      }[];
    };
  };
}

function typeOf(value: string | number | Date): string {
  if (typeof value === 'string') return 'STRING';
  if (value instanceof Date) return 'TIMESTAMP';
  return Number.isInteger(value) ? 'INT64' : 'FLOAT64';
}

/** Tables, views and functions as the emulator shows them, so that views have their columns. */
async function schemaOfWarehouse(): Promise<AnalyzedSchema> {
  const emulator = await startBigQuery();
  process.env.BIGQUERY_EMULATOR_HOST = emulator.env.BIGQUERY_EMULATOR_HOST;
  try {
    const bigquery = new BigQuery({ projectId: 'analysis' });
    await createWarehouse(bigquery);
    const [columns] = await bigquery.query(
      `SELECT table_name, column_name, data_type FROM ${DATASET}.INFORMATION_SCHEMA.COLUMNS ORDER BY table_name, ordinal_position`,
    );
    const tables = Map.groupBy(
      columns as { table_name: string; column_name: string; data_type: string }[],
      (column) => column.table_name,
    );
    const functions = await Promise.all(
      Object.entries<Routine>(ROUTINES).map(async ([name, { parameters, returns }]) => ({
        name,
        parameters,
        returns: returns ?? (await columnsOfFunction(bigquery, name, parameters)),
      })),
    );
    return {
      dataset: DATASET,
      tables: [...tables].map(([name, list]) => ({
        name,
        columns: list.map((each) => ({ name: each.column_name, type: each.data_type })),
      })),
      functions,
      parameters: [],
    };
  } finally {
    delete process.env.BIGQUERY_EMULATOR_HOST;
    await emulator.stop();
  }
}

/** A view over the call tells the types of its columns. */
async function columnsOfFunction(
  bigquery: BigQuery,
  name: string,
  parameters: readonly NamedType[],
): Promise<NamedType[]> {
  const args = parameters.map(({ type }) => `CAST(NULL AS ${type})`).join(', ');
  await bigquery.query(
    `CREATE VIEW ${DATASET}.rows_of_${name} AS SELECT * FROM ${DATASET}.${name}(${args})`,
  );
  const [rows] = await bigquery.query({
    query: `SELECT column_name AS name, data_type AS type FROM ${DATASET}.INFORMATION_SCHEMA.COLUMNS WHERE table_name = @view ORDER BY ordinal_position`,
    params: { view: `rows_of_${name}` },
  });
  return rows as NamedType[];
}
