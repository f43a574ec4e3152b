import { position } from './errors.ts';
import type { Job } from './jobs.ts';
import type { Place, Step } from './script-run.ts';
import type { Resource } from './store.ts';

/** A script shows at most this many of its statements as jobs. */
const MOST_CHILDREN = 100;

/**
 * The statements of a script as jobs of their own, as BigQuery lists them.
 *
 * Source: https://cloud.google.com/bigquery/docs/reference/rest/v2/Job#ScriptStatistics
 */
export function childJobs(script: Job): Job[] {
  const steps = script.outcome?.steps ?? [];
  return steps.slice(-MOST_CHILDREN).map((step, index) => ({
    project: script.project,
    id: `script_${script.id}_${index}`,
    location: script.location,
    type: 'QUERY',
    configuration: { query: { query: textOf(step.stack[0]), useLegacySql: false } },
    // They are sorted by this.
    createdMs: script.createdMs + index,
    endedMs: script.createdMs + index,
    outcome: {
      ...step.outcome,
      error: null,
      bytesProcessed: step.bytesProcessed,
      statistics: { parentJobId: script.id, scriptStatistics: statistics(step) },
    },
    done: Promise.resolve(),
    parent: script.id,
  }));
}

function statistics({ stack }: Step): Resource {
  const stackFrames = stack.map((place) => {
    const { text, statement, procedure } = place;
    const [startLine, startColumn] = lineAndColumn(text, statement.at);
    const [endLine, endColumn] = lineAndColumn(text, statement.end);
    return {
      startLine,
      startColumn,
      endLine,
      endColumn,
      text: textOf(place),
      ...(procedure === null ? {} : { procedureId: procedure }),
    };
  });
  return { evaluationKind: 'STATEMENT', stackFrames };
}

function textOf(place: Place | undefined): string {
  return place === undefined ? '' : place.text.slice(place.statement.at, place.statement.end);
}

function lineAndColumn(text: string, offset: number): [line: number, column: number] {
  const [, line, column] = /^\[(\d+):(\d+)\]$/.exec(position(text, offset)) ?? [];
  return [Number(line), Number(column)];
}
