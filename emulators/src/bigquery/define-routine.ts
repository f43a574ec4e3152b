import { catalogOf } from './catalog.ts';
import { BigQueryError, unsupported } from './errors.ts';
import type { RoutineShape } from './googlesql/context.ts';
import { checkRoutine } from './googlesql/routines.ts';
import type { RoutineDefinition } from './googlesql/statement-syntax.ts';
import type { TypeSyntax } from './googlesql/syntax.ts';
import { openContext } from './googlesql/translate.ts';
import type { SqlType } from './googlesql/types.ts';
import { typeOf } from './googlesql/written-types.ts';
import { deleteRoutine, putRoutine } from './routines.ts';
import { standardType } from './standard-types.ts';
import type { Session } from './statements.ts';
import type { Resource, Routine } from './store.ts';

const KINDS: Readonly<Record<RoutineDefinition['what'], string>> = {
  FUNCTION: 'SCALAR_FUNCTION',
  'TABLE FUNCTION': 'TABLE_VALUED_FUNCTION',
  PROCEDURE: 'PROCEDURE',
};

/** Runs CREATE FUNCTION, CREATE TABLE FUNCTION and CREATE PROCEDURE. */
export async function createRoutine(
  statement: RoutineDefinition,
  text: string,
  session: Session,
): Promise<void> {
  const type = typesOf(text, session);
  const { options, returns, returnsTable } = statement;
  const unknown = Object.keys(options).find(
    (name) => !['description', 'strict_mode'].includes(name),
  );
  if (unknown !== undefined) throw unsupported('Routine option', unknown, text, statement.at);
  const resource: Resource = {
    routineType: KINDS[statement.what],
    language: 'SQL',
    definitionBody: statement.body,
    arguments: statement.parameters.map((each) => ({
      name: each.name,
      ...(each.type === null
        ? { argumentKind: 'ANY_TYPE' }
        : { dataType: standardType(type(each.type)) }),
      ...(statement.what === 'PROCEDURE' ? { mode: each.mode } : {}),
    })),
    ...(returns === null ? {} : { returnType: standardType(type(returns)) }),
    ...(returnsTable === null
      ? {}
      : {
          returnTableType: {
            columns: returnsTable.map((each) => ({
              name: each.name,
              type: standardType(type(each.type)),
            })),
          },
        }),
    ...(typeof options.description === 'string' ? { description: options.description } : {}),
  };
  const ifThere = statement.orReplace ? 'replace' : statement.ifNotExists ? 'keep' : 'fail';
  await putRoutine(session.engine, locateRoutine(statement.path, session), resource, ifThere);
}

/** A TEMP function, which lives as long as its script. Throws what is wrong with its text. */
export function temporaryFunction(
  statement: RoutineDefinition,
  text: string,
  session: Session,
): RoutineShape {
  const type = typesOf(text, session);
  const shape: RoutineShape = {
    title: statement.path.join('.'),
    project: null,
    kind: 'SCALAR_FUNCTION',
    parameters: statement.parameters.map((each) => ({
      ...each,
      type: each.type === null ? null : type(each.type),
    })),
    returns: statement.returns === null ? null : type(statement.returns),
    returnsTable: null,
    body: statement.body,
  };
  if (1 < statement.path.length)
    throw new BigQueryError(
      'invalidQuery',
      `Temporary functions may not be qualified with a dataset: ${shape.title}`,
      { location: 'query' },
    );
  const catalog = catalogOf(
    session.engine.store,
    session.project,
    session.defaultDataset,
    session.temporary,
  );
  checkRoutine(shape, openContext(shape.body, catalog, new Map(), session.functions));
  return shape;
}

/** Runs DROP FUNCTION, DROP TABLE FUNCTION and DROP PROCEDURE. */
export async function dropRoutine(
  what: RoutineDefinition['what'],
  path: readonly string[],
  ifExists: boolean,
  session: Session,
): Promise<void> {
  const where = locateRoutine(path, session);
  const found = session.engine.store.routine(where.project, where.dataset, where.routine);
  if (found === undefined && ifExists) return;
  const { routineType } = found?.resource ?? {};
  if (found !== undefined && routineType !== KINDS[what]) {
    throw new BigQueryError(
      'invalidQuery',
      `Cannot drop ${where.project}:${where.dataset}.${where.routine} which has type ${routineType}. An object of type ${KINDS[what]} was expected.`,
      { location: 'query' },
    );
  }
  await deleteRoutine(session.engine, where);
}

/** Where a routine's path points. */
export function locateRoutine(
  path: readonly string[],
  session: Session,
): Pick<Routine, 'project' | 'dataset' | 'routine'> {
  const catalog = catalogOf(
    session.engine.store,
    session.project,
    session.defaultDataset,
    session.temporary,
  );
  const { project, dataset, table } = catalog.locate(path);
  return { project, dataset, routine: table };
}

function typesOf(text: string, session: Session): (syntax: TypeSyntax) => SqlType {
  const catalog = catalogOf(
    session.engine.store,
    session.project,
    session.defaultDataset,
    session.temporary,
  );
  const context = openContext(text, catalog, session.types);
  return (syntax) => typeOf(syntax, context);
}
