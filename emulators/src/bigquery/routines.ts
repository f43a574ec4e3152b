import { catalogOf } from './catalog.ts';
import { stamped } from './datasets.ts';
import type { Engine } from './engine.ts';
import { BigQueryError } from './errors.ts';
import { parseScript } from './googlesql/parse-statement.ts';
import { checkRoutine } from './googlesql/routines.ts';
import { openContext } from './googlesql/translate.ts';
import { forgetRoutine, saveRoutine } from './persistence.ts';
import { shapeOfRoutine } from './routine-shape.ts';
import { type Resource, type Routine, requireDataset, type Store } from './store.ts';

type Where = Pick<Routine, 'project' | 'dataset' | 'routine'>;

const ROUTINE_NAME = /^\w{1,256}$/;

/** What happens to a routine that is there already. */
export type IfThere = 'fail' | 'replace' | 'keep';

/**
 * Creates or replaces a routine, after its text was checked as far as its declared types tell.
 *
 * Source: https://cloud.google.com/bigquery/docs/reference/rest/v2/routines
 */
export function putRoutine(
  engine: Engine,
  where: Where,
  given: Resource,
  ifThere: IfThere,
): Promise<Routine> {
  const { project, dataset, routine } = where;
  const title = `${project}:${dataset}.${routine}`;
  return engine.warehouse.write(async (writer) => {
    requireDataset(engine.store, where);
    if (!ROUTINE_NAME.test(routine))
      throw new BigQueryError('invalid', `Invalid routine ID "${routine}".`);
    const old = engine.store.routine(project, dataset, routine);
    if (old !== undefined && ifThere === 'keep') return old;
    if (old !== undefined && ifThere === 'fail')
      throw new BigQueryError('duplicate', `Already Exists: Routine ${title}`);
    if (old === undefined) engine.store.requireRoom('routines');
    const made = { ...where, resource: stamped(engine, given, old?.resource ?? {}) };
    check(engine, made);
    await saveRoutine(writer, made);
    engine.store.putRoutine(made);
    return made;
  });
}

export function deleteRoutine(engine: Engine, where: Where): Promise<void> {
  return engine.warehouse.write(async (writer) => {
    const found = requireRoutine(engine.store, where);
    await forgetRoutine(writer, found);
    engine.store.dropRoutine(found);
  });
}

export function requireRoutine(store: Store, where: Where): Routine {
  requireDataset(store, where);
  const { project, dataset, routine } = where;
  const found = store.routine(project, dataset, routine);
  if (found !== undefined) return found;
  throw new BigQueryError('notFound', `Not found: Routine ${project}:${dataset}.${routine}`);
}

export function showRoutine({ project, dataset, routine, resource }: Routine): Resource {
  return {
    ...resource,
    language: 'SQL',
    routineReference: { projectId: project, datasetId: dataset, routineId: routine },
  };
}

function check(engine: Engine, routine: Routine): void {
  const shape = shapeOfRoutine(routine);
  if (shape.kind === 'PROCEDURE') {
    parseScript(shape.body);
    return;
  }
  const catalog = catalogOf(engine.store, routine.project, null);
  checkRoutine(shape, openContext(shape.body, catalog, new Map()));
}
