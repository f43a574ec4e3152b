import { Storage } from '@google-cloud/storage';
import { ConfigError, MODEL_NAME, modelBucket, readEnvironment } from '@plumbline/contracts';
import { ModelRefused } from '../model/model-refused.ts';
import { openModelStore } from '../model/model-store.ts';
import { runCommand, UsageError } from './commands.ts';

try {
  const read = readEnvironment(process.env);
  const projectId = read.string('GOOGLE_CLOUD_PROJECT');
  const bucket = read.string('MODEL_BUCKET', modelBucket(projectId));
  const name = read.string('MODEL_NAME', MODEL_NAME);
  read.done();
  const store = openModelStore(new Storage({ projectId }).bucket(bucket), name);
  console.log(await runCommand(process.argv.slice(2), store, Date.now()));
} catch (error) {
  const isExplained =
    error instanceof ConfigError || error instanceof UsageError || error instanceof ModelRefused;
  console.error(isExplained ? error.message : error);
  process.exitCode = error instanceof UsageError ? 2 : 1;
}
