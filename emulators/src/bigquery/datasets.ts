import type { Engine } from './engine.ts';
import { BigQueryError } from './errors.ts';
import { quote } from './googlesql/types.ts';
import { saveDataset } from './persistence.ts';
import { type Dataset, duckName, type Resource, requireDataset } from './store.ts';

/** Source: https://cloud.google.com/bigquery/docs/reference/rest/v2/datasets */
const DATASET_NAME = /^\w{1,1024}$/;

export function createDataset(engine: Engine, project: string, given: Resource): Promise<Dataset> {
  const reference = given.datasetReference as
    | { datasetId?: string; projectId?: string }
    | undefined;
  const dataset = reference?.datasetId ?? '';
  if (!DATASET_NAME.test(dataset)) {
    throw new BigQueryError(
      'invalid',
      `Invalid dataset ID "${dataset}". Dataset IDs must be alphanumeric (plus underscores) and must be at most 1024 characters long.`,
    );
  }
  checkExpirations(given);
  const owner = reference?.projectId ?? project;
  return engine.warehouse.write(async (writer) => {
    if (engine.store.dataset(owner, dataset) !== undefined) {
      throw new BigQueryError('duplicate', `Already Exists: Dataset ${owner}:${dataset}`);
    }
    engine.store.requireRoom('datasets');
    const made: Dataset = { project: owner, dataset, resource: stamped(engine, given, given) };
    await writer.transaction(async () => {
      await writer.run(
        `CREATE SCHEMA data.${quote(duckName({ project: owner, dataset, table: '' }).schema)}`,
      );
      await saveDataset(writer, made);
    });
    engine.store.putDataset(made);
    return made;
  });
}

/** PATCH merges; PUT replaces what can be written. A null takes a property away. */
export function changeDataset(
  engine: Engine,
  where: { project: string; dataset: string },
  change: Resource,
  isPatch: boolean,
): Promise<Dataset> {
  return engine.warehouse.write(async (writer) => {
    const old = requireDataset(engine.store, where);
    const resource = isPatch ? merged(old.resource, change) : change;
    checkExpirations(resource);
    const made: Dataset = { ...old, resource: stamped(engine, resource, old.resource) };
    await saveDataset(writer, made);
    engine.store.putDataset(made);
    return made;
  });
}

const LEAST_EXPIRATION_MS = 3_600_000;

/** 0 takes the default away, as null does. */
function checkExpirations(resource: Resource): void {
  const tableMs = Number(resource.defaultTableExpirationMs ?? 0);
  const partitionMs = Number(resource.defaultPartitionExpirationMs ?? 0);
  if (!(tableMs === 0 || LEAST_EXPIRATION_MS <= tableMs))
    throw new BigQueryError(
      'invalid',
      `Invalid value for defaultTableExpirationMs: ${resource.defaultTableExpirationMs}. The minimum is ${LEAST_EXPIRATION_MS} (one hour)`,
    );
  if (!(0 <= partitionMs))
    throw new BigQueryError(
      'invalid',
      `Invalid value for defaultPartitionExpirationMs: ${resource.defaultPartitionExpirationMs}. A number of milliseconds is wanted`,
    );
}

export function deleteDataset(
  engine: Engine,
  where: { project: string; dataset: string },
  withContents: boolean,
): Promise<void> {
  return engine.warehouse.write(async (writer) => {
    requireDataset(engine.store, where);
    const tables = engine.store.tables(where.project, where.dataset);
    const routines = engine.store.routines(where.project, where.dataset);
    if (0 < tables.length + routines.length && !withContents) {
      throw new BigQueryError(
        'resourceInUse',
        `Dataset ${where.project}:${where.dataset} is still in use`,
      );
    }
    for (const table of tables) writer.forget(duckName(table));
    await writer.transaction(async () => {
      await writer.run(
        `DROP SCHEMA data.${quote(duckName({ ...where, table: '' }).schema)} CASCADE`,
      );
      await saveDataset(writer, { ...where, resource: null });
    });
    engine.store.dropDataset(where.project, where.dataset);
  });
}

export function showDataset({ project, dataset, resource }: Dataset): object {
  return {
    kind: 'bigquery#dataset',
    id: `${project}:${dataset}`,
    selfLink: `/bigquery/v2/projects/${project}/datasets/${dataset}`,
    location: 'US',
    type: 'DEFAULT',
    access: [{ role: 'OWNER', specialGroup: 'projectOwners' }],
    ...resource,
    datasetReference: { projectId: project, datasetId: dataset },
  };
}

/** RFC 7396: objects merge, null removes, all else replaces. */
export function merged(old: Resource, change: Resource): Resource {
  const result: Record<string, unknown> = { ...old };
  for (const [key, value] of Object.entries(change)) {
    const before = result[key];
    if (value === null) delete result[key];
    else if (isObject(value) && isObject(before)) result[key] = merged(before, value);
    else result[key] = value;
  }
  return result;
}

function isObject(value: unknown): value is Resource {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** Times and etag are the server's: what the client sends of them is dropped. */
export function stamped(engine: Engine, resource: Resource, old: Resource): Resource {
  const nowMs = String(engine.now());
  return {
    ...resource,
    creationTime: old.creationTime ?? nowMs,
    lastModifiedTime: nowMs,
    etag: engine.etag(),
  };
}
