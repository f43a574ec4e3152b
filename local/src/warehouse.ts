import type { BigQuery, RoutineMetadata, TableField, TableMetadata } from '@google-cloud/bigquery';
import {
  type AggregationReach,
  DATASET,
  labelsOf,
  MAX_BYTES_BILLED,
  ROUTINES,
  type Routine,
  type RoutineName,
  routineSql,
  SCHEDULED_QUERIES,
  scheduledSql,
  TABLES,
  type Table,
  VIEWS,
  type ViewName,
  viewSql,
} from '@plumbline/contracts';

/** Creates the dataset, its tables, views and functions as contracts declare them; what exists already is left. */
export async function createWarehouse(bigquery: BigQuery): Promise<void> {
  const dataset = bigquery.dataset(DATASET);
  await unlessExists(() => bigquery.createDataset(DATASET));
  for (const [name, table] of Object.entries<Table>(TABLES)) {
    await unlessExists(() => dataset.createTable(name, tableMetadata(table)));
  }
  for (const name of Object.keys(VIEWS) as ViewName[]) {
    const view: TableMetadata = {
      description: VIEWS[name],
      labels: labelsOf('views'),
      view: { query: viewSql(name), useLegacySql: false },
    };
    await unlessExists(() => dataset.createTable(name, view));
  }
  for (const name of Object.keys(ROUTINES) as RoutineName[]) {
    await unlessExists(() => dataset.createRoutine(name, routineMetadata(name)));
  }
}

function routineMetadata(name: RoutineName): RoutineMetadata {
  const { kind, description, parameters, returns }: Routine = ROUTINES[name];
  const routine = {
    routineType: kind,
    language: 'SQL',
    description,
    arguments: parameters.map((one) => ({ name: one.name, dataType: { typeKind: one.type } })),
    definitionBody: routineSql(name),
    ...(returns && { returnType: { typeKind: returns } }),
  };
  // The client's types lack some of BigQuery's.
  return routine as unknown as RoutineMetadata;
}

function tableMetadata(table: Table): TableMetadata {
  return {
    description: table.description,
    labels: labelsOf(table.kind),
    schema: { fields: structuredClone(table.columns) as unknown as TableField[] },
    timePartitioning: {
      type: table.partitionUnit,
      field: table.partitionBy,
      ...(table.expirationDays && { expirationMs: String(table.expirationDays * 86_400_000) }),
    },
    clustering: { fields: [...table.clusterBy] },
  };
}

/**
 * Recomputes the 1-minute aggregates as the scheduled queries do, as far as the one that reaches further unless told.
 * A run that would read more than `MAX_BYTES_BILLED` is refused before it reads.
 */
export async function aggregate(
  bigquery: BigQuery,
  runTime: Date,
  reach: AggregationReach = SCHEDULED_QUERIES['aggregate-1m-late'].reach,
): Promise<void> {
  await bigquery.query({
    query: scheduledSql('aggregate-1m', reach),
    params: { run_time: bigquery.timestamp(runTime) },
    maximumBytesBilled: MAX_BYTES_BILLED,
  });
}

async function unlessExists(create: () => Promise<unknown>): Promise<void> {
  try {
    await create();
  } catch (error) {
    if ((error as { code?: number }).code !== 409) throw error;
  }
}
