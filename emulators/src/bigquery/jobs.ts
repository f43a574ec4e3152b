import type { Engine } from './engine.ts';
import { BigQueryError, errorProto } from './errors.ts';
import { NO_ROWS, type Rows } from './results.ts';
import { childJobs } from './script-jobs.ts';
import type { Step } from './script-run.ts';
import type { DmlStats, Outcome } from './statements.ts';
import type { Resource } from './store.ts';

/** A job and, once it is done, what came of it. */
export interface Job {
  readonly project: string;
  readonly id: string;
  readonly location: string;
  readonly type: 'QUERY' | 'LOAD' | 'EXTRACT' | 'COPY';
  readonly configuration: Resource;
  readonly createdMs: number;
  /** Undefined while it runs. */
  outcome: JobOutcome | undefined;
  endedMs: number | undefined;
  /** Resolves when the job is done, whether it failed or not. */
  readonly done: Promise<void>;
  /** The script whose statement this is. */
  readonly parent?: string;
}

export interface JobOutcome {
  readonly error: BigQueryError | null;
  readonly statementType: string | null;
  readonly columns: Outcome['columns'];
  readonly rows: Rows;
  readonly dml: DmlStats | null;
  readonly ddl?: Resource;
  readonly bytesProcessed: number;
  /** More of `statistics`, by job type. */
  readonly statistics: Resource;
  /** The statements of a script. */
  readonly steps?: readonly Step[];
}

export interface Jobs {
  /** Starts `run` under an id. Throws `duplicate` if the id is taken. */
  start(
    given: Pick<Job, 'project' | 'type' | 'configuration'> & { id: string; location: string },
    run: (job: Job) => Promise<JobOutcome>,
  ): Job;
  find(project: string, id: string): Job;
  /** The newest first: jobs that clients started, or the statements of a script. */
  list(project: string, parent?: string): Job[];
  remove(project: string, id: string): void;
}

/** BigQuery keeps jobs for six months; here the oldest make room. */
const MOST_JOBS = 1000;
/** Results are bigger: only this many of the newest jobs keep theirs. */
const MOST_RESULTS = 100;

export function keepJobs(engine: Engine): Jobs {
  const jobs = new Map<string, Job>();
  const withRows: Job[] = [];

  function finish(job: Job, outcome: JobOutcome): void {
    job.outcome = outcome;
    job.endedMs = engine.now();
    for (const child of childJobs(job)) {
      jobs.set(`${child.project}:${child.id}`, child);
      if (0 < (child.outcome?.rows.count ?? 0)) withRows.push(child);
    }
    if (outcome.rows.count === 0) return;
    withRows.push(job);
    for (const old of withRows.splice(0, Math.max(0, withRows.length - MOST_RESULTS)))
      if (old.outcome !== undefined) old.outcome = { ...old.outcome, rows: EXPIRED };
  }

  return {
    start: (given, run) => {
      const key = `${given.project}:${given.id}`;
      if (jobs.has(key))
        throw new BigQueryError(
          'duplicate',
          `Already Exists: Job ${given.project}:${given.location}.${given.id}`,
        );
      if (
        MOST_JOBS <= jobs.size &&
        [...jobs.values()].every(({ outcome }) => outcome === undefined)
      )
        throw new BigQueryError(
          'rateLimitExceeded',
          `Exceeded rate limits: ${MOST_JOBS} jobs are under way`,
        );
      const { promise: done, resolve } = Promise.withResolvers<void>();
      const job: Job = {
        ...given,
        createdMs: engine.now(),
        outcome: undefined,
        endedMs: undefined,
        done,
      };
      jobs.set(key, job);
      for (const [oldKey, old] of jobs) {
        if (jobs.size <= MOST_JOBS) break;
        if (old.outcome !== undefined) jobs.delete(oldKey);
      }
      run(job)
        .then((outcome) => finish(job, outcome))
        .catch((error: unknown) => finish(job, failed(error)))
        .finally(resolve);
      return job;
    },
    find: (project, id) => {
      const job = jobs.get(`${project}:${id}`);
      if (job === undefined) throw new BigQueryError('notFound', `Not found: Job ${project}:${id}`);
      return job;
    },
    list: (project, parent) =>
      [...jobs.values()]
        .filter((job) => job.project === project && job.parent === parent)
        .reverse(),
    remove: (project, id) => {
      jobs.delete(`${project}:${id}`);
    },
  };
}

const EXPIRED: Rows = {
  count: 0,
  page: () => {
    throw new BigQueryError(
      'notFound',
      `Not found: the results of this job; only the last ${MOST_RESULTS} are kept`,
    );
  },
};

function failed(cause: unknown): JobOutcome {
  const error =
    cause instanceof BigQueryError
      ? cause
      : new BigQueryError(
          'internalError',
          cause instanceof Error ? (cause.stack ?? cause.message) : String(cause),
          { cause },
        );
  return {
    error,
    statementType: null,
    columns: null,
    rows: NO_ROWS,
    dml: null,
    bytesProcessed: 0,
    statistics: {},
  };
}

/** Source: https://cloud.google.com/bigquery/docs/reference/rest/v2/Job */
export function showJob(job: Job): Resource {
  const { outcome, project, location, id } = job;
  const error = outcome?.error ?? null;
  const end = job.endedMs === undefined ? {} : { endTime: String(job.endedMs) };
  const bytes = String(outcome?.bytesProcessed ?? 0);
  const query =
    job.type !== 'QUERY' || outcome === undefined ? {} : { query: queryStatistics(outcome) };
  return {
    kind: 'bigquery#job',
    id: `${project}:${location}.${id}`,
    selfLink: `/bigquery/v2/projects/${project}/jobs/${id}?location=${location}`,
    user_email: 'local@emulator',
    principal_subject: 'user:local@emulator',
    jobReference: { projectId: project, jobId: id, location },
    configuration: { jobType: job.type, ...job.configuration },
    statistics: {
      creationTime: String(job.createdMs),
      startTime: String(job.createdMs),
      ...end,
      totalBytesProcessed: bytes,
      ...(outcome?.steps === undefined ? {} : { numChildJobs: String(outcome.steps.length) }),
      ...query,
      ...outcome?.statistics,
    },
    status: {
      state: outcome === undefined ? 'RUNNING' : 'DONE',
      ...(error === null ? {} : { errorResult: errorProto(error), errors: [errorProto(error)] }),
    },
  };
}

export function queryStatistics(outcome: JobOutcome): Resource {
  const { dml, bytesProcessed } = outcome;
  return {
    ...(outcome.statementType === null ? {} : { statementType: outcome.statementType }),
    totalBytesProcessed: String(bytesProcessed),
    totalBytesBilled: String(bytesBilled(bytesProcessed)),
    totalPartitionsProcessed: '0',
    cacheHit: false,
    ...dmlFields(dml),
    ...outcome.ddl,
  };
}

/** BigQuery bills by whole megabytes and at least ten. */
export function bytesBilled(bytes: number): number {
  return bytes === 0 ? 0 : Math.max(10, Math.ceil(bytes / 1_048_576)) * 1_048_576;
}

export function dmlFields(dml: DmlStats | null): Resource {
  if (dml === null) return {};
  const { inserted, updated, deleted } = dml;
  return {
    numDmlAffectedRows: String(inserted + updated + deleted),
    dmlStats: {
      insertedRowCount: String(inserted),
      updatedRowCount: String(updated),
      deletedRowCount: String(deleted),
    },
  };
}
