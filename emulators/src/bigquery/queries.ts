import { estimateBytes } from './bytes.ts';
import { storeResult } from './destination.ts';
import type { Engine } from './engine.ts';
import { BigQueryError } from './errors.ts';
import { parseScript } from './googlesql/parse-statement.ts';
import type { Statement } from './googlesql/syntax.ts';
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

export function readQueries(engine: Engine): QueryReader {
  const cache = new Map<string, { statements: Statement[]; prepared: Prepared | null }>();
  return {
    read: (project, configuration) => {
      const text = configuration.query ?? '';
      if (text.trim() === '')
        throw new BigQueryError('required', 'Required parameter is missing: query');
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
      if (known !== undefined) return { ...known, session, text };
      const statements = parseScript(text);
      const [first] = statements;
      const isScript =
        1 < statements.length ||
        ['declare', 'set', 'if', 'while', 'block', 'transaction'].includes(first?.kind ?? '');
      const prepared = isScript || first === undefined ? null : prepare(first, text, session);
      if (MOST_CACHED <= cache.size) cache.delete(cache.keys().next().value ?? '');
      cache.set(key, { statements, prepared });
      return { statements, prepared, session, text };
    },
  };
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
  const steps = await runScript(ready.statements, text, session);
  // A script answers with the rows of its last query.
  const last = steps.findLast((step) => step.columns !== null);
  return {
    ...base,
    statementType: 'SCRIPT',
    columns: last?.columns ?? null,
    rows: last?.rows ?? NO_ROWS,
    dml: null,
  };
}
