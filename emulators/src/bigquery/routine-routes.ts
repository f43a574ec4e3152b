import type { Call, Route } from './api.ts';
import type { Engine } from './engine.ts';
import { checkEtag } from './etags.ts';
import { page } from './paging.ts';
import { deleteRoutine, putRoutine, requireRoutine, showRoutine } from './routines.ts';
import { requireDataset } from './store.ts';

const ROUTINES = '/projects/{project}/datasets/{dataset}/routines';
/** What a listing tells of each routine. */
const LISTED = ['routineType', 'language', 'creationTime', 'lastModifiedTime', 'etag'];

/** Source: https://cloud.google.com/bigquery/docs/reference/rest/v2/routines */
export function routineRoutes(engine: Engine): Route[] {
  const where = ({ path }: Call) => ({
    project: path.project ?? '',
    dataset: path.dataset ?? '',
    routine: path.routine ?? '',
  });
  return [
    {
      name: 'bigquery.routines.list',
      method: 'GET',
      path: ROUTINES,
      handle: (call) => {
        const { project, dataset } = where(call);
        requireDataset(engine.store, { project, dataset });
        const wanted = /^routineType:(\w+)$/.exec(call.query.get('filter') ?? '')?.[1];
        const all = engine.store
          .routines(project, dataset)
          .map(showRoutine)
          .filter((routine) => wanted === undefined || routine.routineType === wanted);
        const { items, nextPageToken } = page(all, call.query);
        const routines = items.map((routine) => ({
          routineReference: routine.routineReference,
          ...Object.fromEntries(LISTED.map((name) => [name, routine[name]])),
        }));
        return { ...nextPageToken, routines };
      },
    },
    {
      name: 'bigquery.routines.insert',
      method: 'POST',
      path: ROUTINES,
      handle: async (call) => {
        const { project, dataset } = where(call);
        const reference = call.body.routineReference as { routineId?: string } | undefined;
        const routine = reference?.routineId ?? '';
        return showRoutine(
          await putRoutine(engine, { project, dataset, routine }, call.body, 'fail'),
        );
      },
    },
    {
      name: 'bigquery.routines.get',
      method: 'GET',
      path: `${ROUTINES}/{routine}`,
      handle: (call) => showRoutine(requireRoutine(engine.store, where(call))),
    },
    {
      name: 'bigquery.routines.update',
      method: 'PUT',
      path: `${ROUTINES}/{routine}`,
      handle: async (call) => {
        checkEtag(call, requireRoutine(engine.store, where(call)).resource);
        return showRoutine(await putRoutine(engine, where(call), call.body, 'replace'));
      },
    },
    {
      name: 'bigquery.routines.delete',
      method: 'DELETE',
      path: `${ROUTINES}/{routine}`,
      handle: async (call) => {
        await deleteRoutine(engine, where(call));
        return null;
      },
    },
  ];
}
