import { text } from './googlesql/types.ts';
import type { Field } from './schema.ts';
import type { Dataset, Resource, Routine, Store, Table } from './store.ts';
import { columnsOf, partitionOf } from './store.ts';
import type { Warehouse, Writer } from './warehouse.ts';

/**
 * Datasets, tables and routines are rows of a table beside the data, written in the same transaction as what
 * they describe: after a crash either both are there or neither.
 */
const RESOURCES = 'data.main.resources';

export async function prepare(writer: Writer): Promise<void> {
  await writer.run(
    `CREATE TABLE IF NOT EXISTS ${RESOURCES} (id VARCHAR PRIMARY KEY, resource VARCHAR NOT NULL)`,
  );
}

/** Keeps the dataset's resource; null forgets the dataset and all its tables. */
export async function saveDataset(
  writer: Writer,
  { project, dataset, resource }: { project: string; dataset: string; resource: Resource | null },
): Promise<void> {
  const id = `${project}:${dataset}`;
  if (resource === null) {
    await writer.run(
      `DELETE FROM ${RESOURCES} WHERE id = ${text(id)} OR starts_with(id, ${text(`${id}.`)})`,
    );
  } else await put(writer, id, { project, dataset, resource });
}

export async function saveTable(
  writer: Writer,
  { project, dataset, table, resource }: Table,
): Promise<void> {
  await put(writer, `${project}:${dataset}.${table}`, { project, dataset, table, resource });
}

export async function forgetTable(
  writer: Writer,
  { project, dataset, table }: Pick<Table, 'project' | 'dataset' | 'table'>,
): Promise<void> {
  await writer.run(`DELETE FROM ${RESOURCES} WHERE id = ${text(`${project}:${dataset}.${table}`)}`);
}

export async function saveRoutine(writer: Writer, saved: Routine): Promise<void> {
  const { project, dataset, routine, resource } = saved;
  await put(writer, idOfRoutine(saved), { project, dataset, routine, resource });
}

export async function forgetRoutine(writer: Writer, routine: Routine): Promise<void> {
  await writer.run(`DELETE FROM ${RESOURCES} WHERE id = ${text(idOfRoutine(routine))}`);
}

/** No table can have such a name. */
function idOfRoutine({ project, dataset, routine }: Routine): string {
  return `${project}:${dataset}.${routine}()`;
}

async function put(writer: Writer, id: string, value: object): Promise<void> {
  await writer.run(
    `INSERT OR REPLACE INTO ${RESOURCES} VALUES (${text(id)}, ${text(JSON.stringify(value))})`,
  );
}

/** Fills the store with what the database kept. */
export async function restore(warehouse: Warehouse, store: Store): Promise<void> {
  const result = await warehouse.read(`SELECT resource FROM ${RESOURCES} ORDER BY id`);
  for (const [json] of await result.getRows()) {
    const saved = JSON.parse(String(json)) as Dataset & { table?: string; routine?: string };
    if (saved.routine !== undefined) store.putRoutine({ ...saved, routine: saved.routine });
    else if (saved.table === undefined) store.putDataset(saved);
    else store.putTable(tableOf(saved.project, saved.dataset, saved.table, saved.resource));
  }
}

/** A table as its resource describes it. */
export function tableOf(
  project: string,
  dataset: string,
  table: string,
  resource: Resource,
): Table {
  const fields = ((resource.schema as { fields?: Field[] } | undefined)?.fields ?? []) as Field[];
  const columns = columnsOf(fields);
  const view = resource.view as { query?: string } | undefined;
  return {
    project,
    dataset,
    table,
    resource,
    fields,
    columns,
    partition: partitionOf(resource, columns),
    viewQuery: view?.query ?? null,
  };
}
