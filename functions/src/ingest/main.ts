import { http } from '@google-cloud/functions-framework';
import { mendFramework } from '../platform/framework.ts';
import { frameworkLimits } from '../platform/limits.ts';
import { createLog } from '../platform/log.ts';
import { pushFunction } from '../platform/push-function.ts';
import { openWarehouse } from '../platform/warehouse.ts';
import { parseConfig } from './config.ts';
import { createIngest } from './ingest.ts';

const log = createLog('ingest', (line) => process.stdout.write(line));
mendFramework(frameworkLimits(process.env), log);

const config = parseConfig(process.env);
const writerOf = openWarehouse(config.warehouse);

const ingest = createIngest(config.bounds, {
  now: Date.now,
  storeReadings: writerOf('readings_raw').add,
  storeDeadLetters: writerOf('dead_letters').add,
});

http('ingest', pushFunction(ingest, log));
