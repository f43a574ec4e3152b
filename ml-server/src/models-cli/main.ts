import { readFile } from 'node:fs/promises';
import { BigQuery } from '@google-cloud/bigquery';
import { Storage } from '@google-cloud/storage';
import { findTarget, MODEL_NAME, modelBucket, readEnvironment } from '@plumbline/contracts';
import { explainError } from '../explain-error.ts';
import '../google-listeners.ts';
import { openModelStore } from '../model/model-store.ts';
import { openVersionLog } from '../warehouse/version-log.ts';
import { runCommand, UsageError } from './commands.ts';

try {
  Object.assign(process.env, findTarget(process.env).env);
  const read = readEnvironment(process.env);
  const projectId = read.string('GOOGLE_CLOUD_PROJECT');
  const bucket = read.string('MODEL_BUCKET', modelBucket(projectId));
  const name = read.string('MODEL_NAME', MODEL_NAME);
  read.done();
  const store = openModelStore(new Storage({ projectId }).bucket(bucket), name);
  const effects = {
    store,
    versions: openVersionLog(new BigQuery({ projectId })),
    nowMs: Date.now(),
    readText: (path: string) => readFile(path, 'utf8'),
  };
  console.log(await runCommand(process.argv.slice(2), effects));
} catch (error) {
  console.error(error instanceof UsageError ? error.message : explainError(error));
  process.exitCode = error instanceof UsageError ? 2 : 1;
}
