import { BigQueryError } from './errors.ts';
import type { Partition, TableColumn } from './googlesql/context.ts';
import type { SqlType } from './googlesql/types.ts';
import { type Field, typeOfField } from './schema.ts';
import type { TableName } from './warehouse.ts';

/** A dataset or table resource in the REST API's form, kept as it was given. */
export type Resource = Readonly<Record<string, unknown>>;

export interface Dataset {
  readonly project: string;
  readonly dataset: string;
  readonly resource: Resource;
}

export interface Table {
  readonly project: string;
  readonly dataset: string;
  readonly table: string;
  readonly resource: Resource;
  readonly fields: readonly Field[];
  readonly columns: readonly TableColumn[];
  readonly partition: Partition | null;
  /** The text of a view; null for a table. */
  readonly viewQuery: string | null;
}

/** A function, table function or procedure of a dataset. */
export interface Routine {
  readonly project: string;
  readonly dataset: string;
  readonly routine: string;
  readonly resource: Resource;
}

/** Which datasets, tables and routines there are. Pure bookkeeping: rows are in the warehouse. */
export interface Store {
  /** Grows with every change, so that translations can be cached. */
  version(): number;
  /** Throws `quotaExceeded` where one more would be too many. */
  requireRoom(kind: keyof StoreLimits): void;
  dataset(project: string, dataset: string): Dataset | undefined;
  datasets(project: string): Dataset[];
  /** Of all projects, in no order. */
  allDatasets(): Dataset[];
  putDataset(dataset: Dataset): void;
  dropDataset(project: string, dataset: string): void;
  table(project: string, dataset: string, table: string): Table | undefined;
  tables(project: string, dataset: string): Table[];
  putTable(table: Table): void;
  dropTable(table: Table): void;
  routine(project: string, dataset: string, routine: string): Routine | undefined;
  routines(project: string, dataset: string): Routine[];
  putRoutine(routine: Routine): void;
  dropRoutine(routine: Routine): void;
}

/** How many there may be in all: each costs memory for as long as the emulator runs. */
export interface StoreLimits {
  readonly datasets: number;
  readonly tables: number;
  readonly routines: number;
}
export const STORE_LIMITS: StoreLimits = { datasets: 10_000, tables: 100_000, routines: 100_000 };

/** Tables whose `expirationTime` has passed at `now` are not there. */
export function createStore(now: () => number, limits: StoreLimits = STORE_LIMITS): Store {
  const datasets = new Map<string, Dataset>();
  const tables = new Map<string, Map<string, Table>>();
  const routines = new Map<string, Map<string, Routine>>();
  let version = 0;
  const isLive = (table: Table): boolean => {
    const expiration = Number(table.resource.expirationTime ?? Number.POSITIVE_INFINITY);
    return now() < expiration;
  };
  const tablesOf = (project: string, dataset: string): Map<string, Table> =>
    tables.get(`${project}:${dataset}`) ?? new Map();
  const routinesOf = (project: string, dataset: string): Map<string, Routine> =>
    routines.get(`${project}:${dataset}`) ?? new Map();
  const sizeOf = (maps: Map<string, Map<string, unknown>>): number =>
    [...maps.values()].reduce((sum, each) => sum + each.size, 0);
  return {
    requireRoom: (kind) => {
      const count = {
        datasets: () => datasets.size,
        tables: () => sizeOf(tables),
        routines: () => sizeOf(routines),
      }[kind]();
      if (limits[kind] <= count)
        throw new BigQueryError(
          'quotaExceeded',
          `Quota exceeded: the local emulator holds at most ${limits[kind]} ${kind}`,
        );
    },
    version: () => version,
    dataset: (project, dataset) => datasets.get(`${project}:${dataset}`),
    datasets: (project) =>
      [...datasets.values()]
        .filter((each) => each.project === project)
        .sort((a, b) => (a.dataset < b.dataset ? -1 : 1)),
    allDatasets: () => [...datasets.values()],
    putDataset: (dataset) => {
      version += 1;
      const key = `${dataset.project}:${dataset.dataset}`;
      datasets.set(key, dataset);
      if (!tables.has(key)) tables.set(key, new Map());
      if (!routines.has(key)) routines.set(key, new Map());
    },
    dropDataset: (project, dataset) => {
      version += 1;
      datasets.delete(`${project}:${dataset}`);
      tables.delete(`${project}:${dataset}`);
      routines.delete(`${project}:${dataset}`);
    },
    table: (project, dataset, table) => {
      const found = tablesOf(project, dataset).get(table);
      return found !== undefined && isLive(found) ? found : undefined;
    },
    tables: (project, dataset) =>
      [...tablesOf(project, dataset).values()]
        .filter(isLive)
        .sort((a, b) => (a.table < b.table ? -1 : 1)),
    putTable: (table) => {
      version += 1;
      tablesOf(table.project, table.dataset).set(table.table, table);
    },
    dropTable: (table) => {
      version += 1;
      tablesOf(table.project, table.dataset).delete(table.table);
    },
    routine: (project, dataset, routine) => routinesOf(project, dataset).get(routine),
    routines: (project, dataset) =>
      [...routinesOf(project, dataset).values()].sort((a, b) => (a.routine < b.routine ? -1 : 1)),
    putRoutine: (routine) => {
      version += 1;
      routinesOf(routine.project, routine.dataset).set(routine.routine, routine);
    },
    dropRoutine: (routine) => {
      version += 1;
      routinesOf(routine.project, routine.dataset).delete(routine.routine);
    },
  };
}

