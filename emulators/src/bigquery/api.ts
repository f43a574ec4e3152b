import { changeDataset, createDataset, deleteDataset, showDataset } from './datasets.ts';
import type { Engine } from './engine.ts';
import { checkEtag } from './etags.ts';
import { insertAll } from './insert-all.ts';
import type { InsertIds } from './insert-ids.ts';
import { jobRoutes } from './job-routes.ts';
import type { Jobs } from './jobs.ts';
import { listRows } from './list-rows.ts';
import { page } from './paging.ts';
import type { QueryReader } from './queries.ts';
import { routineRoutes } from './routine-routes.ts';
import { type Resource, requireDataset, requireTable } from './store.ts';
import { changeTable, createTable, deleteTable, showTable } from './tables.ts';
import { isHidden } from './temporary-tables.ts';
import type { StartTransfer } from './transfer-jobs.ts';

export interface Call {
  readonly path: Readonly<Record<string, string>>;
  readonly query: URLSearchParams;
  readonly body: Resource;
  /** Adds a header to the reply. */
  readonly headers: Readonly<Record<string, string | string[] | undefined>>;
}

export interface Route {
  /** Google's name of the method, such as `bigquery.tables.get`. */
  readonly name: string;
  readonly method: string;
  /** Below `/bigquery/v2`; `{x}` is one segment. */
  readonly path: string;
  /** null for an empty reply. */
  handle(call: Call): Promise<object | null> | object | null;
}

/** Everything that the REST API serves. What is not here answers 501 by name (`methods.ts`). */
export function routesOf(
  engine: Engine,
  jobs: Jobs,
  queries: QueryReader,
  ids: InsertIds,
  transfers: StartTransfer,
): Route[] {
  return [
    ...datasetRoutes(engine),
    ...tableRoutes(engine, ids),
    ...routineRoutes(engine),
    ...jobRoutes(engine, jobs, queries, transfers),
  ];
}

const DATASETS = '/projects/{project}/datasets';
const TABLES = `${DATASETS}/{dataset}/tables`;

function datasetRoutes(engine: Engine): Route[] {
  const where = ({ path }: Call) => ({ project: path.project ?? '', dataset: path.dataset ?? '' });
  const change = (isPatch: boolean) => async (call: Call) => {
    checkEtag(call, requireDataset(engine.store, where(call)).resource);
    return showDataset(await changeDataset(engine, where(call), call.body, isPatch));
  };
  return [
    {
      name: 'bigquery.datasets.list',
      method: 'GET',
      path: DATASETS,
      handle: (call) => {
        const all = engine.store
          .datasets(call.path.project ?? '')
          .filter(({ dataset }) => call.query.get('all') === 'true' || !isHidden(dataset))
          .map(({ project, dataset, resource }) => ({
            kind: 'bigquery#dataset',
            id: `${project}:${dataset}`,
            datasetReference: { projectId: project, datasetId: dataset },
            location: resource.location ?? 'US',
            ...(resource.labels === undefined ? {} : { labels: resource.labels }),
            ...(resource.friendlyName === undefined ? {} : { friendlyName: resource.friendlyName }),
          }));
        const { items, nextPageToken } = page(all, call.query);
        return { kind: 'bigquery#datasetList', ...nextPageToken, datasets: items };
      },
    },
    {
      name: 'bigquery.datasets.insert',
      method: 'POST',
      path: DATASETS,
      handle: async (call) =>
        showDataset(await createDataset(engine, call.path.project ?? '', call.body)),
    },
    {
      name: 'bigquery.datasets.get',
      method: 'GET',
      path: `${DATASETS}/{dataset}`,
      handle: (call) => showDataset(requireDataset(engine.store, where(call))),
    },
    {
      name: 'bigquery.datasets.patch',
      method: 'PATCH',
      path: `${DATASETS}/{dataset}`,
      handle: change(true),
    },
    {
      name: 'bigquery.datasets.update',
      method: 'PUT',
      path: `${DATASETS}/{dataset}`,
      handle: change(false),
    },
    {
      name: 'bigquery.datasets.delete',
      method: 'DELETE',
      path: `${DATASETS}/{dataset}`,
      handle: async (call) => {
        await deleteDataset(engine, where(call), call.query.get('deleteContents') === 'true');
        return null;
      },
    },
  ];
}

function tableRoutes(engine: Engine, ids: InsertIds): Route[] {
  const where = ({ path }: Call) => ({
    project: path.project ?? '',
    dataset: path.dataset ?? '',
    table: path.table ?? '',
  });
  const change = (isPatch: boolean) => async (call: Call) => {
    checkEtag(call, requireTable(engine.store, where(call)).resource);
    return showTable(engine, await changeTable(engine, where(call), call.body, isPatch));
  };
  return [
    {
      name: 'bigquery.tables.list',
      method: 'GET',
      path: TABLES,
      handle: (call) => {
        const { project, dataset } = where(call);
        requireDataset(engine.store, { project, dataset });
        const all = engine.store.tables(project, dataset).map(({ table, resource, viewQuery }) => ({
          kind: 'bigquery#table',
          id: `${project}:${dataset}.${table}`,
          tableReference: { projectId: project, datasetId: dataset, tableId: table },
          type: viewQuery === null ? 'TABLE' : 'VIEW',
          creationTime: resource.creationTime,
          ...(viewQuery === null ? {} : { view: { useLegacySql: false } }),
          ...pick(resource, [
            'labels',
            'timePartitioning',
            'rangePartitioning',
            'clustering',
            'expirationTime',
            'friendlyName',
            'requirePartitionFilter',
          ]),
        }));
        const { items, nextPageToken } = page(all, call.query);
        return {
          kind: 'bigquery#tableList',
          ...nextPageToken,
          tables: items,
          totalItems: all.length,
        };
      },
    },
    {
      name: 'bigquery.tables.insert',
      method: 'POST',
      path: TABLES,
      handle: async (call) => {
        const { project, dataset } = where(call);
        return showTable(engine, await createTable(engine, project, dataset, call.body));
      },
    },
    {
      name: 'bigquery.tables.get',
      method: 'GET',
      path: `${TABLES}/{table}`,
      handle: (call) => showTable(engine, requireTable(engine.store, where(call))),
    },
    {
      name: 'bigquery.tables.patch',
      method: 'PATCH',
      path: `${TABLES}/{table}`,
      handle: change(true),
    },
    {
      name: 'bigquery.tables.update',
      method: 'PUT',
      path: `${TABLES}/{table}`,
      handle: change(false),
    },
    {
      name: 'bigquery.tables.delete',
      method: 'DELETE',
      path: `${TABLES}/{table}`,
      handle: async (call) => {
        await deleteTable(engine, where(call));
        return null;
      },
    },
    {
      name: 'bigquery.tabledata.list',
      method: 'GET',
      path: `${TABLES}/{table}/data`,
      handle: (call) => listRows(engine, where(call), call.query),
    },
    {
      name: 'bigquery.tabledata.insertAll',
      method: 'POST',
      path: `${TABLES}/{table}/insertAll`,
      handle: (call) => insertAll(engine, ids, where(call), call.body),
    },
  ];
}

function pick(resource: Resource, names: readonly string[]): Resource {
  return Object.fromEntries(
    names.filter((name) => resource[name] !== undefined).map((name) => [name, resource[name]]),
  );
}
