import { BigQuery } from '@google-cloud/bigquery';
import { Storage } from '@google-cloud/storage';
import { findTarget, MODEL_NAME, modelBucket, readEnvironment } from '@plumbline/contracts';
import { explainError } from '../explain-error.ts';
import '../google-listeners.ts';
import { type LoadedModel, loadModel } from '../model/load-model.ts';
import { type ModelStore, openModelStore } from '../model/model-store.ts';
import { loadVersion } from '../model/operations.ts';
import { RULES } from '../rules.ts';
import { queryHistory } from '../warehouse/reading-history.ts';
import { openPredictionStore } from '../warehouse/stored-readings.ts';
import { backfill } from './backfill.ts';
import { HELP, parseCommand, UsageError } from './command-line.ts';
import { reportText } from './report.ts';

/** Readings that BigQuery sorts at once. */
const SHARD_READINGS = 500_000;

try {
  const command = parseCommand(process.argv.slice(2));
  if (command === null) console.log(HELP);
  else {
    const target = findTarget(process.env);
    Object.assign(process.env, target.env);
    const read = readEnvironment(process.env);
    const projectId = read.string('GOOGLE_CLOUD_PROJECT');
    const bucket = read.string('MODEL_BUCKET', modelBucket(projectId));
    const name = read.string('MODEL_NAME', MODEL_NAME);
    const maxBytes =
      1e9 * read.number('BACKFILL_MAX_GB_BILLED', { min: 0.01, max: 100_000, fallback: 20 });
    read.done();
    const models = openModelStore(new Storage({ projectId }).bucket(bucket), name);
    const model = await modelOf(models, command.modelVersion);
    const bigquery = new BigQuery({ projectId });
    const { readingCount } = await queryHistory(bigquery, maxBytes).volume(command.range);
    const shardCount = Math.max(1, Math.ceil(readingCount / SHARD_READINGS));
    console.log(
      `${target.description}; model ${model?.version ?? 'none: rules and history alone'}`,
    );
    const report = await backfill(
      { ...command, shardCount },
      { store: openPredictionStore(bigquery, maxBytes), model, rules: RULES, now: Date.now },
    );
    console.log(reportText(report, command.isDryRun));
  }
} catch (error) {
  console.error(error instanceof UsageError ? `${error.message}\n\n${HELP}` : explainError(error));
  process.exitCode = error instanceof UsageError ? 2 : 1;
}

async function modelOf(models: ModelStore, version: string | null): Promise<LoadedModel | null> {
  if (version !== null) return loadVersion(models, version);
  const current = await models.readPointer('current');
  return current && loadModel(current.pointer, await models.readModel(current.pointer));
}
