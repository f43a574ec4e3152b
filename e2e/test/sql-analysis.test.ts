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
import { expect, test } from 'vitest';
import { PANELS } from '../../dashboard/src/server/panels/index.ts';
import type { Query } from '../../dashboard/src/server/warehouse.ts';
import { parseScript } from '../../emulators/src/bigquery/googlesql/parse-statement.ts';
import {
  type AnalyzedSchema,
  type NamedType,
  startReference,
} from '../../emulators/test/bigquery/reference.ts';
import { createWarehouse } from '../../local/src/warehouse.ts';

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
    const statements = [...(await ofContracts()), ...(await ofDashboard())];
    const refused: string[] = [];
    for (const { where, ...statement } of statements) {
      const { sql, parameters, variables = [] } = statement;
      const complaint = await reference.analyze(sql, { ...schema, parameters, variables });
      if (complaint !== null) refused.push(`${where}: ${complaint}\n${sql}`);
    }
    expect(refused).toEqual([]);
    // Else the list has lost its bite.
    expect(statements.length).toBeGreaterThan(80);
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
