import { randomUUID } from 'node:crypto';
import type { Call, Route } from './api.ts';
import type { Engine } from './engine.ts';
import { bytesBilled, dmlFields, type Job, type Jobs, queryStatistics, showJob } from './jobs.ts';
import { PAGE_ROWS } from './list-rows.ts';
import { page, readCount } from './paging.ts';
import {
  priceOf,
  type QueryConfiguration,
  type QueryReader,
  type ReadyQuery,
  runQuery,
} from './queries.ts';
import { fieldOfType } from './schema.ts';
import type { Resource } from './store.ts';
import type { JobRequest, StartTransfer } from './transfer-jobs.ts';

const JOBS = '/projects/{project}/jobs';
const QUERIES = '/projects/{project}/queries';
/** How long a call waits for a job by default, as Google's does. */
const WAIT_MS = 10_000;
/** A job that is done this soon comes back done. */
const INSERT_WAIT_MS = 200;

export function jobRoutes(
  engine: Engine,
  jobs: Jobs,
  queries: QueryReader,
  transfers: StartTransfer,
): Route[] {
  return [
    {
      name: 'bigquery.jobs.query',
      method: 'POST',
      path: QUERIES,
      handle: (call) => query(call, jobs, queries),
    },
    {
      name: 'bigquery.jobs.getQueryResults',
      method: 'GET',
      path: `${QUERIES}/{job}`,
      handle: async (call) => {
        const job = jobs.find(call.path.project ?? '', call.path.job ?? '');
        await wait(job, readCount(call.query, 'timeoutMs', WAIT_MS));
        return results(job, {
          kind: 'bigquery#getQueryResultsResponse',
          start: call.query.get('pageToken')
            ? readCount(call.query, 'pageToken', 0)
            : readCount(call.query, 'startIndex', 0),
          most: readCount(call.query, 'maxResults', PAGE_ROWS),
          int64Timestamp: call.query.get('formatOptions.useInt64Timestamp') === 'true',
        });
      },
    },
    {
      name: 'bigquery.jobs.insert',
      method: 'POST',
      path: JOBS,
      handle: (call) => insert(call, engine, jobs, queries, transfers),
    },
    {
      name: 'bigquery.jobs.get',
      method: 'GET',
      path: `${JOBS}/{job}`,
      handle: (call) => showJob(jobs.find(call.path.project ?? '', call.path.job ?? '')),
    },
    {
      name: 'bigquery.jobs.list',
      method: 'GET',
      path: JOBS,
      handle: (call) => {
        const states = call.query.getAll('stateFilter').map((each) => each.toUpperCase());
        const all = jobs
          .list(call.path.project ?? '', call.query.get('parentJobId') ?? undefined)
          .map(showJob)
          .filter(
            (job) =>
              states.length === 0 || states.includes((job.status as { state: string }).state),
          );
        const { items, nextPageToken } = page(all, call.query);
        return {
          kind: 'bigquery#jobList',
          ...nextPageToken,
          jobs: items.map((job) => ({ ...job, state: (job.status as { state: string }).state })),
        };
      },
    },
    {
      name: 'bigquery.jobs.cancel',
      method: 'POST',
      path: `${JOBS}/{job}/cancel`,
      handle: async (call) => {
        // Statements here are short: a cancelled job runs to its end, as BigQuery's may.
        const job = jobs.find(call.path.project ?? '', call.path.job ?? '');
        return { kind: 'bigquery#jobCancelResponse', job: showJob(job) };
      },
    },
    {
      name: 'bigquery.jobs.delete',
      method: 'DELETE',
      path: `${JOBS}/{job}/delete`,
      handle: (call) => {
        jobs.find(call.path.project ?? '', call.path.job ?? '');
        jobs.remove(call.path.project ?? '', call.path.job ?? '');
        return null;
      },
    },
  ];
}

/** jobs.query: the short way, which answers with the first page. */
async function query(call: Call, jobs: Jobs, queries: QueryReader): Promise<object> {
  const { body } = call;
  const project = call.path.project ?? '';
  const configuration = body as QueryConfiguration;
  const ready = queries.read(project, configuration);
  const format = (body.formatOptions ?? {}) as { useInt64Timestamp?: boolean };
  if (body.dryRun === true)
    return dryRunReply(ready, configuration, String(body.location ?? 'US'), project);
  const job = startQuery(
    jobs,
    project,
    { query: configuration as Resource },
    configuration,
    ready,
    undefined,
    String(body.location ?? 'US'),
  );
  await wait(job, Number(body.timeoutMs ?? WAIT_MS));
  return results(job, {
    kind: 'bigquery#queryResponse',
    start: 0,
    most: Number(body.maxResults ?? PAGE_ROWS),
    int64Timestamp: format.useInt64Timestamp === true,
  });
}

