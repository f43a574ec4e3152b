import { catalogOf } from './catalog.ts';
import { locateRoutine } from './define-routine.ts';
import type { Statement } from './googlesql/statement-syntax.ts';
import type { Session } from './statements.ts';
import type { Resource } from './store.ts';

/**
 * What a definition is about to do, and to what.
 *
 * Source: https://cloud.google.com/bigquery/docs/reference/rest/v2/Job#JobStatistics2
 */
export function ddlStatistics(statement: Statement, session: Session): Resource {
  const { store } = session.engine;
  const table = (path: readonly string[]) => {
    const {
      project,
      dataset,
      table: tableId,
    } = catalogOf(store, session.project, session.defaultDataset, session.temporary).locate(path);
    return {
      exists: store.table(project, dataset, tableId) !== undefined,
      target: { ddlTargetTable: { projectId: project, datasetId: dataset, tableId } },
    };
  };
  const routine = (path: readonly string[]) => {
    const { project, dataset, routine: routineId } = locateRoutine(path, session);
    return {
      exists: store.routine(project, dataset, routineId) !== undefined,
      target: { ddlTargetRoutine: { projectId: project, datasetId: dataset, routineId } },
    };
  };
  const dataset = (path: readonly string[]) => {
    const [datasetId = '', projectId = session.project] = path.toReversed();
    return {
      exists: store.dataset(projectId, datasetId) !== undefined,
      target: { ddlTargetDataset: { projectId, datasetId } },
    };
  };
  switch (statement.kind) {
    case 'createTable':
    case 'createView':
      return created(statement, table(statement.table));
    case 'createSchema':
      return created({ ...statement, orReplace: false }, dataset(statement.path));
    case 'createRoutine':
      return created(statement, routine(statement.path));
    case 'addColumns':
      return { ddlOperationPerformed: 'ALTER', ...table(statement.table).target };
    case 'drop': {
      const { what, path } = statement;
      const isTable = what === 'TABLE' || what === 'VIEW';
      const { exists, target } = (isTable ? table : what === 'SCHEMA' ? dataset : routine)(path);
      return { ddlOperationPerformed: exists ? 'DROP' : 'SKIP', ...target };
    }
    default:
      return {};
  }
}

function created(
  { orReplace, ifNotExists }: { orReplace: boolean; ifNotExists: boolean },
  { exists, target }: { exists: boolean; target: Resource },
): Resource {
  const verb = !exists ? 'CREATE' : orReplace ? 'REPLACE' : ifNotExists ? 'SKIP' : 'CREATE';
  return { ddlOperationPerformed: verb, ...target };
}
