import { BigQueryError } from './errors.ts';
import type { RoutineParameter, RoutineShape } from './googlesql/context.ts';
import { readStandardType } from './standard-types.ts';
import type { Resource, Routine } from './store.ts';

const KINDS = ['SCALAR_FUNCTION', 'TABLE_VALUED_FUNCTION', 'PROCEDURE'] as const;

/** A routine as the translator needs it. Throws where the resource is none that is supported. */
export function shapeOfRoutine({ project, dataset, routine, resource }: Routine): RoutineShape {
  const kind = KINDS.find((each) => each === resource.routineType);
  if (kind === undefined || (resource.language ?? 'SQL') !== 'SQL') {
    throw new BigQueryError(
      'notImplemented',
      `Routine is not supported by the local emulator: ${resource.routineType} LANGUAGE ${resource.language ?? 'SQL'}`,
    );
  }
  const columns = (
    resource.returnTableType as { columns?: { name: string; type: unknown }[] } | undefined
  )?.columns;
  return {
    title: `${dataset}.${routine}`,
    project,
    kind,
    parameters: ((resource.arguments ?? []) as Resource[]).map(readParameter),
    returns: resource.returnType === undefined ? null : readStandardType(resource.returnType),
    returnsTable:
      columns?.map(({ name, type }) => ({ name, type: readStandardType(type) })) ?? null,
    body: String(resource.definitionBody ?? ''),
  };
}

function readParameter({ name, argumentKind, dataType, mode }: Resource): RoutineParameter {
  const isAny = argumentKind === 'ANY_TYPE';
  if (argumentKind !== undefined && !isAny && argumentKind !== 'FIXED_TYPE') {
    throw new BigQueryError(
      'notImplemented',
      `Argument is not supported by the local emulator: ${argumentKind}`,
    );
  }
  return {
    name: String(name ?? ''),
    type: isAny ? null : readStandardType(dataType),
    mode: mode === 'OUT' || mode === 'INOUT' ? mode : 'IN',
  };
}