/** Where a table's rows are in DuckDB. */
export function duckName({
  project,
  dataset,
  table,
}: Pick<Table, 'project' | 'dataset' | 'table'>): TableName {
  return { schema: `${project}.${dataset}`, table };
}

export function columnsOf(fields: readonly Field[]): TableColumn[] {
  return fields.map((field) => ({
    name: field.name,
    type: typeOfField(field),
    required: field.mode === 'REQUIRED',
    default: field.defaultValueExpression ?? null,
  }));
}

interface TimePartitioning {
  readonly type?: string;
  readonly field?: string;
  readonly expirationMs?: string | number | null;
  readonly requirePartitionFilter?: boolean;
}

/** How a table resource says it is partitioned. Throws `invalid` where its column cannot be. */
export function partitionOf(resource: Resource, columns: readonly TableColumn[]): Partition | null {
  const time = resource.timePartitioning as TimePartitioning | undefined;
  const range = resource.rangePartitioning as { field?: string } | undefined;
  if (time === undefined && range === undefined) return null;
  const filterRequired =
    resource.requirePartitionFilter === true || time?.requirePartitionFilter === true;
  // 0 is for ever.
  const expirationMs = Number(time?.expirationMs ?? 0) || null;
  const field = time?.field ?? range?.field;
  if (field === undefined)
    return { column: '_PARTITIONTIME', unit: unitOf(time?.type), filterRequired, expirationMs };
  const column = columns.find((each) => each.name.toLowerCase() === field.toLowerCase());
  const allowed: SqlType['kind'][] =
    time === undefined ? ['INT64'] : ['TIMESTAMP', 'DATE', 'DATETIME'];
  if (column === undefined || !allowed.includes(column.type.kind)) {
    throw new BigQueryError(
      'invalid',
      column === undefined
        ? `The field specified for partitioning cannot be found in the schema: ${field}`
        : `The field specified for partitioning must be of type ${allowed.join(', ')}, got ${column.type.kind}: ${field}`,
    );
  }
  return {
    column: column.name,
    unit: time === undefined ? 'RANGE' : unitOf(time.type),
    filterRequired,
    expirationMs,
  };
}

function unitOf(type: string | undefined): 'HOUR' | 'DAY' | 'MONTH' | 'YEAR' {
  const unit = type?.toUpperCase() ?? 'DAY';
  if (unit === 'HOUR' || unit === 'DAY' || unit === 'MONTH' || unit === 'YEAR') return unit;
  throw new BigQueryError('invalid', `Invalid value for type: ${type} is not a valid value`);
}

export function requireDataset(
  store: Store,
  { project, dataset }: { project: string; dataset: string },
): Dataset {
  const found = store.dataset(project, dataset);
  if (found !== undefined) return found;
  throw new BigQueryError('notFound', `Not found: Dataset ${project}:${dataset}`);
}

export function requireTable(
  store: Store,
  where: Pick<Table, 'project' | 'dataset' | 'table'>,
): Table {
  requireDataset(store, where);
  const found = store.table(where.project, where.dataset, where.table);
  if (found !== undefined) return found;
  throw new BigQueryError(
    'notFound',
    `Not found: Table ${where.project}:${where.dataset}.${where.table}`,
  );
}
