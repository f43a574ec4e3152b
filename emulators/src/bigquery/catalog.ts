import { BigQueryError } from './errors.ts';
import type { Catalog, TableShape } from './googlesql/context.ts';
import { informationSchema } from './information-schema.ts';
import { shapeOfRoutine } from './routine-shape.ts';
import { duckName, requireDataset, requireTable, type Store, type Table } from './store.ts';
import { qualified } from './warehouse.ts';

/**
 * The store as the translator sees it from one project and default dataset; `temporary` is the dataset
 * of a script's temporary tables.
 */
export function catalogOf(
  store: Store,
  project: string,
  defaultDataset: { project: string; dataset: string } | null,
  temporary: { project: string; dataset: string } | null = null,
): Catalog {
  const locate = (path: readonly string[]): Pick<Table, 'project' | 'dataset' | 'table'> => {
    const [a = '', b = '', c = ''] = path;
    if (path.length === 3) return { project: a, dataset: b, table: c };
    // A temporary table wins over one of the default dataset.
    if (temporary !== null && path.length === 2 && a.toUpperCase() === '_SESSION')
      return { ...temporary, table: b };
    if (path.length === 2) return { project, dataset: a, table: b };
    if (
      temporary !== null &&
      path.length === 1 &&
      store.table(temporary.project, temporary.dataset, a) !== undefined
    )
      return { ...temporary, table: a };
    if (path.length === 1 && defaultDataset !== null) return { ...defaultDataset, table: a };
    throw new BigQueryError(
      'invalid',
      `Table "${path.join('.')}" must be qualified with a dataset (e.g. dataset.table).`,
    );
  };
  return {
    locate,
    system: (path) => informationSchema(store, project, path),
    within: (owner) => catalogOf(store, owner, null),
    table: (path) => {
      const where = locate(path);
      return shapeOf(requireTable(store, where));
    },
    tables: (path) => {
      const where = locate(path);
      const prefix = where.table.replace(/\*$/, '');
      requireDataset(store, where);
      return store
        .tables(where.project, where.dataset)
        .filter((each) => each.table.startsWith(prefix))
        .map(shapeOf);
    },
    routine: (path) => {
      const [a = '', b = '', c = ''] = path;
      const found =
        path.length === 3
          ? store.routine(a, b, c)
          : path.length === 2
            ? store.routine(project, a, b)
            : path.length === 1 && defaultDataset !== null
              ? store.routine(defaultDataset.project, defaultDataset.dataset, a)
              : undefined;
      return found === undefined ? undefined : shapeOfRoutine(found);
    },
  };
}

function shapeOf(table: Table): TableShape {
  const { project, dataset, columns } = table;
  const base = { project, dataset, table: table.table, columns };
  if (table.viewQuery !== null) return { ...base, kind: 'view', query: table.viewQuery };
  return { ...base, kind: 'table', sql: qualified(duckName(table)), partition: table.partition };
}
