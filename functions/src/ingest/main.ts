import { http } from '@google-cloud/functions-framework';
import { createBigQuery, tableWriter } from '../platform/big-query.ts';
import { mendFramework } from '../platform/framework.ts';
import { frameworkLimits } from '../platform/limits.ts';
import { createLog } from '../platform/log.ts';
import { pushFunction } from '../platform/push-function.ts';
import { parseConfig } from './config.ts';
import { createIngest } from './ingest.ts';

const log = createLog('ingest', (line) => process.stdout.write(line));
mendFramework(frameworkLimits(process.env), log);

const config = parseConfig(process.env);
const bigquery = createBigQuery({ projectId: config.projectId });
const readings = tableWriter(bigquery, 'readings_raw');
const deadLetters = tableWriter(bigquery, 'dead_letters');

const ingest = createIngest(config.bounds, {
  now: Date.now,
  storeReadings: readings.add,
  storeDeadLetters: deadLetters.add,
});

http('ingest', pushFunction(ingest, log));