async function dryRunReply(
  ready: ReadyQuery,
  configuration: QueryConfiguration,
  location: string,
  project: string,
): Promise<object> {
  const bytes = await priceOf(ready, configuration);
  return {
    kind: 'bigquery#queryResponse',
    jobReference: { projectId: project, location },
    jobComplete: true,
    cacheHit: false,
    totalBytesProcessed: String(bytes),
    totalRows: '0',
    ...schemaOf(ready.prepared?.kind === 'query' ? ready.prepared.plan.columns : null),
  };
}

async function insert(
  call: Call,
  engine: Engine,
  jobs: Jobs,
  queries: QueryReader,
  transfers: StartTransfer,
): Promise<object> {
  const project = call.path.project ?? '';
  const configuration = (call.body.configuration ?? {}) as Resource;
  const reference = (call.body.jobReference ?? {}) as { jobId?: string; location?: string };
  const location = reference.location ?? 'US';
  if (configuration.query === undefined) {
    const transfer = transfers(project, call.body as JobRequest);
    await wait(transfer, INSERT_WAIT_MS);
    return showJob(transfer);
  }
  const own = configuration.query as QueryConfiguration;
  const ready = queries.read(project, own);
  if (configuration.dryRun === true) {
    const bytesProcessed = await priceOf(ready, own);
    return dryRunJob(engine, project, location, configuration, ready, bytesProcessed);
  }
  const job = startQuery(jobs, project, configuration, own, ready, reference.jobId, location);
  await wait(job, INSERT_WAIT_MS);
  return showJob(job);
}

function startQuery(
  jobs: Jobs,
  project: string,
  configuration: Resource,
  own: QueryConfiguration,
  ready: ReadyQuery,
  id: string | undefined,
  location: string,
): Job {
  return jobs.start(
    {
      project,
      id: id ?? `job_${randomUUID().replaceAll('-', '')}`,
      location,
      type: 'QUERY',
      configuration,
    },
    () => runQuery(ready, own),
  );
}

function dryRunJob(
  engine: Engine,
  project: string,
  location: string,
  configuration: Resource,
  ready: ReadyQuery,
  bytesProcessed: number,
): object {
  const columns = ready.prepared?.kind === 'query' ? ready.prepared.plan.columns : null;
  const now = String(engine.now());
  return {
    kind: 'bigquery#job',
    jobReference: { projectId: project, location },
    configuration: { jobType: 'QUERY', ...configuration },
    statistics: {
      creationTime: now,
      totalBytesProcessed: String(bytesProcessed),
      query: {
        totalBytesProcessed: String(bytesProcessed),
        totalBytesBilled: String(bytesBilled(0)),
        cacheHit: false,
        ...schemaOf(columns),
      },
    },
    status: { state: 'DONE' },
  };
}

function schemaOf(
  columns: readonly { name: string; type: Parameters<typeof fieldOfType>[1] }[] | null,
): Resource {
  return columns === null
    ? {}
    : { schema: { fields: columns.map((column) => fieldOfType(column.name, column.type)) } };
}

/** Resolves when the job is done, or when `ms` have passed. */
async function wait(job: Job, ms: number): Promise<void> {
  if (job.outcome !== undefined) return;
  const { promise, resolve } = Promise.withResolvers<void>();
  const timer = setTimeout(resolve, Math.min(ms, 200_000));
  await Promise.race([job.done, promise]);
  clearTimeout(timer);
}

interface ResultOptions {
  readonly kind: string;
  readonly start: number;
  readonly most: number;
  readonly int64Timestamp: boolean;
}

function results(job: Job, { kind, start, most, int64Timestamp }: ResultOptions): object {
  const { outcome } = job;
  const jobReference = { projectId: job.project, jobId: job.id, location: job.location };
  if (outcome === undefined) return { kind, jobReference, jobComplete: false };
  if (outcome.error !== null) throw outcome.error;
  const rows = outcome.rows.page(start, Math.min(most, PAGE_ROWS), { int64Timestamp });
  const end = start + rows.length;
  return {
    kind,
    jobReference,
    jobComplete: true,
    cacheHit: false,
    ...schemaOf(outcome.columns),
    totalRows: String(outcome.rows.count),
    ...(outcome.columns === null ? {} : { rows }),
    ...(end < outcome.rows.count && (0 < rows.length || most === 0)
      ? { pageToken: String(end) }
      : {}),
    totalBytesProcessed: String(outcome.bytesProcessed),
    ...(kind === 'bigquery#queryResponse'
      ? { statementType: queryStatistics(outcome).statementType, ...outcome.ddl }
      : {}),
    ...dmlFields(outcome.dml),
  };
}
