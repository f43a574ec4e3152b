import { estimateBytes } from './bytes.ts';
import { temporaryFunction } from './define-routine.ts';
import { storeResult } from './destination.ts';
import type { Engine } from './engine.ts';
import { BigQueryError } from './errors.ts';
import type { RoutineShape } from './googlesql/context.ts';
import { parseScript } from './googlesql/parse-statement.ts';
import type { Statement } from './googlesql/statement-syntax.ts';
import { bytesBilled, type JobOutcome } from './jobs.ts';
import { type QueryParameter, readParameters } from './parameters.ts';
import { NO_ROWS } from './results.ts';
import { runScript } from './scripts.ts';
import { execute, type Prepared, prepare, type Session } from './statements.ts';
import type { Resource } from './store.ts';

/** Source: https://cloud.google.com/bigquery/docs/reference/rest/v2/Job#JobConfigurationQuery */
export interface QueryConfiguration {
  readonly query?: string;
  readonly useLegacySql?: boolean;
  readonly defaultDataset?: { readonly projectId?: string; readonly datasetId: string };
  readonly queryParameters?: readonly QueryParameter[];
  readonly maximumBytesBilled?: string | number;
  readonly destinationTable?: Resource;
  readonly writeDisposition?: string;
  readonly createDisposition?: string;
}

/** A query that is parsed and, where it is one statement, translated: ready to run. */
export interface ReadyQuery {
  readonly statements: readonly Statement[];
  readonly prepared: Prepared | null;
  readonly session: Session;
  readonly text: string;
}

/** Remembers translations, because a pipeline sends the same few texts for ever. */
export interface QueryReader {
  /** Throws what is wrong with the text, before anything runs. */
  read(project: string, configuration: QueryConfiguration): ReadyQuery;
}

const MOST_CACHED = 500;
/** Source: https://cloud.google.com/bigquery/quotas#query_jobs */
const MOST_CHARACTERS = 1024 * 1024;

export function readQueries(engine: Engine): QueryReader {
  const cache = new Map<string, Translation>();
  return {
    read: (project, configuration) => {
      const text = configuration.query ?? '';
      if (text.trim() === '')
        throw new BigQueryError('required', 'Required parameter is missing: query');
      if (MOST_CHARACTERS < text.length)
        throw new BigQueryError(
          'invalidQuery',
          `The query is too large. The maximum standard SQL query length is ${MOST_CHARACTERS / 1024}K characters, including comments and white space characters.`,
        );
      if (configuration.useLegacySql === true) {
        throw new BigQueryError(
          'notImplemented',
          'Legacy SQL is not supported by the local emulator: set useLegacySql to false',
        );
      }
      const { types, values } = readParameters(configuration.queryParameters ?? []);
      const { defaultDataset } = configuration;
      const session: Session = {
        engine,
        project,
        defaultDataset:
          defaultDataset === undefined
            ? null
            : { project: defaultDataset.projectId ?? project, dataset: defaultDataset.datasetId },
        types,
        values,
        temporary: null,
        functions: new Map(),
        nowMicros: BigInt(Math.round(engine.now())) * 1000n,
        writer: null,
      };
      const key = JSON.stringify([
        text,
        project,
        session.defaultDataset,
        [...types],
        engine.store.version(),
      ]);
      const known = cache.get(key);
      if (known !== undefined) return ready(known, session, text);
      const made = translate(text, session);
      if (MOST_CACHED <= cache.size) cache.delete(cache.keys().next().value ?? '');
      cache.set(key, made);
      return ready(made, session, text);
    },
  };
}

interface Translation {
  readonly statements: readonly Statement[];
  readonly functions: Session['functions'];
  readonly prepared: Prepared | null;
}

function ready({ functions, ...rest }: Translation, session: Session, text: string): ReadyQuery {
  return { ...rest, session: { ...session, functions }, text };
}

const SCRIPTING =
  /^(declare|set|if|while|loop|repeat|for|block|transaction|execute|call|raise|return|break|continue|case|assert)$/;

/** One statement, with temporary functions before it or without, is translated at once; a script as it runs. */
function translate(text: string, session: Session): Translation {
  const statements = parseScript(text);
  const functions = new Map<string, RoutineShape>();
  for (const statement of statements) {
    if (statement.kind !== 'createRoutine' || !statement.isTemporary) break;
    const shape = temporaryFunction(statement, text, { ...session, functions });
    functions.set(shape.title.toLowerCase(), shape);
  }
  const [first, ...more] = statements.slice(functions.size);
  const isScript = first === undefined || 0 < more.length || SCRIPTING.test(first.kind);
  if (isScript) return { statements, functions: new Map(), prepared: null };
  return { statements, functions, prepared: prepare(first, text, { ...session, functions }) };
}

/** What the query would read, in bytes. */
export async function priceOf(
  ready: ReadyQuery,
  configuration: QueryConfiguration,
): Promise<number> {
  if (ready.prepared === null) return 0;
  const bytes = await estimateBytes(ready.prepared, ready.session);
  const limit = Number(configuration.maximumBytesBilled ?? Number.POSITIVE_INFINITY);
  if (limit < bytesBilled(bytes)) {
    throw new BigQueryError(
      'bytesBilledLimitExceeded',
      `Query exceeded limit for bytes billed: ${limit}. ${bytesBilled(bytes)} or higher required.`,
    );
  }
  return bytes;
}

/** Runs it to the end. */
export async function runQuery(
  ready: ReadyQuery,
  configuration: QueryConfiguration,
): Promise<JobOutcome> {
  const { prepared, session, text } = ready;
  const bytesProcessed = await priceOf(ready, configuration);
  const base = { error: null, bytesProcessed, statistics: {} };
  if (prepared !== null) {
    if (configuration.destinationTable !== undefined && prepared.kind === 'query') {
      const stored = await storeResult(prepared, configuration, session);
      return { ...base, ...stored };
    }
    const outcome = await execute(prepared, text, session);
    return { ...base, ...outcome };
  }
  const { steps, bytesProcessed: read } = await runScript(ready.statements, text, session);
  // A script answers with the rows of its last query, and is priced by all its statements.
  const last = steps.findLast((step) => step.outcome.columns !== null)?.outcome;
  return {
    ...base,
    bytesProcessed: read,
    statementType: 'SCRIPT',
    columns: last?.columns ?? null,
    rows: last?.rows ?? NO_ROWS,
    dml: null,
    steps,
  };
}
