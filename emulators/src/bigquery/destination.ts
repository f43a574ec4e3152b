import { BigQueryError } from './errors.ts';
import { fillIn } from './googlesql/translate.ts';
import { translateStoredQuery } from './googlesql/translate-statement.ts';
import type { QueryConfiguration } from './queries.ts';
import { fieldOfType } from './schema.ts';
import { execute, type Outcome, type Prepared, type Session } from './statements.ts';
import { duckName, type Table } from './store.ts';
import { createTableIn, deleteTableIn } from './tables.ts';
import { qualified } from './warehouse.ts';

/** Runs a query into its `destinationTable`, and answers with the rows too. */
export async function storeResult(
  prepared: Prepared & { kind: 'query' },
  configuration: QueryConfiguration,
  session: Session,
): Promise<Outcome> {
  const { engine, project } = session;
  const reference = configuration.destinationTable as {
    projectId?: string;
    datasetId: string;
    tableId: string;
  };
  const where = {
    project: reference.projectId ?? project,
    dataset: reference.datasetId,
    table: reference.tableId,
  };
  const disposition = configuration.writeDisposition ?? 'WRITE_EMPTY';
  const rows = fillIn(translateStoredQuery(prepared.plan), session.values, session.nowMicros);
  await engine.warehouse.write((writer) =>
    writer.transaction(async () => {
      const old = engine.store.table(where.project, where.dataset, where.table);
      if (old !== undefined && disposition === 'WRITE_EMPTY')
        await refuseIfFilled(
          old,
          await writer.run(`SELECT 1 FROM ${qualified(duckName(old))} LIMIT 1`),
        );
      if (old === undefined && configuration.createDisposition === 'CREATE_NEVER') {
        throw new BigQueryError(
          'notFound',
          `Not found: Table ${where.project}:${where.dataset}.${where.table}`,
        );
      }
      await writer.run(`CREATE OR REPLACE TEMP TABLE bq_staged AS ${rows}`);
      if (old !== undefined && disposition !== 'WRITE_TRUNCATE') {
        await writer.run(
          `INSERT INTO ${qualified(duckName(old))} BY NAME SELECT * FROM temp.bq_staged`,
        );
        return;
      }
      if (old !== undefined) await deleteTableIn(engine, writer, where);
      const fields = prepared.plan.columns.map((column) => fieldOfType(column.name, column.type));
      await createTableIn(
        engine,
        writer,
        where,
        { ...old?.resource, schema: { fields } },
        'SELECT * FROM temp.bq_staged',
      );
    }),
  );
  return execute(prepared, '', session);
}

function refuseIfFilled(table: Table, probe: { rowCount: number }): void {
  if (probe.rowCount === 0) return;
  throw new BigQueryError(
    'duplicate',
    `Already Exists: Table ${table.project}:${table.dataset}.${table.table}`,
  );
}
