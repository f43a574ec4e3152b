import { randomUUID } from 'node:crypto';
import { createDataset, deleteDataset } from './datasets.ts';
import type { Engine } from './engine.ts';
import { queryError } from './errors.ts';
import type { Statement } from './googlesql/statement-syntax.ts';
import type { Session } from './statements.ts';
import type { Dataset } from './store.ts';

type Place = Pick<Dataset, 'project' | 'dataset'>;
type CreateTable = Extract<Statement, { kind: 'createTable' }>;

const PREFIX = '_script';

/** A hidden dataset for the temporary tables of one script; it is made when the first of them is. */
export function temporaryDataset(project: string): Place {
  return { project, dataset: `${PREFIX}${randomUUID().replaceAll('-', '')}` };
}

/** As BigQuery, which hides datasets whose name begins with an underscore. */
export function isHidden(dataset: string): boolean {
  return dataset.startsWith('_');
}

/**
 * The statement with the name of the table that it makes.
 *
 * Source: https://cloud.google.com/bigquery/docs/multi-statement-queries#temporary_tables
 */
export async function placeTable(
  statement: CreateTable,
  text: string,
  { engine, temporary }: Session,
): Promise<CreateTable> {
  if (!statement.isTemporary) return statement;
  const [name = '', ...more] = statement.table.toReversed();
  if (temporary === null)
    throw queryError(
      'Use of CREATE TEMPORARY TABLE requires a script or session',
      text,
      statement.at,
    );
  if (1 < more.length || (more[0] !== undefined && more[0].toUpperCase() !== '_SESSION'))
    throw queryError(
      `CREATE TEMPORARY TABLE takes a name without a dataset, got ${statement.table.join('.')}`,
      text,
      statement.at,
    );
  const { project, dataset } = temporary;
  if (engine.store.dataset(project, dataset) === undefined)
    await createDataset(engine, project, { datasetReference: { datasetId: dataset } });
  return { ...statement, table: [project, dataset, name] };
}

export async function dropTemporary(engine: Engine, place: Place): Promise<void> {
  if (engine.store.dataset(place.project, place.dataset) !== undefined)
    await deleteDataset(engine, place, true);
}

/** What scripts that were killed have left. */
export async function dropAllTemporary(engine: Engine): Promise<void> {
  for (const each of engine.store.allDatasets())
    if (each.dataset.startsWith(PREFIX)) await deleteDataset(engine, each, true);
}
