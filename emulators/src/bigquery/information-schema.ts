import { BigQueryError } from './errors.ts';
import type { Relation } from './googlesql/context.ts';
import { INT64, type SqlType, STRING, TIMESTAMP, text, typeName } from './googlesql/types.ts';
import { readStandardType } from './standard-types.ts';
import { type Routine, requireDataset, type Store, type Table } from './store.ts';

type Row = readonly (string | number | null)[];
interface View {
  readonly columns: readonly (readonly [name: string, type: SqlType])[];
  /** What each table, or each routine, of the dataset gives. */
  rows?(table: Table): Row[];
  routine?(routine: Routine): Row;
}

/** Source: https://cloud.google.com/bigquery/docs/information-schema-intro */
const VIEWS: Readonly<Record<string, View>> = {
  TABLES: {
    columns: [
      ['table_catalog', STRING],
      ['table_schema', STRING],
      ['table_name', STRING],
      ['table_type', STRING],
      ['is_insertable_into', STRING],
      ['is_typed', STRING],
      ['creation_time', TIMESTAMP],
    ],
    rows: (table) => [
      [
        ...nameOf(table),
        table.viewQuery === null ? 'BASE TABLE' : 'VIEW',
        table.viewQuery === null ? 'YES' : 'NO',
        'NO',
        Number(table.resource.creationTime ?? 0),
      ],
    ],
  },
  COLUMNS: {
    columns: [
      ['table_catalog', STRING],
      ['table_schema', STRING],
      ['table_name', STRING],
      ['column_name', STRING],
      ['ordinal_position', INT64],
      ['is_nullable', STRING],
      ['data_type', STRING],
      ['is_partitioning_column', STRING],
      ['clustering_ordinal_position', INT64],
      ['column_default', STRING],
    ],
    rows: (table) => {
      const clustering =
        (table.resource.clustering as { fields?: string[] } | undefined)?.fields ?? [];
      return table.columns.map((column, index) => [
        ...nameOf(table),
        column.name,
        index + 1,
        column.required ? 'NO' : 'YES',
        typeName(column.type),
        table.partition?.column === column.name ? 'YES' : 'NO',
        clustering.includes(column.name) ? clustering.indexOf(column.name) + 1 : null,
        column.default ?? 'NULL',
      ]);
    },
  },
  COLUMN_FIELD_PATHS: {
    columns: [
      ['table_catalog', STRING],
      ['table_schema', STRING],
      ['table_name', STRING],
      ['column_name', STRING],
      ['field_path', STRING],
      ['data_type', STRING],
      ['description', STRING],
    ],
    rows: (table) =>
      table.columns.map((column, index) => [
        ...nameOf(table),
        column.name,
        column.name,
        typeName(column.type),
        table.fields[index]?.description ?? null,
      ]),
  },
  VIEWS: {
    columns: [
      ['table_catalog', STRING],
      ['table_schema', STRING],
      ['table_name', STRING],
      ['view_definition', STRING],
    ],
    rows: (table) => (table.viewQuery === null ? [] : [[...nameOf(table), table.viewQuery]]),
  },
  ROUTINES: {
    columns: [
      ['specific_catalog', STRING],
      ['specific_schema', STRING],
      ['specific_name', STRING],
      ['routine_catalog', STRING],
      ['routine_schema', STRING],
      ['routine_name', STRING],
      ['routine_type', STRING],
      ['data_type', STRING],
      ['routine_body', STRING],
      ['routine_definition', STRING],
      ['created', TIMESTAMP],
      ['last_altered', TIMESTAMP],
    ],
    routine: (routine) => {
      const { resource } = routine;
      const name = [routine.project, routine.dataset, routine.routine];
      return [
        ...name,
        ...name,
        ROUTINE_TYPES[String(resource.routineType)] ?? null,
        resource.returnType === undefined ? null : typeName(readStandardType(resource.returnType)),
        'SQL',
        String(resource.definitionBody ?? ''),
        Number(resource.creationTime ?? 0),
        Number(resource.lastModifiedTime ?? 0),
      ];
    },
  },
};

const ROUTINE_TYPES: Readonly<Record<string, string>> = {
  SCALAR_FUNCTION: 'FUNCTION',
  TABLE_VALUED_FUNCTION: 'TABLE FUNCTION',
  PROCEDURE: 'PROCEDURE',
};

function nameOf(table: Table): [string, string, string] {
  return [table.project, table.dataset, table.table];
}

/** The rows of `dataset.INFORMATION_SCHEMA.x` as a query; undefined where the path is another one. */
export function informationSchema(
  store: Store,
  project: string,
  path: readonly string[],
): Relation | undefined {
  const at = path.findIndex((part) => part.toUpperCase() === 'INFORMATION_SCHEMA');
  if (at === -1) return undefined;
  const name = path[at + 1]?.toUpperCase() ?? '';
  const view = VIEWS[name];
  if (view === undefined || at === 0) {
    throw new BigQueryError(
      'invalidQuery',
      `View is not supported by the local emulator: ${path.join('.')}`,
      { location: 'query' },
    );
  }
  const where =
    at === 1
      ? { project, dataset: path[0] ?? '' }
      : { project: path[0] ?? '', dataset: path[1] ?? '' };
  requireDataset(store, where);
  const rows = [
    ...store.tables(where.project, where.dataset).flatMap((table) => view.rows?.(table) ?? []),
    ...store
      .routines(where.project, where.dataset)
      .flatMap((routine) => (view.routine === undefined ? [] : [view.routine(routine)])),
  ];
  const list = view.columns.map((_, index) => `c${index + 1}`).join(', ');
  const values = rows.map(
    (row) => `(${row.map((value, index) => literal(value, view.columns[index]?.[1])).join(', ')})`,
  );
  const empty = `(${view.columns.map(([, type]) => literal(null, type)).join(', ')})`;
  const sql = `SELECT ${list} FROM (VALUES ${values.length === 0 ? empty : values.join(', ')}) AS v(${list})${values.length === 0 ? ' WHERE FALSE' : ''}`;
  return {
    sql,
    columns: view.columns.map(([column, type]) => ({ name: column, type })),
    isValueTable: false,
  };
}

function literal(value: string | number | null, type: SqlType | undefined): string {
  if (type?.kind === 'TIMESTAMP')
    return value === null
      ? 'CAST(NULL AS TIMESTAMPTZ)'
      : `make_timestamptz(${Number(value) * 1000}::BIGINT)`;
  if (type?.kind === 'INT64') return `CAST(${value === null ? 'NULL' : value} AS BIGINT)`;
  return value === null ? 'CAST(NULL AS VARCHAR)' : text(String(value));
}
