import { BigQuery } from '@google-cloud/bigquery';
import { Storage } from '@google-cloud/storage';
import { findTarget } from '@plumbline/contracts';
import { explainError } from '../explain-error.ts';
import '../google-listeners.ts';
import { openModelStore } from '../model/model-store.ts';
import { queryHistory } from '../warehouse/reading-history.ts';
import { openVersionLog } from '../warehouse/version-log.ts';
import { readTrainConfig } from './config.ts';
import { type TrainOutcome, train } from './train.ts';

const ENDINGS = {
  promoted: 'it is current: servers take it up at their next look',
  challenger: 'it is a challenger: it judges beside the current version, which stays, because',
  superseded: 'another trainer was faster: its version stands, this one is stored beside it',
} as const;

/** 0: a version was trained; 1: it failed; 2: there is too little to train on, and nothing changed. */
try {
  Object.assign(process.env, findTarget(process.env).env);
  const config = readTrainConfig(process.env);
  const { projectId } = config;
  const bigquery = new BigQuery({ projectId });
  const outcome = await train(config, {
    now: Date.now,
    history: queryHistory(bigquery, config.maxBytesBilled),
    store: openModelStore(new Storage({ projectId }).bucket(config.bucket), config.modelName),
    versions: openVersionLog(bigquery),
  });
  tell(outcome);
  if (outcome.kind === 'refused') process.exitCode = 2;
} catch (error) {
  console.error(explainError(error));
  process.exitCode = 1;
}

function tell(outcome: TrainOutcome): void {
  if (outcome.kind === 'refused') {
    console.error('not trained, the current model stays:');
    for (const problem of outcome.problems) console.error(`  - ${problem}`);
    return;
  }
  const { data, models } = outcome.report;
  console.log(
    `trained ${outcome.version}: ${models.length} models of ${data.read_reading_count} readings from ${data.device_count} devices`,
  );
  console.log(ENDINGS[outcome.kind]);
  for (const reason of outcome.reasons) console.log(`  - ${reason}`);
  if (outcome.unrecorded !== null) {
    console.error(`not written to the table model_versions: ${outcome.unrecorded}`);
  }
}
