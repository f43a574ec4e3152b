import { randomUUID } from 'node:crypto';
import type { Engine } from './engine.ts';
import { BigQueryError } from './errors.ts';
import {
  type CopyConfiguration,
  type ExtractConfiguration,
  runCopy,
  runExtract,
} from './extract.ts';
import type { Job, JobOutcome, Jobs } from './jobs.ts';
import { type LoadConfiguration, runLoad } from './load.ts';
import type { Resource } from './store.ts';
import type { ObjectStore } from './transfer.ts';

/** The body of jobs.insert. */
export interface JobRequest {
  readonly configuration?: Resource;
  readonly jobReference?: { readonly jobId?: string; readonly location?: string };
}

/** Starts load, extract and copy jobs. `upload` is the file of a load from the client's own disk. */
export type StartTransfer = (project: string, request: JobRequest, upload?: Buffer) => Job;

export function transferJobs(engine: Engine, jobs: Jobs, objects: ObjectStore): StartTransfer {
  return (project, { configuration = {}, jobReference = {} }, upload) => {
    const type = (['LOAD', 'EXTRACT', 'COPY'] as const).find(
      (each) => configuration[each.toLowerCase()] !== undefined,
    );
    if (type === undefined)
      throw new BigQueryError('required', 'Required parameter is missing: configuration');
    const own = configuration[type.toLowerCase()];
    const run = async (): Promise<JobOutcome> => {
      if (type === 'EXTRACT')
        return runExtract(engine, objects, project, own as ExtractConfiguration);
      if (type === 'COPY') return runCopy(engine, project, own as CopyConfiguration);
      const load = own as LoadConfiguration;
      const files = upload === undefined ? await readAll(objects, load.sourceUris ?? []) : [upload];
      return runLoad(engine, project, load, files);
    };
    const { jobId = `job_${randomUUID().replaceAll('-', '')}`, location = 'US' } = jobReference;
    return jobs.start({ project, id: jobId, location, type, configuration }, run);
  };
}

async function readAll(objects: ObjectStore, uris: readonly string[]): Promise<Buffer[]> {
  if (uris.length === 0)
    throw new BigQueryError('required', 'Required parameter is missing: sourceUris');
  const files = await Promise.all(uris.map((uri) => objects.read(uri)));
  return files.flat();
}
